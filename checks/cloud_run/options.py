"""The options of the check ``cloud-run``."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from netra_validate import CheckOptions
from netra_validate.topology import CloudName


class Expectations(CheckOptions, frozen=True, kw_only=True):
    """What is expected of a service. What is not set is not compared."""

    min_instances: (
        Annotated[int, Meta(ge=0, description="Least instances that are kept running")] | None
    ) = None
    max_instances: (
        Annotated[int, Meta(ge=1, description="Most instances that may run at once")] | None
    ) = None
    timeout_s: (
        Annotated[int, Meta(ge=1, le=3600, description="Seconds that a request may take")] | None
    ) = None
    concurrency: (
        Annotated[
            int, Meta(ge=1, le=1000, description="Requests that one instance may have at once")
        ]
        | None
    ) = None
    memory: (
        Annotated[
            str,
            Meta(
                pattern=r"^[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|k|M|G)?$",
                title="an amount of memory such as 512Mi or 1Gi",
                examples=["1Gi"],
                description="Memory of the container that takes requests",
            ),
        ]
        | None
    ) = None
    cpu: (
        Annotated[
            str,
            Meta(
                pattern=r"^[0-9]+(\.[0-9]+)?m?$",
                title="a number of CPUs such as 1 or 500m",
                examples=["2"],
                description="CPUs of the container that takes requests",
            ),
        ]
        | None
    ) = None
    port: (
        Annotated[int, Meta(ge=1, le=65535, description="Port that the program listens on")] | None
    ) = None
    ingress: Annotated[
        Literal["all", "internal", "internal-and-cloud-load-balancing"] | None,
        Meta(description="Where requests may come from"),
    ] = None
    egress: Annotated[
        Literal["all-traffic", "private-ranges-only"] | None,
        Meta(description="What goes through the VPC network"),
    ] = None
    execution_environment: Annotated[
        Literal["gen1", "gen2"] | None, Meta(description="Generation of the sandbox it runs in")
    ] = None
    service_account: Annotated[
        str | None,
        Meta(
            examples=["backend@example-staging.iam.gserviceaccount.com"],
            description="E-mail address of the account that it runs as",
        ),
    ] = None
    require_digest: Annotated[
        bool, Meta(description="Whether images must be named by their digest, not by a tag")
    ] = False
    max_rollout_s: Annotated[
        int, Meta(ge=0, description="Seconds that a new revision may take to become ready")
    ] = 900
    jobs: Annotated[
        tuple[CloudName, ...],
        Meta(
            examples=[["migrate-database"]],
            description="Cloud Run jobs beside the service, such as the one that migrates",
        ),
    ] = ()
    max_job_s: Annotated[
        int, Meta(ge=1, description="Seconds that an execution of a job may take")
    ] = 3600
