"""The page as a document. How it looks and behaves is for the tests in Chromium."""

import re
from html.parser import HTMLParser

import pytest
from report_samples import (
    SAMPLES,
)

from netra_validate.reports import FORMATS, Display

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Document(HTMLParser):
    """The elements of a page, each with its attributes and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self._open = [], []
        self.feed(text)
        self.close()
        assert not self._open, f"never closed: {[tag for tag, _, _ in self._open]}"

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), f"an attribute twice: {attributes}"
        element = (tag, dict(attributes), [])
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        assert self._open[-1][0] == tag, f"</{tag}> closes <{self._open[-1][0]}>"
        self._open.pop()

    def handle_data(self, data):
        for _, _, text in self._open:
            text.append(data)

    def all(self, tag, **attributes):
        return [
            (found, "".join(text))
            for name, found, text in self.elements
            if name == tag
            and all(
                value in found.get(key.rstrip("_"), "").split() for key, value in attributes.items()
            )
        ]

    def text(self, tag, **attributes):
        return [" ".join(text.split()) for _, text in self.all(tag, **attributes)]


def render(what, **display):
    return FORMATS["html"].render(what, Display(**display))


def read(what, **display):
    return Document(render(what, **display))


@pytest.mark.parametrize("name", ["incident", "compared", "warned", "empty"])
def test_samples_are_as_recorded(name, golden):
    text = render(SAMPLES[name]())
    body = text[: text.index("<style>")] + text[text.index("</style>") : text.index("<script>")]
    golden(f"{name}.html", re.sub(r"'sha256-[^']+'", "'sha256-…'", body) + "\n")
    assert text.endswith("</html>\n")
