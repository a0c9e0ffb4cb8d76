import shlex

from hypothesis import given
from hypothesis import strategies as st

from netra_validate.model import Command, Remediation
from netra_validate.shell import neighbours, quoted


@given(st.lists(st.text(st.characters(categories=["L", "N", "P", "S"])), min_size=1))
def test_a_shell_reads_back_what_was_quoted(argv):
    assert shlex.split(quoted(argv)) == argv


def test_no_mark_gets_out_of_its_quotes():
    assert quoted(["a\nb", "\x1b[31m", "\udcff;x"]) == "'a b' ' [31m' '\ufffd;x'"
    assert quoted(["é"], unicode=False) == r"'\xe9'"


def test_neighbours_are_named_by_where_they_stand():
    remedy = Remediation("Do.", tuple(Command((name,)) for name in "abcd"))
    assert neighbours(remedy, remedy.commands[1]) == {
        ("a",): "the command above",
        ("c",): "the command below",
    }
    assert neighbours(remedy, remedy.commands[0]) == {("b",): "the command below"}
