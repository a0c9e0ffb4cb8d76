"""XML that every parser reads, whatever the text in it.

``xml.etree`` escapes markup and writes everything else as it comes, NUL and ESC too, which no
parser takes back. So what XML 1.0 does not have is replaced before it gets there. The document is
written in ASCII with character references: then the UTF-8 that it declares is true wherever it
goes, standard output in another encoding included.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree import ElementTree as ET

Element = ET.Element

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'

_NOT_CHAR: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""All but the production ``Char`` (https://www.w3.org/TR/xml/#charsets)."""


def element(tag: str, *children: Element, text: str | None = None, **attributes: str) -> Element:
    """An element with what stands in it; its text and attributes may be any text."""
    made = ET.Element(tag, {name: _legal(value) for name, value in attributes.items()})
    made.text = None if text is None else _legal(text)
    made.extend(children)
    return made


def document(root: Element) -> str:
    """The whole document, declaration first, with a line end after its last line."""
    ET.indent(root)
    return f"{_DECLARATION}{ET.tostring(root, encoding='us-ascii').decode('ascii')}\n"


def _legal(text: str) -> str:
    return _NOT_CHAR.sub("\ufffd", text)
