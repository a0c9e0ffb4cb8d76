"""Commands that mean what they say, whoever reads them: a person, a shell, and ``gcloud``. Pure.

Names come from whoever set them: a variable of the environment may be called nearly anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from netra_validate.model import Command

_ITEM: Final = re.compile(r"[A-Za-z0-9_./:=@+-]+")
"""What no shell takes for anything else, ``%`` of cmd.exe included, and printing does not alter."""

_PLAIN: Final = re.compile(rf"{_ITEM.pattern}(?:,{_ITEM.pattern})*")


def list_flag(flag: str, items: Sequence[str]) -> str:
    """A flag with a list, each item of which is one to ``gcloud`` as well.

    It takes a list apart at the commas, unless another delimiter stands between carets before it
    (https://cloud.google.com/sdk/gcloud/reference/topic/escaping). To some shells these mean
    something, so that the word is not plain.
    """
    if all(map(_ITEM.fullmatch, items)):
        return f"{flag}={','.join(items)}"
    return f"{flag}=^;;^{';;'.join(items)}"


def is_plain(command: Command) -> bool:
    """Whether nobody can take a word of it for another, nor of what undoes it or comes after it.

    Other programs than ``gcloud`` are given texts, and mean them.
    """
    if command.argv[0] != "gcloud":
        return True
    words = all(map(_PLAIN.fullmatch, (*command.argv, *(command.undo or ()))))
    return words and (command.then is None or is_plain(command.then))
