"""The report as a page: one file that needs nothing else, to be sent, kept, printed and judged by.

The page is built in two steps. :mod:`.page` turns the report into plain frozen data; the templates
beside it write that down with Jinja, which escapes everything. Its policy (CSP level 3,
https://www.w3.org/TR/CSP3/) lets nothing be loaded and only this style and this script apply, both
by their hash, so that even a text that got through would stay a text.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib import resources
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from netra_validate.model import Report
from netra_validate.reports.html import texts
from netra_validate.reports.html.page import page
from netra_validate.terminal import Display, printable

_LONGEST_TEXT: Final = 10_000
"""Characters that any one text may have on the page: the views have cut it long before."""


def render(report: Report, display: Display) -> str:
    """The page, with a line end after its last line."""
    style, script = _packaged("page.css"), _packaged("page.js")
    return _template().render(
        page=page(report, debug=display.debug),
        policy=_policy(style, script),
        style=Markup(style),  # noqa: S704 - ours, from the package
        script=Markup(script),  # noqa: S704 - ours, from the package
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    """The page's template. What it writes goes through :func:`_shown`, then is escaped."""
    environment = Environment(
        loader=PackageLoader(__name__),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["spans"] = texts.spans
    return environment.get_template("page.html")


def _shown(value: object) -> object:
    """A text on one line, without characters that steer: directions, breaks, controls."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return printable(value[:_LONGEST_TEXT], unicode=True)
    return value


def _packaged(name: str) -> str:
    return resources.files(__name__).joinpath("templates", name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """What the page may do: nothing, but for this style, this script, and its icon."""
    return (
        "default-src 'none'; "
        f"style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    """A hash-source: https://www.w3.org/TR/CSP3/#grammardef-hash-source."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
