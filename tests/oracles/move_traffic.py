"""Moves traffic by the functions of ``gcloud run services update-traffic``, without a service.

Started with the Python and the libraries of an installed Cloud SDK. Each line of standard input is
``[targets, flags]`` as JSON: the targets that a service asks for, each with ``revisionName`` or
``latestRevision``, and perhaps ``percent`` and ``tag``; then one flag after another. Each line of
standard output is the targets after that.
"""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

LIBRARIES = Path(sys.argv[1])
sys.path[:0] = [str(LIBRARIES), str(LIBRARIES / "third_party")]

from googlecloudsdk.api_lib.run import traffic  # noqa: E402 - of the Cloud SDK
from googlecloudsdk.calliope import arg_parsers  # noqa: E402 - as above


@dataclass
class TrafficTarget:
    """As much of the message of Cloud Run v1 as is looked at."""

    revisionName: str | None = None  # noqa: N815 - the field's name
    latestRevision: bool | None = None  # noqa: N815 - the field's name
    percent: int | None = None
    tag: str | None = None


class Messages:
    """Stands for the module of messages."""

    TrafficTarget = TrafficTarget


def asked(flag):
    """The shares that a flag asks for, as ``flags.py`` of the Cloud SDK reads it."""
    if flag == "--to-latest":
        return {traffic.LATEST_REVISION_KEY: 100}
    shares = arg_parsers.ArgDict(key_type=str, value_type=int)
    return shares(flag.removeprefix("--to-revisions="))


def main():
    """Answer until the input ends."""
    for line in sys.stdin:
        targets, flags = json.loads(line)
        wrapped = traffic.TrafficTargets(Messages, [TrafficTarget(**each) for each in targets])
        for flag in flags:
            wrapped.UpdateTraffic(asked(flag))
        left = [asdict(each) for each in wrapped.MakeSerializable()]
        sys.stdout.write(json.dumps(left) + "\n")


main()
