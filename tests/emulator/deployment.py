"""What campaigns and recommenders have in common: settings that serve, and updates of them.

An update has a status of its own, and until it ends well the settings before it go on serving.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from emulator.exceptions import (
    invalid_input,
    limit_exceeded,
    resource_already_exists,
    resource_in_use,
)
from emulator.kind import FakeResource, Kind
from emulator.rules import checked_tags, page
from emulator.states import (
    ACTIVE,
    CREATE_FAILED,
    CREATE_PENDING,
    ManagedStatus,
    Outcome,
    Words,
    ended,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from emulator.world import Answer, Request, World

SETTLED = (ACTIVE, CREATE_FAILED)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a deployment serves with, as it was asked for; None is what was left out.

    Args:
        dataset_group: By which the quotas count.
    """

    dataset_group: str
    config: Mapping[str, Any] | None = None

    @property
    def holds(self) -> tuple[str, ...]:
        """The ARNs of what can not be deleted as long as something serves, or is to serve, so."""
        return ()


AnySettings = TypeVar("AnySettings", bound=Settings)


@dataclass(kw_only=True)
class Update(Generic[AnySettings]):
    """What the latest update shows."""

    settings: AnySettings
    work: ManagedStatus


@dataclass(kw_only=True)
class FakeDeployment(FakeResource, Generic[AnySettings]):
    settings: AnySettings
    update: Update[AnySettings] | None = None
    revived: bool = False
    """(u) An update that succeeds after CREATE FAILED leaves the resource ACTIVE."""
    stale_describes: int = 0
    """How many describes to come still show what was before the latest change."""
    stale_until_s: float = 0
    """Until then they all do. Epoch seconds."""
    shown_before: Answer = field(default_factory=dict)
    """What a describe has shown before that change."""

    @property
    def updating(self) -> bool:
        return self.update is not None and self.update.work.running

    @property
    def holds(self) -> tuple[str, ...]:
        return (*self.settings.holds, *(self.update.settings.holds if self.update else ()))

    @property
    def changing(self) -> bool:
        """A change other than a create or a delete is under way, and keeps others out."""
        return self.updating

    @property
    def status(self) -> str | None:
        return ACTIVE if self.revived and self.deletion is None else super().status

    @property
    def reason(self) -> str | None:
        return None if self.revived and self.deletion is None else super().reason

    @property
    def update_status(self) -> str | None:
        return self.update.work.status if self.update else None

    @property
    def changed_s(self) -> float:
        update = self.update.work if self.update else None
        return max(work.changed_s for work in (self.creation, update, self.deletion) if work)

    def advance(self, world: World, *, what: str) -> None:
        super().advance(world, what=what)
        if self.update is not None:
            world.watch(self.update.work, arn=self.arn, what="update")


Deployment = TypeVar("Deployment", bound=FakeDeployment[Any])


class Deployments(Kind[Deployment], Generic[Deployment, AnySettings]):
    """The deployments of one kind in one place; a subclass says what sets its kind apart."""

    update_member: ClassVar[str]
    """The member of a description that holds the latest update."""
    updatable: ClassVar[Collection[str]]
    """The statuses in which an update is accepted."""

    def create(self, request: Request) -> Answer:
        world, name = self._world, request["name"]
        arn = self._place.arn(self.kind, name)
        settings = self._wanted(request)
        tags = checked_tags(request, world=world, present={})
        if arn in self._by_arn:
            raise resource_already_exists(arn)
        self._check_quota(settings)
        made = self._fake(name=name, arn=arn, settings=settings, tags=tags)
        course = world.plans.course("create", arn=arn, name=name)
        made.creation = ManagedStatus(
            words=Words(CREATE_PENDING, world.oddities.campaign_in_progress_status),
            started_s=world.now_s,
            duration_s=course.duration_s,
            finish=lambda: ended(course.failure),
        )
        self._by_arn[arn] = made
        self.advance()
        return {self.arn_member: arn}

    def update(self, request: Request) -> Answer:
        world = self._world
        found = self.find(request[self.arn_member])
        if found.status not in self.updatable:
            raise resource_in_use(found.arn, found.status)
        if found.updating:
            raise resource_in_use(found.arn, found.update_status)
        settings = self._changed(found.settings, request)
        if settings == found.settings and world.oddities.unchanged_update_refused:
            raise invalid_input(f"The update of {found.arn} changes nothing.")
        course = world.plans.course("update", arn=found.arn, name=found.name)

        def finish() -> Outcome:
            if course.failure is None:
                found.settings, found.revived = settings, True
            return ended(course.failure)

        work = ManagedStatus(
            words=Words(CREATE_PENDING, world.oddities.update_in_progress_status),
            started_s=world.now_s,
            duration_s=course.duration_s,
            finish=finish,
        )
        self._lag_behind(found)
        found.stale_describes = world.oddities.describes_stale_after_update
        found.update = Update(settings=settings, work=work)
        self.advance()
        return {self.arn_member: found.arn}

    def describe(self, request: Request) -> Answer:
        found = self.described(request)
        return {self.kind: found.shown_before if self._is_stale(found) else self._shown(found)}

    def _shown(self, found: Deployment) -> Answer:
        update = found.update
        shown = {
            **self._summary(found),
            **self._echo(found.settings),
            **failure(found.reason),
        }
        if update is not None:
            shown[self.update_member] = {
                **self._echo(update.settings),
                "status": update.work.status,
                **failure(update.work.reason),
                "creationDateTime": update.work.started_s,
                "lastUpdatedDateTime": update.work.changed_s,
            }
        return shown

    def _lag_behind(self, found: Deployment) -> None:
        """Right before a change: what describes may go on to show for a while."""
        found.shown_before = self._shown(found)
        found.stale_until_s = self._world.now_s + self._world.oddities.update_lag_s

    def _is_stale(self, found: Deployment) -> bool:
        """Whether a describe still shows what was before the latest change."""
        missed = found.stale_describes > 0
        found.stale_describes -= missed
        return missed or self._world.now_s < found.stale_until_s

    def delete(self, request: Request) -> None:
        found = self.find(request[self.arn_member])
        if found.changing:
            raise resource_in_use(found.arn, found.status)
        found.stale_until_s = 0
        self.start_delete(found)

    def list_all(self, request: Request) -> Answer:
        found = [each for each in self._by_arn.values() if self._is_listed(each.settings, request)]
        shown, further = page([self._listed(each) for each in found], request)
        return {f"{self.kind}s": list(shown), **further}

    @abstractmethod
    def _fake(self, **members: Any) -> Deployment:
        """A new resource with these members of `FakeDeployment`."""

    @abstractmethod
    def _wanted(self, request: Request) -> AnySettings:
        """The settings that a create asks for, once they are found to be valid."""

    @abstractmethod
    def _changed(self, current: AnySettings, request: Request) -> AnySettings:
        """The settings after an update, once they are found to be valid."""

    @abstractmethod
    def _check_quota(self, settings: AnySettings) -> None:
        """Refuse a create that would be one too many."""

    @abstractmethod
    def _is_listed(self, settings: AnySettings, request: Request) -> bool:
        """Whether a list's filter lets it through."""

    @abstractmethod
    def _listed(self, found: Deployment) -> Answer:
        """What a list shows of it."""

    @abstractmethod
    def _echo(self, settings: AnySettings) -> Answer:
        """The settings that an update can change, as a describe shows them."""

    def _refuse_more_than(self, quota: int, counted: Sequence[Deployment]) -> None:
        if len(counted) >= quota:
            raise limit_exceeded(
                f"Cannot create a {self.kind}. More than {quota} resources in ACTIVE state. Please "
                "delete some and try again."
            )

    def _summary(self, found: Deployment) -> Answer:
        """What both a describe and a list show."""
        status = found.status
        if found.updating and self._world.oddities.campaign_status_while_updating:
            status = self._world.oddities.campaign_status_while_updating
        return {
            "name": found.name,
            self.arn_member: found.arn,
            "status": status,
            "creationDateTime": found.creation.started_s,
            "lastUpdatedDateTime": found.changed_s,
        }


def failure(reason: str | None) -> Answer:
    return {"failureReason": reason} if reason else {}
