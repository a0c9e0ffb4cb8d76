"""Commands that take the options of another command, without listing them again."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from typing import Any, TypeVar, get_type_hints

C = TypeVar("C", bound=Callable[..., int])


def as_of(other: Callable[..., int], *, without: Collection[str] = ()) -> Callable[[C], C]:
    """Give a command that ends in ``**asked`` the options of ``other``, after its own.

    Typer reads a command's signature, and knows no ``**``: the command gets a signature in which
    they are written out. What was asked for arrives in ``asked``, to be handed on to ``other``.

    Args:
        other: the command that has them.
        without: names of those that are left out.
    """

    def decorate(command: C) -> C:
        own = _parameters(command)
        names = {each.name for each in own} | set(without)
        taken = [each for each in _parameters(other) if each.name not in names]
        signature = inspect.Signature(sorted([*own, *taken], key=lambda each: each.kind))
        told: Any = command
        told.__signature__ = signature
        told.__annotations__ = {
            **{each.name: each.annotation for each in signature.parameters.values()},
            "return": int,
        }
        return command

    return decorate


def _parameters(command: Callable[..., int]) -> list[inspect.Parameter]:
    """All but ``**``, with annotations that are no text any more."""
    hints = get_type_hints(command, include_extras=True)
    return [
        each.replace(annotation=hints[each.name])
        for each in inspect.signature(command).parameters.values()
        if each.kind is not inspect.Parameter.VAR_KEYWORD
    ]
