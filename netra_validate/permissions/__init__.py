"""What the checks need of Google Cloud: which permissions, in which projects, and who has them."""

from netra_validate.permissions.asking import Standing, Tested, ask
from netra_validate.permissions.needs import Need, chosen, needs
from netra_validate.permissions.role import ROLE_ID, definition, document

__all__ = [
    "ROLE_ID",
    "Need",
    "Standing",
    "Tested",
    "ask",
    "chosen",
    "definition",
    "document",
    "needs",
]
