"""The options of the health check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from netra_validate import CheckOptions

if TYPE_CHECKING:
    from checks.health.words import Words


class HealthOptions(CheckOptions, frozen=True, kw_only=True):
    """Limits and words of the health check."""

    max_latency_s: Annotated[
        float,
        Meta(gt=0, description="Seconds that a good answer may take once the service is warm"),
    ] = 2.0
    timeout_s: Annotated[
        float,
        Meta(gt=0, description="Seconds for one attempt, from connecting to the end of the body"),
    ] = 10.0
    max_age_s: Annotated[
        float,
        Meta(ge=0, description="Seconds for which a cache may have kept an answer"),
    ] = 10.0
    expect: Annotated[
        Literal["json", "any"],
        Meta(
            description='"json": the body must be JSON that says how it is; "any": a 2xx will do,'
            " unless it says that something is wrong"
        ),
    ] = "json"
    expected_service: Annotated[
        str | None,
        Meta(
            examples=["backend"],
            description="What the body must call the service, where it names one",
        ),
    ] = None
    good_words: Annotated[tuple[str, ...], Meta(description="Words for: it works")] = (
        "ok", "healthy", "ready", "up", "pass", "passed", "passing", "connected", "available",
        "operational", "running", "alive", "live", "serving", "success", "successful", "green",
        "online",
    )  # fmt: skip
    degraded_words: Annotated[tuple[str, ...], Meta(description="Words for: it works in part")] = (
        "degraded", "warning", "warn", "partial", "yellow",
    )  # fmt: skip
    not_ready_words: Annotated[tuple[str, ...], Meta(description="Words for: not yet")] = (
        "initializing", "initialising", "starting", "not_ready", "pending", "warming_up", "booting",
        "loading",
    )  # fmt: skip
    bad_words: Annotated[tuple[str, ...], Meta(description="Words for: it does not work")] = (
        "unhealthy", "critical", "error", "down", "fail", "failed", "failing", "failure",
        "disconnected", "unavailable", "unreachable", "timeout", "timed_out", "out_of_service",
        "offline", "dead", "stopped", "crashed", "broken", "refused", "red",
        "could_not_connect", "cannot_connect", "unable_to_connect",
    )  # fmt: skip

    @property
    def words(self) -> Words:
        """The words by what they mean."""
        from checks.health.words import Words

        return Words(self.good_words, self.degraded_words, self.not_ready_words, self.bad_words)
