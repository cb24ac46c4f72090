"""What the rows of the failure matrix share: short plans, chosen faults, and the promises.

The promises are stated without regard to the handler, so that a naive one can be judged by them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.plans import Plan
from simulator.aws_lambda import FunctionError
from simulator.cloudformation import SIGNATURE, Exchange
from simulator.stacks import Stack
from simulator.templates import Declared
from simulator.wire import ACCOUNT, REGION, Effect
from simulator.world import VERSION, World, campaign

SHORT = Plan(create_s=20.0, update_s=15.0, delete_s=10.0)
"""Long enough for some looks, short enough for many histories."""

SEEDS = range(12)
FEW_SEEDS = range(3)

TEMPLATE: Mapping[str, Declared] = {"Campaign": campaign(MinProvisionedTPS=1)}
CHANGED: Mapping[str, Declared] = {"Campaign": campaign(MinProvisionedTPS=2)}

CHANGES = ("CreateCampaign", "UpdateCampaign", "DeleteCampaign", "CreateBatchInferenceJob")


@dataclass
class Nth:
    """Strikes the nth call from the moment at which it is armed.

    Attributes:
        nth: 1 for the first; 0 for none.
        effect: What befalls it.
        only: The operations that count; empty for all.
        times: How many calls in a row are struck.
        armed: Whether calls are counted.
        calls: The operations counted so far.
    """

    nth: int
    effect: Effect
    only: Collection[str] = ()
    times: int = 1
    armed: bool = True
    calls: list[str] = field(default_factory=list)

    def strike(self, service: str, operation: str) -> Effect | None:
        if not self.armed or (self.only and operation not in self.only):
            return None
        self.calls.append(operation)
        return self.effect if self.nth <= len(self.calls) < self.nth + self.times else None

    @property
    def struck(self) -> bool:
        return len(self.calls) >= self.nth


def short_world(**settings: Any) -> World:
    """A world in which nothing takes long."""
    world = World(**settings)
    world.personalize.plan("*", SHORT)
    return world


def created(world: World, template: Mapping[str, Declared] = TEMPLATE, name: str = "shop") -> Stack:
    """A stack that was created without trouble."""
    stack = world.stack(name)
    stack.create(template)
    world.run()
    assert stack.status == "CREATE_COMPLETE", stack.events
    return stack


def deliver_late(world: World, *latenesses_s: float) -> None:
    """Let the next asynchronous events arrive so late; those after them, at once."""
    rest = iter(latenesses_s)
    world.functions.lateness_s = lambda: next(rest, 0.05)


def foreign(world: World, name: str, **settings: Any) -> str:
    """A campaign that somebody else makes; its ARN."""
    client = world.wire.client("personalize")
    answer = client.create_campaign(
        name=name, solutionVersionArn=VERSION, minProvisionedTPS=7, **settings
    )
    return str(answer["campaignArn"])


def exchanges(world: World, request_type: str) -> list[Exchange]:
    """The requests of one type, in the order asked."""
    return [
        each for each in world.cloudformation.exchanges if each.event["RequestType"] == request_type
    ]


def last(world: World, request_type: str) -> Exchange:
    """The latest request of one type."""
    return exchanges(world, request_type)[-1]


def reasons(stack: Stack, status: str) -> list[str]:
    """The reasons of a stack's events of one status."""
    return [event.reason for event in stack.events if event.status == status]


def requests(world: World, *operations: str) -> list[Mapping[str, Any]]:
    """The calls that Personalize has seen, in time order."""
    return [
        each
        for each in world.personalize.log()
        if each["kind"] == "request" and each["operation"] in operations
    ]


def changes_since(world: World, since_s: float) -> list[Mapping[str, Any]]:
    """The calls that could have changed something in Personalize."""
    return [each for each in requests(world, *CHANGES) if each["at_s"] >= since_s]


def describe(world: World, name: str) -> dict[str, Any]:
    """What the service describes of a campaign."""
    client = world.wire.client("personalize")
    answer = client.describe_campaign(campaignArn=campaign_arn(name))
    described: dict[str, Any] = answer["campaign"]
    return described


def statuses(world: World, kind: str) -> dict[str, str]:
    """ARN -> status of every resource of a kind, as the emulator calls it."""
    return {
        each["arn"]: each["status"]
        for each in world.personalize.resources()
        if each["kind"] == kind
    }


def tags_of(world: World, arn: str) -> dict[str, str]:
    """The tags of what exists."""
    (found,) = (each["tags"] for each in world.personalize.resources() if each["arn"] == arn)
    return dict(found)


def remove_tags(world: World, arn: str) -> None:
    """What happens where somebody removes all tags by hand."""
    client = world.wire.client("personalize")
    tags = client.list_tags_for_resource(resourceArn=arn)["tags"]
    client.untag_resource(resourceArn=arn, tagKeys=[tag["tagKey"] for tag in tags])


def campaign_arn(name: str) -> str:
    return f"arn:aws:personalize:{REGION}:{ACCOUNT}:campaign/{name}"


def only_campaign(world: World) -> str:
    """The name of the one campaign that exists."""
    (name,) = world.campaigns()
    return name


def watch_errors(world: World) -> list[FunctionError]:
    """Every invocation that ends in an error, from now on."""
    seen: list[FunctionError] = []
    invoke = world.functions.invoke

    def watched(arn: str, event: dict[str, Any], done: Callable[[Any], None]) -> None:
        def and_note(result: Any) -> None:
            if isinstance(result, FunctionError):
                seen.append(result)
            done(result)

        invoke(arn, event, and_note)

    world.functions.invoke = watched  # type: ignore[method-assign]
    return seen


# --- the promises --------------------------------------------------------------------------------


def broken_promises(world: World, *, others: Iterable[str] = ()) -> list[str]:
    """What is wrong once everything has come to rest; each line names a promise.

    Args:
        world: The account.
        others: Names of campaigns that somebody else owns.
    """
    return [
        *_orphans(world, set(others)),
        *_touched(world, set(others)),
        *_not_as_declared(world),
        *_changed_ids(world),
        *_bad_answers(world),
        *_stuck(world),
    ]


def _live(world: World) -> Iterator[tuple[Stack, str, str, Declared]]:
    for stack in world.stacks:
        for logical_id, resource in stack.resources.items():
            yield stack, logical_id, resource.physical_id, resource.declared


def _orphans(world: World, others: set[str]) -> Iterator[str]:
    known = {physical_id for _, _, physical_id, _ in _live(world)}
    for name in world.campaigns():
        if name not in others and campaign_arn(name) not in known:
            yield f"orphan: {name} exists and no stack knows it"


def _touched(world: World, others: set[str]) -> Iterator[str]:
    for name in others - set(world.campaigns()):
        yield f"not ours: {name} was deleted"
    for call in requests(world, "UpdateCampaign"):
        if call["name"] in others and call["outcome"] == "ok":
            yield f"not ours: {call['name']} was updated"


def _not_as_declared(world: World) -> Iterator[str]:
    exist = world.campaigns()
    for stack, logical_id, physical_id, declared in _live(world):
        if declared.type != "Custom::PersonalizeCampaign" or not stack.status.endswith("_COMPLETE"):
            continue
        name = physical_id.rsplit("/", 1)[-1]
        if exist.get(name, {}).get("status") != "ACTIVE":
            yield f"missing: {logical_id} of {stack.name} ({physical_id}) is not ACTIVE"
            continue
        described = describe(world, name)
        asked = declared.properties.get("MinProvisionedTPS", 1)
        if described.get("minProvisionedTPS", 1) != asked:
            yield f"configuration: {logical_id} of {stack.name} is not as declared"


def _changed_ids(world: World) -> Iterator[str]:
    for exchange in exchanges(world, "Update"):
        event = exchange.event
        same_name = event["ResourceProperties"].get("Name") == event["OldResourceProperties"].get(
            "Name"
        )
        is_campaign = event["ResourceType"] == "Custom::PersonalizeCampaign"
        if not exchange.succeeded or not same_name or not is_campaign or exchange.answer is None:
            continue
        if exchange.answer["PhysicalResourceId"] != event["PhysicalResourceId"]:
            yield f"id: changed to {exchange.answer['PhysicalResourceId']} without a replacement"


def _bad_answers(world: World) -> Iterator[str]:
    for exchange in world.cloudformation.exchanges:
        what = f"{exchange.event['RequestType']} of {exchange.event['LogicalResourceId']}"
        if exchange.answer is None and not exchange.abandoned:
            yield f"answer: none to the {what} within {exchange.limit_s:.0f} s"
        yield from (f"answer: {fault}" for fault in exchange.faults)
        for body in exchange.deliveries:
            if SIGNATURE in body.decode(errors="replace"):
                yield "secret: an answer holds the signature"


def _stuck(world: World) -> Iterator[str]:
    for stack in world.stacks:
        if stack.status.endswith("_FAILED") or not stack.settled:
            yield f"stuck: {stack.name} ends in {stack.status}: {stack.events[-1].reason}"


def secrets_in(records: Iterable[logging.LogRecord], text: str) -> list[str]:
    """The log lines that hold a signature, as they are logged and as they are formatted."""
    raw = [record.getMessage() for record in records]
    return [line for line in [*raw, *text.splitlines()] if SIGNATURE in line]
