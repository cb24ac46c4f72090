"""Kinds that are created, described and deleted, and never updated: what comes before a version.

A subclass says what sets its kind apart: members, rules, and what there is to do at the end.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from emulator.exceptions import resource_already_exists, resource_in_use
from emulator.kind import FakeResource, Kind, Operation
from emulator.rules import checked_tags
from emulator.states import (
    ACTIVE,
    CREATE_IN_PROGRESS,
    CREATE_PENDING,
    ManagedStatus,
    Words,
    ended,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.kind import AnyKind
    from emulator.world import Answer, Request

CREATION = Words(CREATE_PENDING, CREATE_IN_PROGRESS)


@dataclass(kw_only=True)
class FakePlain(FakeResource):
    """A resource that stays what its create asked for.

    Args:
        uses: The ARNs of what it refers to.
        lets_go: It holds on to what it uses only until it is created.
    """

    request: Mapping[str, Any]
    uses: tuple[str, ...]
    lets_go: bool

    @property
    def holds(self) -> tuple[str, ...]:
        return () if self.lets_go and not self.creation.running else self.uses


class PlainKind(Kind[FakePlain]):
    """The resources of one plain kind in one place."""

    noun: ClassVar[str]
    """As its operations spell it."""
    echoed: ClassVar[tuple[str, ...]]
    """The members of a create that a describe shows."""
    unseen: ClassVar[frozenset[str]] = frozenset()
    """What a describe of this kind, unlike others, has no member for."""
    answered: ClassVar[tuple[str, ...]] = ()
    """The members of a create that its own answer shows."""
    deletable: ClassVar[bool] = True
    lets_go: ClassVar[bool] = False

    @property
    def member(self) -> str:
        """The member of a describe's answer that holds the resource."""
        return self.noun[0].lower() + self.noun[1:]

    @property
    def operations(self) -> Mapping[str, Operation]:
        operations: dict[str, Operation] = {
            f"Create{self.noun}": self.create,
            f"Describe{self.noun}": self.describe,
        }
        return {**operations, f"Delete{self.noun}": self.delete} if self.deletable else operations

    def create(self, request: Request) -> Answer:
        world, name = self._world, request[self.name_member]
        uses = self._checked(request)
        tags = checked_tags(request, world=world, present={})
        arn = self._new_arn(request)
        if arn in self._by_arn:
            raise resource_already_exists(arn)
        made = FakePlain(
            name=name, arn=arn, tags=tags, request=request, uses=uses, lets_go=self.lets_go
        )
        course = self.course("create", made)
        made.creation = ManagedStatus(
            words=None if self.at_once else CREATION,
            started_s=world.now_s,
            duration_s=course.duration_s,
            finish=lambda: ended(course.failure or self._finish(made)),
        )
        self._by_arn[arn] = made
        self._register(made)
        self.advance()
        return {self.arn_member: arn, **picked(request, self.answered)}

    def describe(self, request: Request) -> Answer:
        found = self.described(request)
        shown = {
            **picked(found.request, self.echoed),
            self.name_member: found.name,
            self.arn_member: found.arn,
            "status": found.status,
            "creationDateTime": found.creation.started_s,
            "lastUpdatedDateTime": found.changed_s,
            **({"failureReason": found.reason} if found.reason else {}),
            **self._more(found),
        }
        return {self.member: {key: shown[key] for key in shown if key not in self.unseen}}

    def delete(self, request: Request) -> None:
        self.start_delete(self.find(request[self.arn_member]))

    @abstractmethod
    def _checked(self, request: Request) -> tuple[str, ...]:
        """The ARNs that a create refers to, once it is found to be valid."""

    def _new_arn(self, request: Request) -> str:
        return self._place.arn(self.kind, request[self.name_member])

    def _register(self, made: FakePlain) -> None:
        """Make a resource known to those outside its own kind, as it is created."""

    def _finish(self, _made: FakePlain) -> str | None:
        """Do what there is to do at the end of a create; the reason if that fails."""
        return None

    def _more(self, _found: FakePlain) -> Answer:
        """What a describe shows beyond the members of the create."""
        return {}

    def _active(self, kind: type[AnyKind], arn: str) -> Any:
        """A resource of another kind to build upon: there, and ACTIVE."""
        found = self._region.of(kind).find(arn)
        if found.status != ACTIVE:
            raise resource_in_use(arn, found.status)
        return found


def picked(request: Mapping[str, Any], members: tuple[str, ...]) -> Answer:
    """These members, as far as they were given."""
    return {key: request[key] for key in members if key in request}
