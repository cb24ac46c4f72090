"""Stacks whose resources need each other: order, references, rollback both ways."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from simulator.scheduler import START_S
from simulator.stacks import References, Stack
from simulator.templates import Attribute, Declared, Template
from simulator.world import World

TAKES_S = 10.0

MISSING = (
    "CustomResource attribute error: Vendor response doesn't contain Other attribute in object A"
)


@dataclass
class Provider:
    """Answers each request after a while, and notes it.

    Attributes:
        failing: (request type, logical id) -> how often it still fails.
        asked: Request type, logical id, and seconds since the start, in the order asked.
        events: The same, in full.
    """

    failing: dict[tuple[str, str], int] = field(default_factory=dict)
    asked: list[tuple[str, str, float]] = field(default_factory=list)
    events: list[Mapping[str, Any]] = field(default_factory=list)
    world: World = field(init=False)

    def __call__(self, event: dict[str, Any], _context: Any) -> None:
        key = event["RequestType"], event["LogicalResourceId"]
        self.asked.append((*key, self.world.scheduler.now_s - START_S))
        self.events.append(event)
        self.world.scheduler.sleep(float(event["ResourceProperties"].get("TakesS", TAKES_S)))
        fails = self.failing.get(key, 0)
        self.failing[key] = fails - 1
        answer = {
            "Status": "FAILED" if fails > 0 else "SUCCESS",
            "Reason": "scripted",
            "PhysicalResourceId": f"arn:{key[1]}:{event['ResourceProperties'].get('Name', '')}",
            "Data": {"Request": event["RequestId"], "Name": key[1]},
            **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
        }
        self.world.cloudformation.put(event["ResponseURL"], json.dumps(answer).encode())

    def names(self, request_type: str) -> list[str]:
        """The resources asked so, in order."""
        return [name for kind, name, _ in self.asked if kind == request_type]

    def moments(self, request_type: str) -> dict[str, float]:
        """The latest time at which each resource was asked so."""
        return {name: at_s for kind, name, at_s in self.asked if kind == request_type}


def _resource(*after: str, **properties: Any) -> Declared:
    return Declared(type="Custom::Any", properties=properties, after=after)


CHAIN: Template = {
    "C": _resource("B"),
    "B": _resource(Request=Attribute("A", "Request")),
    "A": _resource(Size=1),
    "Apart": _resource(Size=1),
}
"""C after B, which takes from A; Apart needs nothing. Declared in no order."""

CHANGED: Template = {**CHAIN, "A": _resource(Size=2)}


def _world(provider: Provider, references: References = "evaluated again") -> World:
    provider.world = World(handler=provider, references=references)
    return provider.world


def _created(provider: Provider, template: Template = CHAIN, **settings: Any) -> Stack:
    world = _world(provider, **settings)
    stack = world.stack("shop")
    stack.create(template)
    world.run()
    return stack


def test_a_resource_is_created_after_all_that_it_needs_and_deleted_before() -> None:
    provider = Provider()
    stack = _created(provider)
    assert stack.status == "CREATE_COMPLETE"
    began_s = provider.moments("Create")
    assert abs(began_s["Apart"] - began_s["A"]) < 1
    assert began_s["A"] + TAKES_S <= began_s["B"] <= began_s["C"] - TAKES_S

    stack.delete()
    provider.world.run()

    assert stack.status == "DELETE_COMPLETE"
    ended_s = provider.moments("Delete")
    assert abs(ended_s["Apart"] - ended_s["C"]) < 1
    assert ended_s["C"] + TAKES_S <= ended_s["B"] <= ended_s["A"] - TAKES_S


def test_a_changed_attribute_updates_whoever_takes_it_and_nobody_else() -> None:
    provider = Provider()
    stack = _created(provider)
    stack.update(CHANGED)
    provider.world.run()

    assert stack.status == "UPDATE_COMPLETE"
    assert provider.names("Update") == ["A", "B"]
    event = provider.events[-1]
    of_create, of_update = (
        each["RequestId"] for each in provider.events if each["LogicalResourceId"] == "A"
    )
    assert event["OldResourceProperties"]["Request"] == of_create
    assert event["ResourceProperties"]["Request"] == of_update


def test_an_attribute_that_stays_as_it_was_updates_nobody() -> None:
    provider = Provider()
    takes_name = {**CHAIN, "B": _resource(Name=Attribute("A", "Name"))}
    stack = _created(provider, takes_name)
    stack.update({**takes_name, "A": _resource(Size=2)})
    provider.world.run()

    assert stack.status == "UPDATE_COMPLETE"
    assert provider.names("Update") == ["A"]


def test_a_missing_attribute_fails_the_resource_that_takes_it_and_is_never_sent() -> None:
    provider = Provider()
    stack = _created(provider, {**CHAIN, "B": _resource(Of={"A": [Attribute("A", "Other")]})})

    assert stack.status == "ROLLBACK_COMPLETE"
    assert [each.reason for each in stack.events if each.status == "CREATE_FAILED"] == [MISSING]
    assert sorted(provider.names("Create")) == ["A", "Apart"]
    assert sorted(provider.names("Delete")) == ["A", "Apart"]


def test_a_failure_cancels_what_is_under_way_and_lets_nothing_more_begin() -> None:
    provider = Provider(failing={("Create", "A"): 1})
    stack = _created(provider, {**CHAIN, "Apart": _resource(TakesS=25), "Late": _resource("Apart")})

    assert stack.status == "ROLLBACK_COMPLETE"
    assert sorted(provider.names("Create")) == ["A", "Apart"]
    assert sorted(provider.names("Delete")) == ["A", "Apart"]
    failed = {each.logical_id: each.reason for each in stack.events if "CREATE_FAIL" in each.status}
    assert failed == {"A": "scripted", "Apart": "Resource creation cancelled"}


def test_a_rollback_deletes_what_the_update_made_last_to_first() -> None:
    provider = Provider(failing={("Create", "D"): 1})
    stack = _created(provider, {"A": CHAIN["A"]})
    stack.update({**CHAIN, "D": _resource("C")})
    provider.world.run()

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert [each for each in provider.names("Delete") if each != "Apart"] == ["D", "C", "B"]
    assert set(stack.resources) == {"A"}


@pytest.mark.parametrize(
    ("references", "updated"),
    [("evaluated again", ["A", "B"]), ("as before", ["A"])],
)
def test_a_rollback_reaches_what_the_update_never_touched_only_if_references_are_evaluated_again(
    references: References, updated: list[str]
) -> None:
    provider = Provider(failing={("Update", "A"): 1})
    stack = _created(provider, references=references)
    stack.update(CHANGED)
    provider.world.run()

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert provider.names("Update") == ["A", *updated]
    assert stack.resources["A"].properties == {"Size": 1}


@pytest.mark.parametrize(
    ("references", "request_is_old"), [("evaluated again", False), ("as before", True)]
)
def test_a_rollback_sends_what_references_give_now_or_gave_before(
    references: References, *, request_is_old: bool
) -> None:
    provider = Provider(failing={("Update", "B"): 1})
    stack = _created(provider, references=references)
    before = stack.resources["B"].properties
    stack.update(CHANGED)
    provider.world.run()

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert provider.names("Update") == ["A", "B", "A", "B"]
    back, forth = provider.events[-1], provider.events[-3]
    assert back["OldResourceProperties"] == forth["ResourceProperties"]
    assert (back["ResourceProperties"]["Request"] == before["Request"]) is request_is_old
