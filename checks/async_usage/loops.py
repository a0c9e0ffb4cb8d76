"""Calls that block the event loop, enter it while it runs, or take it from the tests. Pure."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from typing import Final

from checks.async_usage import externals
from checks.async_usage.facts import Assigned, Facts, Function, Scope, Use
from checks.async_usage.judging import Fault, RuleName, written
from checks.async_usage.meaning import Names
from checks.async_usage.referents import Foreign
from netra_validate import Severity

_ENTERING: Final = frozenset({"run_until_complete", "run_forever"})
_SET: Final = "asyncio.set_event_loop"
_RUN: Final = "asyncio.run"
_LOOP_FIXTURE: Final = "event_loop"
_THE_LOOP: Final = "asyncio.get_event_loop"
"""What gives the same as that fixture of pytest-asyncio."""

CALLS: Final = frozenset({"run", "close", "set_event_loop", *_ENTERING})
"""Last words of the calls that concern the loop."""

_SETTING_UP: Final = frozenset(
    {
        "setUp", "tearDown", "setUpClass", "tearDownClass", "asyncSetUp", "asyncTearDown",
        "setup_method", "teardown_method", "setup_class", "teardown_class", "setup_module",
        "teardown_module", "setup_function", "teardown_function", "pytest_runtest_setup",
        "pytest_runtest_teardown",
    }
)  # fmt: skip
"""Functions that run before and after tests (pytest and unittest documentation)."""


class Loops:
    """Judges calls.

    Args:
        names: resolves what is called.
        blocking: full names of functions that block.
        nested: whether the repository patches asyncio so that loops may be entered again.
    """

    def __init__(self, names: Names, blocking: Collection[str], *, nested: bool) -> None:
        self._names = names
        self._blocking = frozenset(blocking)
        self._nested = nested

    def faults(self, facts: Facts, *, is_test: bool) -> Iterator[Fault]:
        """The faults of one file."""
        for use in facts.uses:
            if use.form == "call":
                fault = self._call(use, facts, is_test=is_test)
                if fault is not None:
                    yield fault
        if is_test:
            yield from self._overridden(facts)

    def _call(self, use: Use, facts: Facts, *, is_test: bool) -> Fault | None:
        meaning = self._names.of(use.value, use.scope, facts)
        if isinstance(meaning, Foreign) and meaning.name in self._blocking:
            blocks = use.coroutine and not use.brief
            return _blocking(use, facts, meaning.name, is_test=is_test) if blocks else None
        if use.expected:
            return None
        function = use.value
        last = function.attr if isinstance(function, ast.Attribute) else ""
        if last in _ENTERING | {"close"} and isinstance(function, ast.Attribute):
            loop = self._loop(function.value, use.scope, facts, is_test=is_test)
            return self._on_loop(use, facts, last, loop, is_test=is_test) if loop else None
        if not isinstance(meaning, Foreign):
            return None
        if meaning.name == _RUN and use.coroutine and not self._nested:
            advice = "Await the coroutine"
            return _fault("running-loop", use, facts, "runs while an event loop runs", advice)
        if meaning.name == _SET and (use.coroutine or is_test):
            return self._set(use, facts)
        return None

    def _on_loop(
        self, use: Use, facts: Facts, last: str, loop: str, *, is_test: bool
    ) -> Fault | None:
        if last in _ENTERING:
            if not use.coroutine or self._nested:
                return None
            said = "enters a loop while one runs"
            return _fault("running-loop", use, facts, said, "Await the coroutine")
        if loop not in externals.CURRENT_LOOP:
            return None
        if use.coroutine:
            said = "closes the loop that runs it"
            return _fault("running-loop", use, facts, said, "Leave the loop to who started it")
        if is_test and self._sets_up(use.scope, facts):
            said = "closes the event loop that other tests use"
            return _fault("shared-loop", use, facts, said, "Leave the loop to the test runner")
        return None

    def _set(self, use: Use, facts: Facts) -> Fault | None:
        if not use.coroutine and not self._sets_up(use.scope, facts):
            return None
        if use.argument is not None and self._may_be_current(use.argument, use.scope, facts):
            return None
        said = "replaces the event loop"
        said += " while it runs" if use.coroutine else " under other tests"
        return _fault("shared-loop", use, facts, said, "Leave the loop to the test runner")

    def _may_be_current(self, node: ast.expr, scope: Scope, facts: Facts) -> bool:
        """Whether it is put back, or is a fixture, which may be the loop that is there already."""
        found = self._names.bound(node.id, scope) if isinstance(node, ast.Name) else None
        binding = found[1] if found is not None else None
        if isinstance(binding, Assigned) and binding.parameter:
            return True
        return self._loop(node, scope, facts) in externals.CURRENT_LOOP

    def _loop(
        self, node: ast.expr, scope: Scope, facts: Facts, *, is_test: bool = False
    ) -> str | None:
        """The function of asyncio that gave a loop, or None where it may be none."""
        if isinstance(node, ast.Name):
            found = self._names.bound(node.id, scope)
            binding = found[1] if found is not None else None
            if isinstance(binding, Assigned) and binding.parameter:
                return _THE_LOOP if is_test and node.id == _LOOP_FIXTURE else None
            if not isinstance(binding, Assigned) or binding.scope.kind != "function":
                return None
            # In another function the loop may run or not.
            if binding.value is None or binding.scope is not scope:
                return None
            node = binding.value
        if not isinstance(node, ast.Call):
            return None
        meaning = self._names.of(node.func, scope, facts)
        is_loop = isinstance(meaning, Foreign) and meaning.name in externals.ANY_LOOP
        return meaning.name if is_loop and isinstance(meaning, Foreign) else None

    def _sets_up(self, scope: Scope, facts: Facts) -> bool:
        """Whether a function, or one around it, prepares tests."""
        around: Scope | None = scope
        while around is not None:
            function = around.function
            if function is not None and (
                function.name in _SETTING_UP or self._fixture(function, around, facts)
            ):
                return True
            around = around.parent
        return False

    def _fixture(self, function: Function, scope: Scope, facts: Facts) -> ast.expr | None:
        """The decorator that makes a function a fixture."""
        for decorator in function.decorators:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            meaning = self._names.of(called, scope.parent or facts.module, facts)
            if isinstance(meaning, Foreign) and meaning.name in externals.FIXTURES:
                return decorator
        return None

    def _overridden(self, facts: Facts) -> Iterator[Fault]:
        """Fixtures that take the place of the plug-in's own loop."""
        waiting = [facts.module]
        while waiting:
            scope = waiting.pop()
            waiting += scope.inner
            function = scope.function
            decorator = self._fixture(function, scope, facts) if function is not None else None
            if function is None or decorator is None:
                continue
            if _fixture_name(function, decorator) == _LOOP_FIXTURE:
                yield Fault(
                    "shared-loop",
                    facts.path,
                    function.line,
                    function.octet,
                    _LOOP_FIXTURE,
                    f"`{function.name}` overrides the fixture `event_loop` of pytest-asyncio",
                    "Remove the fixture, and set the scope of the loop with loop_scope",
                )


def _fixture_name(function: Function, decorator: ast.expr) -> str:
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    for keyword in keywords:
        if keyword.arg == "name":
            return str(getattr(keyword.value, "value", ""))
    return function.name


def _blocking(use: Use, facts: Facts, name: str, *, is_test: bool) -> Fault:
    instead = externals.INSTEAD.get(name)
    advice = f"Await {instead}" if instead else "Await asyncio.to_thread(…)"
    message = f"`{written(use.value)}` blocks the event loop: nothing else runs until it is done"
    # The loop of a test serves nobody else.
    weight = Severity.NOTE if is_test else None
    place = (facts.path, use.line, use.octet)
    return Fault("blocking-call", *place, name, message, advice, severity=weight)


def _fault(rule: RuleName, use: Use, facts: Facts, said: str, advice: str) -> Fault:
    name = written(use.value)
    return Fault(rule, facts.path, use.line, use.octet, name, f"`{name}` {said}", advice)
