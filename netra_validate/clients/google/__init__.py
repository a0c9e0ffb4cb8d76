"""The Google Cloud APIs, read only.

:class:`GoogleApis` serves a whole run: one channel to each API, one set of credentials, one call
for each question. :class:`Google` is what one probe sees of it. Importing this package loads no
library of Google's: that takes most of a second and happens in a thread when a check first asks.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from netra_validate.clients.google.apis import Google, GoogleApis
    from netra_validate.clients.google.shared import Answer
    from netra_validate.clients.google.tags import Tagged

__all__ = ["Answer", "Google", "GoogleApis", "Tagged"]

_MODULES: Final = {"Answer": "shared", "Google": "apis", "GoogleApis": "apis", "Tagged": "tags"}


def __getattr__(name: str) -> object:
    """Load a name when it is used (PEP 562): the pure modules beside it need no event loop."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
