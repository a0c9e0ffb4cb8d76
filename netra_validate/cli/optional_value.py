"""An option that may stand alone or with a value: ``--template`` and ``--template NAME``.

Typer knows options with a value and flags, and nothing between
(https://typer.tiangolo.com/tutorial/parameter-types/): the value that a bare one has is put behind
it before the words are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from typer.core import TyperCommand


def command_class(option: str, bare: str) -> type[TyperCommand]:
    """The class of a command one of whose options may go without its value.

    Args:
        option: such as ``--template``.
        bare: its value where none is given.
    """

    class WithOptionalValue(TyperCommand):
        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own
            # While a shell completes a line, what follows is still to be written.
            told = args if ctx.resilient_parsing else list(_completed(args, option, bare))
            return super().parse_args(ctx, told)

    return WithOptionalValue


def _completed(words: Sequence[str], option: str, bare: str) -> Iterator[str]:
    for at, word in enumerate(words):
        yield word
        following = words[at + 1] if at + 1 < len(words) else "-"
        if word == option and following.startswith("-"):
            yield bare
