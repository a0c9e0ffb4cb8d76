"""What every error of a client tells the person who meets it."""

import ast
from pathlib import Path

import pytest

import checks
import netra_validate
from netra_validate.clients.errors import (
    ClientError,
    Forbidden,
    NotFound,
    ProtocolError,
    RateLimited,
    Rejected,
    TimedOut,
    Unauthenticated,
    Unreachable,
)

KINDS = (
    ClientError, Forbidden, NotFound, ProtocolError, RateLimited, Rejected, TimedOut,
    Unauthenticated, Unreachable,
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_to_do(kind):
    advice = kind("it broke").advice
    assert advice[0].islower()
    assert not advice.endswith(".")


@pytest.mark.parametrize("kind", [each for each in KINDS if each is not RateLimited])
def test_what_is_known_better_is_said_instead(kind):
    assert kind("it broke", hint="mend it").advice == "mend it"


def test_it_says_how_far_it_came():
    phases = ("name resolution", "connection", "TLS", "request")
    assert len({Unreachable("it broke", phase=each).advice for each in phases}) == len(phases)


@pytest.mark.parametrize(("asked_s", "said"), [(0.2, "wait 1 s"), (7.5, "wait 8 s")])
def test_it_says_how_long_to_wait(asked_s, said):
    assert RateLimited("too often", retry_after_s=asked_s).advice == f"{said}, and run it again"
    assert "some minutes" in RateLimited("too often").advice


def raised(module):
    """The calls in a module that make an error of no kind."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ClientError":
            yield node


def test_an_error_of_no_kind_is_about_the_configuration_or_says_what_to_do():
    modules = [
        path
        for package in (checks, netra_validate)
        for path in Path(package.__path__[0]).rglob("*.py")
    ]
    mute = [
        f"{path.parent.name}/{path.name}:{call.lineno}"
        for path in modules
        for call in raised(path)
        if "hint" not in {each.arg for each in call.keywords} and not is_configured(call)
    ]
    assert mute == []


def is_configured(call):
    """Whether its message is about something that the configuration says."""
    words = ast.unparse(call)
    return any(
        each in words
        for each in (
            "is not an address", "is no address", "address is", "user name in it", "host name",
            "has the port", "has no", "cannot be read", "is not placed", "names no", "calls names",
            "given as ca_file", "subprotocol", "cannot be sent", "is no WebSocket",
        )
    )  # fmt: skip
