"""Reads a command as PowerShell does, where only bare words and single quotes are in it."""

import re

CURLY = "\u2018\u2019\u201a\u201b"
"""Quotes that PowerShell takes for its own."""

PIECE = re.compile(rf"'(?P<quoted>(?:[^'{CURLY}]|['{CURLY}]{{2}})*)'|(?P<bare>\S+)")
SPECIAL = set(f" '\"`$(){{}}|&<>@#;,{CURLY}\u201c\u201d\u201e\u2013\u2014\u2015")


def split(line):
    """The words of a command as the rules of about_Parsing and about_Quoting_Rules have them.

    Only for lines of bare words and single quotes: whatever else means something is refused.
    """
    words = []
    rest = line.removeprefix("& ")
    while rest:
        match = PIECE.match(rest)
        assert match, rest
        if match["bare"] is None:
            words.append(re.sub(f"(['{CURLY}])['{CURLY}]", r"\1", match["quoted"]))
        else:
            assert not SPECIAL & set(match["bare"]), match["bare"]
            # With one dash it is a parameter, which ends at a point or a colon.
            assert not re.match(r"-[^-].*[.:]|--$|--%|-$", match["bare"]), match["bare"]
            words.append(match["bare"])
        rest = rest[match.end() :]
        assert rest == "" or rest.startswith(" "), rest
        rest = rest.removeprefix(" ")
    return words
