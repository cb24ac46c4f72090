"""What all rooms of the emulator share: the time, the plans, the registries, the outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from emulator.batch import ObjectStore
    from emulator.catalogue import Catalogue
    from emulator.journal import Journal
    from emulator.oddities import Oddities, Quotas
    from emulator.plans import PlanBook
    from emulator.states import ManagedStatus

Request: TypeAlias = Mapping[str, Any]
"""A request's members, in the service's own names, already validated against its shape."""
Answer: TypeAlias = dict[str, Any]

PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


@dataclass(frozen=True)
class Place:
    """An account's region, where names are unique."""

    account: str
    region: str

    def arn(self, kind: str, name: str) -> str:
        special = (each for start, each in PARTITIONS.items() if self.region.startswith(start))
        partition = next(special, "aws")
        return f"arn:{partition}:personalize:{self.region}:{self.account}:{kind}/{name}"

    def recipe_arn(self, name: str) -> str:
        """Recipes belong to the service, so their ARNs have neither region nor account."""
        partition = self.arn("recipe", name).split(":")[1]
        return f"arn:{partition}:personalize:::recipe/{name}"


@dataclass(kw_only=True)
class World:
    """The shared state; `now_s` is the clock as read once for the request under way."""

    clock: Callable[[], float]
    plans: PlanBook
    journal: Journal
    catalogue: Catalogue
    oddities: Oddities
    quotas: Quotas
    role_exists: Callable[[str], bool]
    s3: ObjectStore | None
    now_s: float = 0.0

    def watch(self, status: ManagedStatus, *, arn: str, what: str) -> None:
        """Take the steps of a status that are due, and note them."""
        for change in status.advance(self.now_s):
            self.journal.status(change, arn=arn, what=what)
