"""Where a URL map leads. Pure.

Reference: https://cloud.google.com/load-balancing/docs/url-map-concepts, and the descriptions of
``UrlMap``, ``HostRule``, ``PathMatcher`` and ``HttpRouteRuleMatch`` in the API's reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from netra_validate.clients.google.compute_types import (
        Match,
        PathMatcher,
        PathRule,
        RouteAction,
        RouteRule,
        UrlMap,
    )


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request leads."""

    backends: tuple[str, ...]
    """Links of backend services; empty for a redirect."""
    timeout_s: int | None = None
    """The route's own, where it has one."""
    rule: str = "the default"
    """What led there, for people."""


def backends(url_map: UrlMap) -> tuple[str, ...]:
    """Links of every backend that any route leads to, each once, in the order of the URL map."""
    links = (link for route in _routes(url_map) for link in route.backends)
    return tuple(dict.fromkeys(links))


def _routes(url_map: UrlMap) -> Iterator[Route]:
    yield _route(url_map.default_service, url_map.default_route_action)
    used = {rule.path_matcher for rule in url_map.host_rules}
    for matcher in url_map.path_matchers:
        if matcher.name not in used:
            continue
        yield _route(matcher.default_service, matcher.default_route_action)
        for by_path in matcher.path_rules:
            yield _route(by_path.service, by_path.route_action)
        for by_more in matcher.route_rules:
            yield _route(by_more.service, by_more.route_action)


def _route(service: str | None, action: RouteAction | None, rule: str = "the default") -> Route:
    shares = action.weighted_backend_services if action else ()
    links = [service] if service else [each.backend_service for each in shares if each.weight]
    timeout = action.timeout if action else None
    return Route(tuple(links), int(timeout.seconds) if timeout else None, rule)


def route(url_map: UrlMap, address: str) -> Route | None:
    """Where a GET of an address leads.

    None where that depends on more than host and path: headers, queries, templates.
    """
    parts = urlsplit(address)
    path = parts.path or "/"
    matcher = _matcher(url_map, parts.hostname or "", parts.port)
    if matcher is None:
        return _route(url_map.default_service, url_map.default_route_action)
    if matcher.route_rules:
        return _by_priority(matcher, path)
    longest = _longest(matcher.path_rules, path)
    if longest is not None:
        pattern, rule = longest
        return _route(rule.service, rule.route_action, f"the path rule {pattern}")
    return _default(matcher)


def _default(matcher: PathMatcher) -> Route:
    action = matcher.default_route_action
    return _route(matcher.default_service, action, f"the default of {matcher.name}")


def _matcher(url_map: UrlMap, host: str, port: int | None) -> PathMatcher | None:
    """The matcher of the host rule that fits best: the whole name, else the longest pattern."""
    names = (host, f"{host}:{port}") if port else (host,)
    fitting = [
        (pattern, rule.path_matcher)
        for rule in url_map.host_rules
        for pattern in rule.hosts
        if any(_host_fits(pattern.lower(), name) for name in names)
    ]
    best = max(fitting, key=lambda found: (not found[0].startswith("*"), len(found[0])), default="")
    if not best:
        return None
    return next((each for each in url_map.path_matchers if each.name == best[1]), None)


def _host_fits(pattern: str, name: str) -> bool:
    return name.endswith(pattern[1:]) if pattern.startswith("*") else pattern == name


def _longest(rules: Iterable[PathRule], path: str) -> tuple[str, PathRule] | None:
    """The rule with the longest pattern that fits; ``/a/*`` is for what stands below ``/a/``."""
    fitting = [
        (pattern, rule) for rule in rules for pattern in rule.paths if _path_fits(pattern, path)
    ]
    return max(fitting, key=lambda found: (len(found[0]), found[0][-1:] != "*"), default=None)


def _path_fits(pattern: str, path: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("/*") else pattern == path


def _by_priority(matcher: PathMatcher, path: str) -> Route | None:
    for rule in sorted(matcher.route_rules, key=lambda each: each.priority):
        fits = _fits(rule, path)
        if fits is None:
            return None
        if fits:
            return _route(rule.service, rule.route_action, f"the route rule {rule.priority}")
    return _default(matcher)


def _fits(rule: RouteRule, path: str) -> bool | None:
    """Whether a rule takes the path; None where it asks for more than that."""
    verdicts = [_match_fits(each, path) for each in rule.match_rules]
    if True in verdicts:
        return True
    return None if None in verdicts else False


def _match_fits(match: Match, path: str) -> bool | None:
    if match.path_template_match or match.regex_match:
        return None
    wanted, given = match.full_path_match or match.prefix_match or "/", path
    if match.ignore_case:
        wanted, given = wanted.lower(), given.lower()
    if given != wanted if match.full_path_match else not given.startswith(wanted):
        return False
    more = match.header_matches or match.query_parameter_matches or match.metadata_filters
    return None if more else True
