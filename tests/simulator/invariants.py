"""What must hold, whatever happens. Known exceptions are stated here and nowhere else.

- A job cannot be deleted, so jobs are no orphans. Nor can a solution version be: it is an orphan
  only while it is in training.
- A resource whose ARN only the service knows may be answered before it has one, with an id that
  says so. The ARN takes that id's place when there is one.
- A resource still in progress when a Delete's time is over ends in DELETE_FAILED, whose reason
  names the ARN and says "delete again".
- What was adopted stays after a Delete, unless `DeleteAdopted` says otherwise, and goes back to
  whoever had it. What another resource has adopted may run with other properties, also when a
  rollback brings it back to the one that had it.
- An update under way can be neither stopped nor overtaken. A rollback that has to wait for one for
  more than CloudFormation's hour fails, and says what it waited for.
- With wait segments SUCCESS means ACTIVE for the chain as a whole: a link that is not the last may
  answer before, once its time is over.
- What somebody else has stopped stays so until the next update, and may be answered as ACTIVE by a
  tick that looked before.
- An event that Lambda itself delivers late, and then gives up, is answered by the last resort with
  Lambda's own trouble. One that it delivers only when the time is over is answered so.
- A tick that looked right before an end may still answer that its time is over. So may one that
  has adopted something whose tags do not show it yet, and one of an Update that has waited for
  something so long that no update begins any more.
- A rollback that puts the values before in place of references asks nothing of a segment that the
  failed update never touched. Then the first link may have handed over to nobody while its update
  back is under way. It must end as asked for, unless the service lets it fail, which nobody sees.
- A job with `WaitForCompletion: false` may be in progress when it is answered with SUCCESS, and
  fail later. A rollback to it, and an Update that asks for no other run, succeed however it has
  ended; and so does a link after the one that saw it run.
- What ended before it was adopted ended as somebody else's, of which nothing is told.
- A newer request ends what follows an answer. So an end that no answer told is told by an event
  only where no newer request of the resource came before; and an event whose PutEvents met trouble
  may be lost where one came after.
- A stack that keeps failures ends in CREATE_FAILED or UPDATE_FAILED, and what it has made meanwhile
  waits there for the next update. What that one lives on, or has made, outlives the Delete of what
  failed. A job or a training that failed in a wait segment is begun anew by it, whatever it
  changes. If it is deleted instead, a replacement whose time was over stays, named by the answer.
- Where describes lag, an update that ends at once may be answered before its end is described. So
  an end counts as seen only if some looks came after it.
"""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.oddities import LONGEST_LAG_S
from simulator.chains import WAIT, link_of, links, segment_name, subject
from simulator.cloudformation import SIGNATURE, Exchange, stringified
from simulator.inspection import Inspection
from simulator.judging import (
    DELETE_AGAIN,
    LAMBDA_GAVE_UP,
    TOO_LATE,
    Lines,
    is_done,
    is_left,
    is_running,
    is_stopped,
    replaces,
    title,
)
from simulator.kinds import CHANGES, KINDS, VERSION
from simulator.stacks import Stack, StackEvent
from simulator.telling import untold_ends
from simulator.templates import Declared
from simulator.works import CREATION_CANCELLED
from simulator.world import World

_TAGGING = ("TagResource", "UntagResource")

TICK_S = 30.0
"""How long a tick may take from its look to its answer."""

NO_UPDATE_BEGINS_S = 90.0
"""The end of an Update's time in which no update begins: so much, or a quarter of its time."""

UNKNOWN = "unknown:"
"""How the id of what has no ARN yet starts."""

SEGMENT_ID = re.compile(r"wait:[0-9a-f]{12}")

PERSONALIZE_ENDS_WITHIN_S = 6000.0
"""Longer than Personalize takes for anything that it has begun."""


@dataclass(frozen=True, kw_only=True)
class Violation:
    """An invariant that does not hold.

    Attributes:
        invariant: Its name.
        story: What was seen.
    """

    invariant: str
    story: str


class Watch:
    """Looks on while a world runs, and collects what must not be.

    Args:
        world: The world.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.violations: list[Violation] = []
        self._inspection = Inspection(world)
        self._lines = Lines()
        world.wire.on_effect = self._on_effect
        world.cloudformation.on_answer = self._on_answer

    def __enter__(self) -> Watch:
        logging.getLogger().addHandler(self._lines)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self._lines)

    # --- as it happens -------------------------------------------------------------------------

    def _on_effect(self, operation: str, request: Mapping[str, Any], caller: Any) -> None:
        """Before a change takes effect: is it the caller's own resource?"""
        kind = CHANGES.get(operation)
        if caller is None or (kind is None and operation not in _TAGGING):
            return
        arn = request["resourceArn" if kind is None else kind.arn_member]
        found = self._inspection.find(arn)
        if found is None:
            return
        adopts = operation == "TagResource" and self._adopts(caller, arn)
        if found.maker != caller and not adopts:
            told = f"{operation} of {found.arn}, owned by {found.maker}, for {caller}"
            self._note("not ours", told)
        if operation.startswith("Delete"):
            self._check_made(operation, arn, caller)

    def _check_made(self, operation: str, arn: str, caller: Any) -> None:
        """What is deleted was made by the stack, unless its template says otherwise."""
        creator = self._inspection.creator(arn)
        if creator == caller:
            return
        moved = creator[0] == caller[0]
        if self._rolls_back(caller[0]) or not (moved or self._is_asked(caller, "DeleteAdopted")):
            self._note("adopted", f"{operation} of {arn}, made by {creator}, for {caller}")

    def _rolls_back(self, stack_id: str) -> bool:
        return any(
            stack.id == stack_id and "ROLLBACK" in stack.status for stack in self._world.stacks
        )

    def _is_asked(self, caller: Any, name: str) -> bool:
        """Whether the latest request of a resource states a property as true."""
        return any(each.get(name) == "true" for each in self._asked(caller))

    def _adopts(self, caller: Any, arn: str) -> bool:
        """Whether a resource is to adopt what has an ARN.

        A stopped execution's last tick may still do so, and a request whose newer one Lambda has
        not delivered yet; that one gives it back.
        """
        return any(
            each.get("AdoptExisting") == "true" and arn.endswith(f"/{each.get('Name')}")
            for each in self._asked(caller, since_s=TICK_S)
        )

    def _asked(self, caller: Any, *, since_s: float = 0) -> Iterator[Mapping[str, Any]]:
        """The properties of a resource's latest request, and of those stopped so lately."""
        asked = [
            each for each in self._world.cloudformation.exchanges if subject(each.event) == caller
        ]
        now_s = self._world.scheduler.now_s
        for each, later in zip(asked, [*asked[1:], None], strict=True):
            if later is None or self._began_s(later, default=now_s) >= now_s - since_s:
                yield link_of(each.event).properties

    def _began_s(self, exchange: Exchange, *, default: float) -> float:
        """When the handler first took a request up; the default if it has not yet."""
        request_id = exchange.event["RequestId"]
        executions = self._world.states.executions.values()
        began_s = (each.started_s for each in executions if request_id in each.given)
        return min(began_s, default=default)

    def _on_answer(self, exchange: Exchange) -> None:
        """When an answer counts: is it true?"""
        answer = exchange.answer or {}
        event = exchange.event
        if exchange.faults:
            self._note("a valid answer", f"{exchange.faults} for {title(event)}")
        if answer["Status"] == "FAILED":
            self._check_reason(exchange)
        elif event["RequestType"] == "Delete":
            self._check_deleted(event, answer["PhysicalResourceId"])
        else:
            self._check_active(exchange, answer["PhysicalResourceId"])
        self._check_id(event, answer)

    def _check_active(self, exchange: Exchange, physical_id: str) -> None:
        """SUCCESS of the last link, or of another before its time is over."""
        event, link = exchange.event, link_of(exchange.event)
        took_s = exchange.answered_s - exchange.asked_s
        if link.hands_over and took_s >= link.ends_after_s - 1:
            return
        arn = self._arn(exchange) or physical_id
        found = self._described(arn)
        if is_left(link.properties) and self._runs_or_did(arn, exchange.answered_s):
            found = found and {**found, "status": "ACTIVE"}
        if self._was_just_stopped(arn, exchange.answered_s):
            return
        failed = found is not None and found["status"].endswith("FAILED")
        if failed and is_left(link.properties) and self._was_answered_for(arn, event):
            found = found and {**found, "status": "ACTIVE"}
        if found is None or not is_done(found, link.properties):
            self._note("SUCCESS means ACTIVE", f"{title(event)}: {arn} is {found}")
            return
        asked = KINDS[link.type].asked(link.properties)
        runs = {key: found["configuration"].get(key) for key in asked}
        if not self._is_about(arn, event):
            self._note("SUCCESS means its own", f"{title(event)}: {arn} was never its own")
        if self._is_taken(arn, event):
            return
        if asked != runs:
            self._note("SUCCESS means as asked", f"{title(event)}: {asked}, but runs {runs}")
        lacks = self._missing_tags(arn, link.properties)
        if lacks:
            self._note("SUCCESS means as asked", f"{title(event)}: tags lack {lacks}")

    def _missing_tags(self, arn: str, properties: Mapping[str, Any]) -> dict[str, str]:
        """The template's tags that a resource does not have."""
        tags = self._inspection.tags(arn)
        wanted = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
        return {key: value for key, value in wanted.items() if tags.get(key) != value}

    def _is_taken(self, arn: str, event: Mapping[str, Any]) -> bool:
        """Whether another resource has adopted what a rollback brings back to this one."""
        there = self._inspection.find(arn)
        if there is None or not there.maker[0] or there.maker == subject(event):
            return False
        return self._is_about(arn, event) and self._rolls_back(event["StackId"])

    def _was_answered_for(self, arn: str, event: Mapping[str, Any]) -> bool:
        """Whether a job that nobody waits for was answered with SUCCESS before."""
        if link_of(event).is_segment:
            return self._has_begun(arn)
        if self._rolls_back(event["StackId"]):
            return True
        was_left = is_left(event.get("OldResourceProperties", {}))
        return was_left and arn == event.get("PhysicalResourceId")

    def _has_begun(self, arn: str) -> bool:
        changes = self._changes_since(float("-inf"))
        return any(each["arn"] == arn and is_running(each["new"] or "") for each in changes)

    def _was_just_stopped(self, arn: str, at_s: float) -> bool:
        """Whether somebody else stopped it after a tick that answers then may have looked."""
        return arn in self._world.stopped_by_others and any(
            entry["arn"] == arn and entry["new"] == "STOP PENDING"
            for entry in self._changes_since(at_s - TICK_S)
        )

    def _changes_since(self, since_s: float) -> Iterator[Mapping[str, Any]]:
        """The changes of a status after a moment."""
        for entry in self._world.personalize.log():
            if entry["kind"] == "status" and entry["at_s"] > since_s:
                yield entry

    def _runs_or_did(self, arn: str, at_s: float) -> bool:
        """Whether work has begun, as far as a tick that answers then may have seen it."""
        changes = self._changes_since(float("-inf"))
        own = (each for each in changes if each["arn"] == arn)
        ends_s = [each["at_s"] for each in own if is_running(each["old"] or "")]
        return self._has_begun(arn) and all(end_s > at_s - TICK_S for end_s in ends_s)

    def _check_deleted(self, event: Mapping[str, Any], physical_id: str) -> None:
        if event["ResourceType"] == WAIT:
            return
        left = [
            each.arn
            for each in self._inspection.all()
            if each.maker == subject(event)
            and each.may_be_orphaned
            and (
                each.arn == physical_id
                or (
                    not physical_id.startswith("arn:")
                    and not self._may_stay(each.arn, event)
                    and not self._is_lived_on(each.arn, event)
                )
            )
        ]
        if left:
            self._note("no orphan", f"{title(event)} succeeded, but {left} is there")

    def _may_stay(self, arn: str, event: Mapping[str, Any]) -> bool:
        resource = (event["StackId"], event["LogicalResourceId"])
        return arn in self._retained() or resource in self._retained_unknown()

    def _is_lived_on(self, arn: str, event: Mapping[str, Any]) -> bool:
        """Whether the stack has it by now under the same logical id, with a Delete of its own."""
        stacks = (stack for stack in self._world.stacks if stack.id == event["StackId"])
        now = next(stacks).resources.get(event["LogicalResourceId"])
        if now is None or now.physical_id == event["PhysicalResourceId"]:
            return False
        if now.physical_id == arn:
            return not now.status.startswith("DELETE_")
        return self._was_made_for(now.physical_id, arn)

    def _was_made_for(self, physical_id: str, arn: str) -> bool:
        """Whether it came while the request ran that was answered with that id, which is no ARN."""
        changes = self._changes_since(float("-inf"))
        made_s = [each["at_s"] for each in changes if each["arn"] == arn and not each["old"]]
        if physical_id.startswith("arn:") or not made_s:
            return False
        return any(
            (each.answer or {}).get("PhysicalResourceId") == physical_id
            and each.asked_s <= made_s[-1] <= each.answered_s
            for each in self._world.cloudformation.exchanges
        )

    def _check_reason(self, exchange: Exchange) -> None:
        """Where the service gave a reason while the request ran, the answer repeats it."""
        event, reason = exchange.event, exchange.reason
        if event["RequestType"] == "Delete":
            if event["ResourceType"] == WAIT:
                self._note("a segment can be deleted", f"{title(event)}: {reason!r}")
            return
        late = TOO_LATE in reason
        # What shows later than the time was over can be told by nobody.
        shown_s = exchange.answered_s - (LONGEST_LAG_S if late else 0)
        told = [
            entry["reason"]
            for entry in self._world.personalize.log()
            if entry["kind"] == "status"
            and entry["reason"]
            and exchange.asked_s <= entry["at_s"] <= shown_s
            and self._is_about(entry["arn"], event)
        ]
        tells = not told or any(each in reason for each in told)
        waits = late and self._is_busy(event)
        excused = (
            waits
            or self._has_just_ended(exchange)
            or self._was_just_marked(exchange)
            or self._came_too_late(exchange)
        )
        if late and not excused:
            self._note("in time", f"{title(event)}: {reason!r}, but nothing is under way")
        if not tells and not waits:
            self._note("the service's own reason", f"{title(event)}: {reason!r} lacks {told}")

    def _is_busy(self, event: Mapping[str, Any]) -> bool:
        """Whether something of the request's resource is under way at Personalize."""
        return any(
            each.is_busy for each in self._inspection.all() if self._is_waited_for(each.arn, event)
        )

    def _has_just_ended(self, exchange: Exchange) -> bool:
        """Whether something of the request's ended after the tick that answers may have looked.

        Of an Update's time too little may have been left by then for the update to begin.
        """
        event, margin_s = exchange.event, TICK_S
        if event["RequestType"] == "Update":
            margin_s += min(NO_UPDATE_BEGINS_S, float(link_of(event).properties["Timeout"]) / 4)
        return any(
            self._is_waited_for(entry["arn"], event)
            for entry in self._changes_since(exchange.answered_s - margin_s)
        )

    def _was_just_marked(self, exchange: Exchange) -> bool:
        """Whether the request's first marks of what it adopts may not have shown by its end."""
        marked_s = [
            entry["at_s"]
            for entry in self._world.personalize.log()
            if entry["kind"] == "request"
            and entry["operation"] == "TagResource"
            and entry["at_s"] >= exchange.asked_s
            and self._is_waited_for(entry["input"]["resourceArn"], exchange.event)
        ]
        return bool(marked_s) and marked_s[0] > exchange.answered_s - LONGEST_LAG_S

    def _came_too_late(self, exchange: Exchange) -> bool:
        """Whether Lambda delivered the request only when its time was over."""
        over_s = exchange.asked_s + link_of(exchange.event).ends_after_s
        return self._began_s(exchange, default=0) >= over_s - TICK_S

    def _check_id(self, event: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        given, kept = answer["PhysicalResourceId"], event.get("PhysicalResourceId")
        properties = event["ResourceProperties"]
        name = properties.get("JobName", properties.get("Name"))
        is_named = name and event["ResourceType"] not in (WAIT, VERSION.type)
        is_there = answer["Status"] == "SUCCESS" and event["RequestType"] != "Delete"
        if is_named and is_there and not given.endswith(f"/{name}"):
            self._note("the id", f"{title(event)} succeeded with {given}, not with {name}")
        if event["RequestType"] == "Create":
            segment = event["ResourceType"] == WAIT
            fits = SEGMENT_ID.fullmatch(given) if segment else given.startswith("arn:")
            fits = fits or (event["ResourceType"] == VERSION.type and given.startswith(UNKNOWN))
            if answer["Status"] == "SUCCESS" and not fits:
                self._note("the id", f"{title(event)} succeeded with {given}")
            return
        succeeds = event["RequestType"] == "Update" and answer["Status"] == "SUCCESS"
        if event["ResourceType"] == VERSION.type and str(kept).startswith(UNKNOWN):
            may_differ = succeeds and given.startswith("arn:")
        else:
            may_differ = succeeds and (replaces(event) or self._has_failed(str(kept)))
        if given != kept and not may_differ:
            self._note("the id", f"{title(event)}: {kept} became {given}")

    def _has_failed(self, arn: str) -> bool:
        found = self._inspection.find(arn)
        return found is not None and found.status.endswith("FAILED")

    # --- when nothing happens any more ---------------------------------------------------------

    def check_rest(self) -> None:
        """All invariants of a world at rest."""
        for exchange in self._world.cloudformation.exchanges:
            if exchange.answer is None and not exchange.abandoned:
                self._note("always an answer", f"{title(exchange.event)} got none")
        for stack in self._world.stacks:
            self._check_stack(stack)
        self._check_orphans()
        for story in untold_ends(self._world, self._inspection):
            self._note("an end is told", story)
        self._check_secrets()

    def _check_stack(self, stack: Stack) -> None:
        if stack.status.endswith("_FAILED") and not stack.has_kept_a_failure:
            reasons = _latest_failures(stack)
            known = (DELETE_AGAIN, TOO_LATE, *LAMBDA_GAVE_UP)
            if not reasons or not all(any(map(each.__contains__, known)) for each in reasons):
                self._note("no stack is stuck", f"{stack.name} is {stack.status}: {reasons}")
        if stack.status in ("UPDATE_ROLLBACK_COMPLETE", "UPDATE_COMPLETE", "CREATE_COMPLETE"):
            for name, resource in stack.resources.items():
                if resource.declared.type != WAIT:
                    self._check_resource(stack, name, resource.declared, resource.physical_id)

    def _check_resource(
        self, stack: Stack, name: str, declared: Declared, physical_id: str
    ) -> None:
        if physical_id.startswith(UNKNOWN):
            physical_id = self._arn_from_last_link(stack, name, declared)
        there = self._inspection.find(physical_id)
        if there is not None and (stack.id, name) not in self._inspection.makers(physical_id):
            self._note("what a stack has is its own", f"{stack.name}/{name}: {physical_id}")
            return
        if there is not None and (there.maker != (stack.id, name) or there.given_back):
            return
        found = self._described(physical_id)
        asked = KINDS[declared.type].asked(stack.resources[name].properties)
        asked_for = stringified(declared.properties)
        where = f"{stack.name}/{name} after {stack.status}"
        done = found is not None and is_done(found, asked_for)
        if not done and stack.may_hand_over_to_nobody:
            # All is quiet, so nothing but Personalize's own work goes on.
            self._world.run_for(PERSONALIZE_ENDS_WITHIN_S)
            found = self._described(physical_id)
        if found is None:
            self._note("what a stack has exists", f"{where}: no {physical_id}")
        elif is_stopped(found) and physical_id in self._world.stopped_by_others:
            return
        elif not is_done(found, asked_for) and not is_left(asked_for):
            self._note("what a stack has is ACTIVE", f"{where}: {physical_id} is {found}")
        elif {key: found["configuration"].get(key) for key in asked} != asked:
            if found["update_failed"] and stack.may_hand_over_to_nobody:
                return
            self._note("what a stack has is as declared", f"{where}: {asked}, runs {found}")
        elif lacks := self._missing_tags(physical_id, asked_for):
            self._note("what a stack has is as declared", f"{where}: tags lack {lacks}")

    def _check_orphans(self) -> None:
        held = {
            (stack.id, name, each.physical_id)
            for stack in self._world.stacks
            for name, each in stack.resources.items()
        }
        for each in self._inspection.all():
            arn, maker = each.arn, each.maker
            if not each.may_be_orphaned or not maker[0]:
                continue
            if (*maker, arn) in held or arn in self._retained():
                continue
            if maker in self._retained_unknown() or each.given_back:
                continue
            if maker in self._kept():
                continue
            if not self._is_given_up(arn):
                self._note("no orphan", f"{arn} of {maker[1]} belongs to no stack any more")

    def _retained(self) -> set[str]:
        """The ARNs that some template retained: they may stay."""
        return {arn for stack in self._world.stacks for arn in stack.retained}

    def _retained_unknown(self) -> set[tuple[str, str]]:
        """Resources that were retained while CloudFormation knew no ARN: cancelled in flight."""
        return {(stack.id, name) for stack in self._world.stacks for name in stack.retained_unknown}

    def _kept(self) -> set[tuple[str, str]]:
        """Resources of stacks that have kept a failure: what they made waits there."""
        return {
            (stack.id, name)
            for stack in self._world.stacks
            if stack.has_kept_a_failure
            for name in stack.resources
        }

    def _is_given_up(self, arn: str) -> bool:
        """Whether a Delete, or a rollback, said that its time was over, and what it waited for."""
        return any(
            DELETE_AGAIN in each.reason
            or (
                TOO_LATE in each.reason
                and (stack.keeps_failures or each.during == "UPDATE_ROLLBACK_IN_PROGRESS")
            )
            for stack in self._world.stacks
            for each in stack.events
            if arn in each.reason
        )

    def _check_secrets(self) -> None:
        answers = (b for each in self._world.cloudformation.exchanges for b in each.deliveries)
        events = (each.reason for stack in self._world.stacks for each in stack.events)
        if any(SIGNATURE.encode() in each for each in answers):
            self._note("no secret", "an answer holds the signature")
        if any(SIGNATURE in each for each in events) or self._lines.leaked:
            self._note("no secret", f"a reason or a log line: {self._lines.leaked[:1]}")

    # --- looking into Personalize --------------------------------------------------------------

    def _arn(self, exchange: Exchange) -> str:
        """The ARN that an answer tells, whoever gives it."""
        kind = KINDS[link_of(exchange.event).type]
        told: str = (exchange.answer or {}).get("Data", {}).get(kind.arn_attribute, "")
        return told

    def _arn_from_last_link(self, stack: Stack, name: str, declared: Declared) -> str:
        """The ARN of what had none yet when its first link was answered."""
        count = links(declared.properties)
        last = stack.resources[segment_name(name, count, count)]
        return last.attributes.get(KINDS[declared.type].arn_attribute, "")

    def _described(self, arn: str) -> dict[str, Any] | None:
        return self._inspection.described(arn)

    def _is_about(self, arn: str, event: Mapping[str, Any]) -> bool:
        return subject(event) in self._inspection.makers(arn)

    def _is_waited_for(self, arn: str, event: Mapping[str, Any]) -> bool:
        """Whether it is the request's own, or somebody's that is to be adopted."""
        properties = link_of(event).properties
        adopted = properties.get("AdoptExisting") == "true"
        return self._is_about(arn, event) or (
            adopted and arn.endswith(f"/{properties.get('Name')}")
        )

    def _note(self, invariant: str, story: str) -> None:
        self.violations.append(Violation(invariant=invariant, story=story))


def _latest_failures(stack: Stack) -> list[str]:
    """Why the resources failed of which a stack is stuck: the latest reason of each.

    What was retained is done with, though its creation is told to be cancelled.
    """
    during = stack.status.replace("_FAILED", "_IN_PROGRESS")
    latest: dict[str, StackEvent] = {}
    meanwhile = (event for event in reversed(stack.events) if event.during != stack.status)
    for each in itertools.takewhile(lambda event: event.during == during, meanwhile):
        latest.setdefault(each.logical_id, each)
    return [
        each.reason
        for each in latest.values()
        if each.status.endswith("_FAILED") and each.reason != CREATION_CANCELLED
    ]
