"""A history as people read it: what happened, what went wrong, what everyone saw, in time order."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.chains import HOUR_S
from simulator.histories import Act, History
from simulator.running import Outcome
from simulator.scheduler import START_S

_LOOKS = ("Describe", "List")


def story(history: History, outcome: Outcome) -> str:
    """The story of a history, violations last."""
    engine = f"rollback by {history.rollback}, references {history.references}"
    lines = [f"History {history.seed}, {engine}"]
    lines += [f"  {number}. {_act(act)}" for number, act in enumerate(history.acts, 1)]
    lines += [f"  {at_s - START_S:9.1f} s  {text}" for at_s, text in sorted(_events(outcome))]
    lines += [f"  VIOLATED: {each.invariant}: {each.story}" for each in outcome.violations]
    lines.append(f"  Again: make simulate HISTORIES=1 SEED={history.seed}")
    return "\n".join(lines)


def _act(act: Act) -> str:
    shown = {
        name: {
            key: value
            for key, value in declared.properties.items()
            if key not in ("JobInput", "JobOutput", "RoleArn")
            and not (key in ("ServiceTimeout", "Timeout") and value == HOUR_S)
        }
        for name, declared in act.template.items()
    }
    fails = (
        "" if act.fails_after_s is None else f", and a sibling fails after {act.fails_after_s} s"
    )
    keeps = ", with no rollback" if act.keeps_failures else ""
    then = "until all is quiet" if act.then_s is None else f"for {act.then_s} s"
    return f"{act.verb} {act.subject} {shown or ''}{fails}{keeps}; then {then}"


def _events(outcome: Outcome) -> Iterator[tuple[float, str]]:
    world = outcome.world
    for at_s, text in outcome.struck:
        yield at_s, f"FAULT     {text}"
    for stack in world.stacks:
        for line in stack.events:
            text = f"STACK     {stack.name}/{line.logical_id} {line.status} {line.reason}"
            yield line.at_s, text.rstrip()
    for exchange in world.cloudformation.exchanges:
        event = exchange.event
        title = f"{event['RequestType']} {event['RequestId'][:8]} {event['LogicalResourceId']}"
        yield exchange.asked_s, f"ASKED     {title} {event.get('PhysicalResourceId', '')}"
        if exchange.answer is not None:
            answer = exchange.answer
            told = f"{answer['Status']} {answer['PhysicalResourceId']}"
            yield exchange.answered_s, f"ANSWERED  {title}: {told}"
    for entry in world.personalize.log():
        if entry["kind"] == "status":
            what = f"{entry['what']} {entry['arn'].rsplit('/', 1)[-1]}"
            yield entry["at_s"], f"STATUS    {what}: {entry['old']} -> {entry['new']}"
        elif entry["kind"] == "request" and not entry["operation"].startswith(_LOOKS):
            call = f"{entry['operation']} {entry['name']}: {entry['outcome']}"
            yield entry["at_s"], f"CALL      {call}"
    for execution in world.states.executions.values():
        yield execution.started_s, f"EXECUTION {execution.name} starts"
        if execution.stopped_s:
            yield execution.stopped_s, f"EXECUTION {execution.name} is {execution.status}"
