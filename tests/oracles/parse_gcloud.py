"""Parses commands of ``gcloud`` by its own parser, without running them.

Started with the Python and the libraries of an installed Cloud SDK. Each line of standard input is
the arguments of one command after ``gcloud``, as JSON; each line of standard output is what the
parser had against it, or null. One process for all: to load the parser takes seconds.
"""

import contextlib
import io
import json
import sys
from pathlib import Path

LIBRARIES = Path(sys.argv[1])
sys.path[:0] = [str(LIBRARIES), str(LIBRARIES / "third_party")]

from googlecloudsdk import gcloud_main  # noqa: E402 - of the Cloud SDK
from googlecloudsdk.core import log, properties  # noqa: E402 - as above


def objection(parser, arguments):
    """What the parser says against the arguments, or None."""
    said = io.StringIO()
    log.Reset(stdout=said, stderr=said)
    properties.VALUES.PushInvocationValues()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            parsed = parser.parse_args(arguments)
            if parsed.CONCEPT_ARGS is not None:
                parsed.CONCEPT_ARGS.ParseConcepts()
    except SystemExit:
        return said.getvalue().strip().partition("\n")[0] or "refused"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the parser's answer
        return f"{type(error).__name__}: {error}"
    finally:
        properties.VALUES.PopInvocationValues()
    return None


def main():
    """Answer until the input ends."""
    # The parser is private in the SDK: what is public runs the command as well.
    parser = gcloud_main.CreateCLI([])._CLI__parser
    for line in sys.stdin:
        sys.stdout.write(json.dumps(objection(parser, json.loads(line))) + "\n")
        sys.stdout.flush()


main()
