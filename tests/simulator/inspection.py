"""A look into Personalize from behind, past its API: for invariants only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.states import CREATE_FAILED
from emulator.world import Place
from simulator.kinds import BY_EMULATED, KINDS, VERSION, Kind
from simulator.wire import ACCOUNT, REGION
from simulator.world import World

STACK_TAG = "cdk-personalize:stack-id"
LOGICAL_TAG = "cdk-personalize:logical-id"
ORIGIN_TAG = "cdk-personalize:origin"
PREVIOUS_TAG = "cdk-personalize:previous-stack-id"
_TOOK_EFFECT = ("ok", "dropped after")
_SETTLED = ("ACTIVE", "CREATE FAILED", "CREATE STOPPED", "INACTIVE")

Maker = tuple[str, str]
"""Stack id and logical id."""


@dataclass(frozen=True, kw_only=True)
class There:
    """A resource that exists.

    Attributes:
        arn: Its ARN.
        kind: Its kind.
        status: As the service spells it.
        update_status: That of its latest update, or None.
        maker: Whose it is by its tags; empty texts where they do not tell.
        given_back: Whether it was adopted from its maker, and came back.
    """

    arn: str
    kind: Kind
    status: str
    update_status: str | None
    maker: Maker
    given_back: bool = False

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return self.status not in _SETTLED or self.update_status not in (None, *_SETTLED)

    @property
    def may_be_orphaned(self) -> bool:
        """Whether it costs something that a Delete could have spared."""
        return self.kind.can_go or (self.kind.can_stop and self.is_busy)


class Inspection:
    """What really is there."""

    def __init__(self, world: World) -> None:
        self._personalize = world.personalize
        self._place = Place(account=ACCOUNT, region=REGION)

    def all(self) -> Iterator[There]:
        """Everything that exists of the kinds that templates name."""
        for each in self._personalize.resources():
            if each["kind"] in BY_EMULATED:
                yield There(
                    arn=each["arn"],
                    kind=BY_EMULATED[each["kind"]],
                    status=each["status"],
                    update_status=each["update_status"],
                    maker=_maker(each["tags"]),
                    given_back=PREVIOUS_TAG in each["tags"]
                    and each["tags"].get(ORIGIN_TAG) in ("made", "found"),
                )

    def find(self, arn: str) -> There | None:
        """What has an ARN."""
        return next((each for each in self.all() if each.arn == arn), None)

    def tags(self, arn: str) -> Mapping[str, str]:
        """The tags of what has an ARN."""
        there = (each for each in self._personalize.resources() if each["arn"] == arn)
        return next((each["tags"] for each in there), {})

    def described(self, arn: str) -> dict[str, Any] | None:
        """Status, how the latest update fares, and what configuration serves; None: not there."""
        self._personalize.look()
        region = self._personalize.region(self._place)
        found: Any = region.resource(arn)
        if found is None:
            return None
        kind = next(each for each in KINDS.values() if arn in _all(region, each))
        update = getattr(found, "update", None)
        return {
            "status": found.status,
            "updating": update is not None and update.work.running,
            "update_failed": update is not None and update.work.status == CREATE_FAILED,
            "configuration": kind.runs(found),
        }

    def makers(self, arn: str) -> set[Maker]:
        """Everyone who ever made or adopted a resource of that ARN."""
        found = self.find(arn)
        if found is not None and found.kind is VERSION:
            # No ARN of a version comes twice, and none goes.
            return {found.maker}
        return {maker for _, maker, _ in self._makings(arn)}

    def creator(self, arn: str) -> Maker:
        """Who made what has that ARN now, whoever has adopted it since."""
        return [maker for created, maker, _ in self._makings(arn) if created][-1]

    def was_anothers(self, arn: str, maker: Maker, at_s: float) -> bool:
        """Whether it was still somebody else's at a time, and adopted by this one only later."""
        own = [(created, made_s) for created, each, made_s in self._makings(arn) if each == maker]
        return bool(own) and not own[0][0] and at_s < own[0][1]

    def _makings(self, arn: str) -> Iterator[tuple[bool, Maker, float]]:
        """Whether it was a creation or an adoption, whose, and when, in time order."""
        name = arn.rsplit("/", 1)[-1]
        noun = arn.split(":")[5].split("/")[0].replace("-", "")
        for entry in self._personalize.log():
            if entry["kind"] != "request" or entry["outcome"] not in _TOOK_EFFECT:
                continue
            operation, asked = entry["operation"], entry["input"]
            if operation.startswith("Create") and entry["name"] == name:
                if operation.removeprefix("Create").lower() == noun:
                    yield True, _maker(_asked_tags(asked)), entry["at_s"]
            elif operation == "TagResource" and asked["resourceArn"] == arn:
                tags = _asked_tags(asked)
                if STACK_TAG in tags:
                    yield False, _maker(tags), entry["at_s"]


def _all(region: Any, kind: Kind) -> Mapping[str, Any]:
    room = next(each for each in region.kinds if each.kind == kind.emulated)
    return dict(room.all())


def _asked_tags(asked: Mapping[str, Any]) -> dict[str, str]:
    return {tag["tagKey"]: tag["tagValue"] for tag in asked.get("tags", [])}


def _maker(tags: Mapping[str, str]) -> Maker:
    return tags.get(STACK_TAG, ""), tags.get(LOGICAL_TAG, "")
