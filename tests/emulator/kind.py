"""What every kind of resource has in common: a fake resource's life, and a room for one kind.

A new kind is a file with a `FakeResource` and a `Kind` of its own, and an entry in `kinds.KINDS`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypeVar

from emulator.exceptions import resource_held, resource_in_use, resource_not_found
from emulator.oddities import LONGEST_LAG_S
from emulator.plans import Course
from emulator.states import DELETION, ManagedStatus, Outcome
from emulator.world import Answer, Place, Request, World

if TYPE_CHECKING:
    from emulator.backend import RegionBackend
    from emulator.plans import Verb

Operation: TypeAlias = Callable[[Request], Answer | None]


@dataclass(kw_only=True)
class FakeResource:
    """A resource with a create behind it, and a delete once there is one.

    Args:
        name: What plans know it by.
        arn: What everything else knows it by.
        describes: How often it was asked for so far.
    """

    name: str
    arn: str
    tags: dict[str, str]
    creation: ManagedStatus = field(init=False)
    deletion: ManagedStatus | None = None
    describes: int = 0

    @property
    def status(self) -> str | None:
        """The status of the resource itself; None once it is gone."""
        return (self.deletion or self.creation).status

    @property
    def reason(self) -> str | None:
        return (self.deletion or self.creation).reason

    @property
    def update_status(self) -> str | None:
        """The status of the latest update; None when there was none."""
        return None

    @property
    def changed_s(self) -> float:
        return (self.deletion or self.creation).changed_s

    @property
    def deleting(self) -> bool:
        return self.deletion is not None and self.deletion.running

    @property
    def holds(self) -> tuple[str, ...]:
        """The ARNs of what can not be deleted now because of this resource."""
        return ()

    def advance(self, world: World, *, what: str) -> None:
        """Take the steps that are due, noted in the journal as those of `what`."""
        world.watch(self.creation, arn=self.arn, what=what)
        if self.deletion is not None:
            world.watch(self.deletion, arn=self.arn, what=what)


Fake = TypeVar("Fake", bound=FakeResource)
AnyKind = TypeVar("AnyKind", bound="Kind[Any]")


class Kind(ABC, Generic[Fake]):
    """The resources of one kind in one place, and the operations on them."""

    kind: ClassVar[str]
    """As `PersonalizeBackend.resources` calls it, and, but for solution versions, its ARNs do."""
    what: ClassVar[str]
    """As the journal's changes of status call it."""
    arn_member: ClassVar[str]
    """The member of a request that tells which resource it is about."""
    name_member: ClassVar[str] = "name"
    """The member of a create that names the resource."""
    at_once: ClassVar[bool] = False
    """Creates and deletes take no time, and can not fail once they are accepted."""

    def __init__(self, *, world: World, place: Place, region: RegionBackend) -> None:
        self._world = world
        self._place = place
        self._region = region
        self._by_arn: dict[str, Fake] = {}

    @property
    @abstractmethod
    def operations(self) -> Mapping[str, Operation]:
        """The operations by their API names."""

    def all(self) -> Mapping[str, Fake]:
        return self._by_arn

    def find(self, arn: str) -> Fake:
        if arn not in self._by_arn:
            raise resource_not_found(arn)
        return self._by_arn[arn]

    def described(self, request: Request) -> Fake:
        """The resource that a describe asks for, unless it is still too new to be seen."""
        found = self.find(request[self.arn_member])
        found.describes += 1
        oddities = self._world.oddities
        age_s = self._world.now_s - found.creation.started_s
        is_missed = found.describes <= oddities.describes_not_found_after_create
        if age_s < oddities.describe_lag_s or (is_missed and age_s < LONGEST_LAG_S):
            raise resource_not_found(found.arn)
        return found

    def advance(self) -> None:
        """Bring every resource to the present; those whose delete has finished are gone."""
        for each in list(self._by_arn.values()):
            each.advance(self._world, what=self.what)
            self._world.catalogue.note(each.arn, each.status)
            if each.status is None:
                del self._by_arn[each.arn]

    def course(self, verb: Verb, found: Fake) -> Course:
        """The course of the create or delete that starts now."""
        if self.at_once:
            return Course(0.0, None)
        return self._world.plans.course(verb, arn=found.arn, name=found.name)

    def start_delete(self, found: Fake) -> None:
        """Accept a delete, unless something is under way or holds on to the resource."""
        world = self._world
        if found.deleting and not world.oddities.second_delete_in_use:
            return
        if found.deleting or found.creation.running:
            raise resource_in_use(found.arn, found.status)
        holder = self._region.holder(found.arn)
        if holder is not None:
            raise resource_held(found.arn, by=holder.arn)
        course = self.course("delete", found)
        failed = Outcome(world.oddities.failed_delete_status, course.failure)

        def finish() -> Outcome:
            if course.failure is not None:
                return failed
            self.gone(found)
            return Outcome(None)

        found.deletion = ManagedStatus(
            words=None if self.at_once else DELETION,
            started_s=world.now_s,
            duration_s=course.duration_s,
            finish=finish,
            before=found.status,
        )
        self.advance()

    def gone(self, found: Fake) -> None:
        """What goes along with a resource, at the time at which its delete ends."""

    def plan_name(self, request: Mapping[str, Any]) -> str:
        """The name by which plans know what a request, not yet checked, is about; "": nothing."""
        name, arn = request.get(self.name_member), request.get(self.arn_member)
        if isinstance(name, str) or not isinstance(arn, str):
            return name if isinstance(name, str) else ""
        return self._by_arn[arn].name if arn in self._by_arn else arn.rpartition("/")[2]

    def policy_resource(self, request: Mapping[str, Any]) -> str:
        """What IAM judges a request by, one not yet checked; lists have no resource."""
        name, arn = request.get(self.name_member), request.get(self.arn_member)
        if isinstance(arn, str):
            return arn
        return self._place.arn(self.kind, name) if isinstance(name, str) else "*"
