"""Classes that the configuration calls single, and how many of a kind there may be."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from checks.single_definition.options import SingleDefinitionOptions
from checks.single_definition.rules import SingleDefinitionRules
from netra_validate import Check, Context, Finding, Plane, Repository
from netra_validate.by_hand import ByHand

if TYPE_CHECKING:
    from netra_validate.clients.source.syntax import Reader

__all__ = ["SingleDefinition"]


class SingleDefinition(SingleDefinitionRules, Check[Repository]):
    """What is single is defined once, and kinds of classes keep to their budgets.

    Why it matters: two classes of one name are two classes. A manager that is registered with the
    one is not found through the other, enums of equal value compare as different, and what is
    mended in one copy stays broken in the other.

    A definition is a class statement at the top of a module or in a block there, or a call such as
    `Mode = Enum("Mode", …)`. Imports, re-exports and assignments from another module are none, and
    nor are classes inside of functions and other classes. Of alternatives (`if TYPE_CHECKING`,
    `try` and `except ImportError`) one counts, and none where one of them imports the name. A stub
    `.pyi` counts where nothing else defines the name. In a file that does not parse the lines count
    that begin with `class` and are in no string.

    Only `.py` and `.pyi` files are read, so copies such as `manager.py.backup` do not count, while
    folders of copies do, unless `exclude` names them. The comment
    `netra-validate: allow[single-definition.duplicate]` allows its line.
    """

    id = "single-definition"
    plane = Plane.SOURCE

    class Options(SingleDefinitionOptions, frozen=True, kw_only=True):
        """What is single, and how many of a kind there may be."""

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.single_definition.by_hand import RULES

        return RULES

    def skip_reason(self, resource: Repository, ctx: Context) -> str | None:
        """Without a name there is nothing to look for."""
        del resource, ctx
        if self.options.single or self.options.homes or self.options.budgets:
            return None
        return (
            "nothing is configured to be single: name classes in `single` or `homes`, or patterns"
            " in `budgets`, under [checks.single-definition]"
        )

    def readers(self) -> Sequence[Reader[Any]]:
        """The definitions of what is single."""
        from checks.single_definition.probe import readers

        return readers(self.options)

    async def run(self, resource: Repository, ctx: Context) -> AsyncIterator[Finding]:
        """Find the files that may define what is single, and count."""
        from checks.single_definition.probe import probe

        del resource
        async for found in probe(self, ctx):
            yield found
