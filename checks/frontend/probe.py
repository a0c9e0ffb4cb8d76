"""One probe: a page loaded with all that it names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from checks.frontend import graphql, judging, markup, named_hosts
from checks.frontend.judging import Fault
from checks.frontend.loading import Loaded, Loader
from checks.frontend.markup import Asset
from checks.frontend.options import FrontendOptions
from checks.frontend.remedies import remedy
from checks.frontend.types import HTML
from netra_validate import ClientError, Context, Finding, ProtocolError, Service, Sign
from netra_validate.bounded_patterns import BoundedPattern, SlowPatternError
from netra_validate.signs import of_status

if TYPE_CHECKING:
    from checks.frontend import Frontend
    from netra_validate.clients.http import HttpResponse

_OK = 200


async def probe(check: Frontend, service: Service, ctx: Context) -> AsyncIterator[Finding]:
    """The page first, since it names the rest."""
    examination = _Examination(check.options, ctx, Loader(service, ctx, check.options.timeout_s))
    name = service.cloud_run or service.key
    for part in (examination.page, examination.builds, examination.settings, examination.graphql):
        async for fault in part():
            yield check.rules[fault.rule].finding(
                f"{name} {fault.says}",
                evidence={"address": fault.url.partition("?")[0], **fault.evidence},
                remedy=remedy(fault.rule, fault.url.partition("?")[0], service, ctx),
                shows=fault.shows,
            )
    examination.refuse_unseen()


@dataclass(slots=True)
class _Examination:
    """What is known of one page so far."""

    options: FrontendOptions
    ctx: Context
    loader: Loader
    text: str = ""
    inline: str = ""
    scripts: list[Loaded] = field(default_factory=list)
    served: bool = False
    not_asked: int = 0
    untold: ClientError | None = None
    """Why a build is not known."""

    async def page(self) -> AsyncIterator[Fault]:
        """The page, and every asset that it names."""
        from netra_validate.clients.http import MAX_PAGE

        if self.options.page is None:
            return
        url = self.loader.address(self.options.page)
        # The front page is what its host is judged by as well: one request for both.
        response = await self.ctx.http.shared(
            "GET", url, timeout_s=self.options.timeout_s, max_body=MAX_PAGE
        )
        if response.status != _OK or response.media_type not in HTML:
            kind = response.media_type or "no type"
            yield Fault(
                "page",
                f"answers {response.status} and {kind}, expected a page",
                url,
                shows=of_status(response.status),
            )
            return
        self.text, self.served = response.text(), True
        found = markup.read(self.text, url)
        self.inline = found.inline
        async for fault in self._assets(found.assets, url):
            yield fault

    async def _assets(self, named: Sequence[Asset], page: str) -> AsyncIterator[Fault]:
        secure = urlsplit(page).scheme == "https"
        blocked = [each for each in named if secure and each.url.startswith("http:")]
        ours = [each for each in named if self.loader.is_ours(each.url, page)]
        ours = [each for each in ours if each not in blocked]
        asked = ours[: self.options.max_assets]
        self.not_asked = len(ours) - len(asked)
        loaded = await asyncio.gather(*(self.loader.load(each.url) for each in asked))
        pairs = list(zip(asked, loaded, strict=True))
        self.scripts = [found for asset, found in pairs if asset.kind == "script"]
        elsewhere = len(named) - len(ours) - len(blocked)
        self.ctx.observe(assets=len(asked), assets_elsewhere=elsewhere)
        for fault in judging.assets(pairs, blocked):
            yield fault

    async def builds(self) -> AsyncIterator[Fault]:
        """Whether page, scripts and server are of one build."""
        found: dict[str, str | None] = {}
        options = self.options
        if options.page_build is not None and self.served:
            pattern = BoundedPattern(options.page_build, "page_build")
            found |= await self._builds_in({"the page": self.text}, pattern)
        if options.asset_build is not None and self.served:
            pattern = BoundedPattern(options.asset_build, "asset_build")
            found |= await self._script_builds(pattern)
        if options.health_build is not None:
            found["health"] = await self._health_build(options.health_build)
        known = sorted({build for build in found.values() if build is not None})
        if found:
            self.ctx.observe(builds=known)
        for fault in judging.builds(found, self.loader.address(options.page or "/")):
            yield fault

    async def _script_builds(self, pattern: BoundedPattern) -> dict[str, str | None]:
        """By the path of the script; one entry without a build where none has it."""
        texts = {
            judging.place(script.url): script.response.text()
            for script in self.scripts
            if script.response and _is_script(script)
        }
        tried = await self._builds_in(texts, pattern)
        found: dict[str, str | None] = {
            where: build for where, build in tried.items() if build is not None
        }
        whole = all(map(_is_script, self.scripts)) and tried.keys() == texts.keys()
        if not found and whole:
            return {"the scripts": None}
        return found

    async def _builds_in(
        self, texts: Mapping[str, str], pattern: BoundedPattern
    ) -> dict[str, str | None]:
        """What a pattern finds in texts; those that it takes too long for are left out."""
        found: dict[str, str | None] = {}
        for where, text in texts.items():
            try:
                found[where] = await asyncio.to_thread(judging.build_in, text, pattern)
            except SlowPatternError as error:
                self.untold = error
        return found

    async def _health_build(self, place: str) -> str | None:
        url = self.loader.address(place)
        response = await self.ctx.http.get(url, timeout_s=self.options.timeout_s)
        try:
            document = response.json()
        except ProtocolError:
            return None
        value = (
            document.get(self.options.health_build_field) if isinstance(document, Mapping) else ""
        )
        return str(value)[:100] if isinstance(value, str | int) and value != "" else None

    async def settings(self) -> AsyncIterator[Fault]:
        """Which hosts the page is told to ask."""
        text, url = self.inline, self.loader.address(self.options.page or "/")
        if self.options.runtime_config is not None:
            url = self.loader.address(self.options.runtime_config)
            loaded = await self.loader.load(url)
            fault = _unreadable(loaded)
            if fault is not None:
                yield Fault(
                    "runtime-config", f"has no settings at {judging.place(url)}: {fault}", url
                )
            elif loaded.response is not None:
                text += "\n" + loaded.response.text()
        hosts = named_hosts.named(text)
        domains = self.ctx.environment.domains
        self.ctx.observe(hosts_named=named_hosts.ours(hosts, domains))
        wrong = dict(named_hosts.wrong(hosts, domains, self.options.hosts))
        if wrong:
            said = ", ".join(f"{host} ({why})" for host, why in list(wrong.items())[:3])
            yield Fault("host", f"tells its page to ask {said}", url, {"hosts": list(wrong)})

    async def graphql(self) -> AsyncIterator[Fault]:
        """Whether the schema answers."""
        if self.options.graphql is None:
            return
        url = self.loader.address(self.options.graphql)
        response = await graphql.ask(self.ctx, url, self.options.timeout_s)
        fault = graphql.fault(response)
        self.ctx.observe(graphql="answers" if fault is None else "fails")
        if fault is not None:
            yield Fault(
                "graphql", f"answers {{__typename}} with {fault}", url, shows=_shown(response)
            )

    def refuse_unseen(self) -> None:
        """What was not loaded is not good.

        Raises:
            ClientError: the page names more than may be asked for, or a pattern took too long.
        """
        if self.untold is not None:
            raise self.untold
        if self.not_asked:
            raise ClientError(
                f"{self.not_asked} assets of the page were not loaded",
                hint="raise max_assets in [checks.frontend]",
            )


def _is_script(loaded: Loaded) -> bool:
    """Whether an answer is what was asked for, so that the lack of a build means something."""
    found = loaded.response
    return found is not None and found.status == _OK and found.media_type not in HTML


def _shown(response: HttpResponse) -> frozenset[Sign]:
    """What an answer shows that is none: GraphQL's own errors are of its schema or its data."""
    return frozenset() if response.media_type.endswith("json") else of_status(response.status)


def _unreadable(loaded: Loaded) -> str | None:
    """Why settings cannot be read; None where they can."""
    if loaded.response is None:
        return loaded.reason
    if loaded.response.status != _OK:
        return str(loaded.response.status)
    return "a web page" if loaded.response.media_type in HTML else None
