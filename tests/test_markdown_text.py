import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from reports.hostile_reports import TEXTS

from netra_validate.markdown_text import code, code_cell, fenced, inline, literal
from netra_validate.terminal import printable

WIDTHLESS = "\u200b"
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PUNCTUATION = st.text(st.sampled_from("\\`*_{}[]()<>#+-.!|~&$@:;=/ \"'\n\r\t01agGHw"), max_size=40)
ANY = PUNCTUATION | TEXTS
PAIRED = st.lists(st.sampled_from(["`", "``", "a b", "|", " ", "\\", "<b>", "$", "@x", "#1"])).map(
    "".join
)
PLACES = {
    "paragraph": "{}\n",
    "after a line": "before\n{}\n",
    "item": "- {}\n",
    "heading": "# {}\n",
    "cell": "| a | b |\n| - | - |\n| {} | end |\n",
    "strong": "**before** {}\n",
}


def seen(text):
    """What a reader is to see of ``text`` in prose."""
    return " ".join(printable(text, unicode=True).split())


def spelled(text):
    """What a reader is to see of a sentence, and how many spans of code are in it."""
    pieces = re.split("(`+)", seen(text))
    told, spans, at = pieces[0], 0, 1
    while at < len(pieces):
        code_in_it = pieces[at + 1]
        if (
            pieces[at : at + 3 : 2] == ["`", "`"]
            and "|" not in code_in_it
            and code_in_it == code_in_it.strip()
        ):
            told += code_in_it + pieces[at + 3]
            spans, at = spans + 1, at + 4
        else:
            told += pieces[at] + code_in_it
            at += 2
    return told, spans


def words(document):
    """What a reader does see, and the tags that make it so."""
    html = MARKDOWN.render(document).replace("<span>$</span>", "$")
    tags = re.findall(r"</?([a-z0-9]+)", html)
    return unescape(re.sub(r"<[^>]*>", "", html)).replace(WIDTHLESS, ""), tags


def flat(text):
    return " ".join(text.split())


@pytest.mark.parametrize("place", PLACES)
@given(ANY | PAIRED)
def test_prose_is_seen_as_it_is_and_makes_nothing_but_code(place, text):
    told, tags = words(PLACES[place].format(inline(text)))
    _, plain = words(PLACES[place].format("x"))
    shown, spans = spelled(text)
    assert flat(told) == flat(words(PLACES[place].format("QQ"))[0].replace("QQ", shown))
    if shown:
        assert [tag for tag in tags if tag != "code"] == plain
        assert tags.count("code") == 2 * spans


@pytest.mark.parametrize("place", PLACES)
@given(ANY | PAIRED)
def test_a_name_is_seen_as_it_is_and_makes_nothing(place, text):
    told, tags = words(PLACES[place].format(literal(text)))
    _, plain = words(PLACES[place].format("x"))
    shown = seen(text)
    assert flat(told) == flat(words(PLACES[place].format("QQ"))[0].replace("QQ", shown))
    if shown:
        assert tags == plain


@given(ANY)
def test_code_is_seen_as_it_is(text):
    for document in (f"x {code(text)} y\n", f"- {code(text)} y\n"):
        told, tags = words(document)
        shown = printable(text, unicode=True)
        assert told.count("y") == shown.count("y") + 1
        assert flat(shown) in flat(told)
        assert tags.count("code") == (2 if shown.strip() else 0)
        assert set(tags) <= {"p", "code", "ul", "li"}


@given(ANY)
def test_code_stays_in_its_cell(text):
    told, tags = words(f"| a | b |\n| - | - |\n| {code_cell(text)} | end |\n")
    assert tags.count("td") == 4
    assert flat(told).endswith("end")
    assert flat(printable(text, unicode=True)) in flat(told)


@given(ANY | st.lists(st.sampled_from(["```", "~~~", "````sh", "    x", "<b>", ""])).map("\n".join))
def test_a_block_ends_where_we_end_it(text):
    (fence, last) = (
        MARKDOWN.parse(f"{fenced(text, 'sh')}end\n")[:1]
        + MARKDOWN.parse(f"{fenced(text, 'sh')}end\n")[-2:-1]
    )
    assert (fence.type, fence.info) == ("fence", "sh")
    lines = [printable(line, unicode=True) for line in re.split(r"\r\n|\r|\n", text)]
    assert fence.content == "\n".join([*lines, ""])
    assert last.content == "end"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("@octocat", "@&#8203;octocat"),
        ("see netra/app#12 and GH-7", "see netra/app#&#8203;12 and GH-&#8203;7"),
        (":white_check_mark: good", "\\:&#8203;white\\_check\\_mark: good"),
        ("https://a.example/b", "https\\://a.example/b"),
        ("see www.example.com", "see www\\.example.com"),
        ("$x$", "<span>$</span>x<span>$</span>"),
        ("# no heading", "\\# no heading"),
        ("12. no list", "12\\. no list"),
        ("- [ ] no task", "\\- \\[ \\] no task"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("a\nb", "a b"),
        ("app/a.py:3:9 is 99.5 % full (2-3)", "app/a.py:3:9 is 99.5 % full (2-3)"),
        ("good :+1: :1st_place_medal:", "good :&#8203;+1: :&#8203;1st\\_place\\_medal:"),
        ("`a.b` is old; use `c_d`", "`a.b` is old; use `c_d`"),
        ("`@octocat #1 <b> \\`", "`@octocat #1 <b> \\`"),
        ("it's ` and `code`", "it's \\` and `code`"),
        ("`` two `` `a``b` `", "\\`\\` two \\`\\` \\`a\\`\\`b\\` \\`"),
        ("`a | b` ` c`", "\\`a \\| b\\` \\` c\\`"),
        ("", ""),
    ],
)
def test_what_github_would_find_is_broken_up(text, written):
    assert inline(text) == written


def test_a_mention_in_code_is_none():
    assert code("@octocat #1") == "`@octocat #1`"
    assert code("") == ""
    assert code_cell("a|b") == "`a\\|b`"
