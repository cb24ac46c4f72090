"""Runs a history and judges it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.chains import chained
from simulator.deployment import Deployment
from simulator.faults import Struck
from simulator.histories import Act, History
from simulator.invariants import Violation, Watch
from simulator.wire import ACCOUNT, REGION
from simulator.works import FailedGo
from simulator.world import VERSION, World

DELETES_S = 8000.0
"""Longer than a Delete waits, so that the next act finds a stack at rest."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a history.

    Attributes:
        violations: What must not be; empty when all is well.
        steps: Events of the simulation.
        struck: The faults that were met, with the clock's time.
        world: The world at its end, for the story.
    """

    violations: tuple[Violation, ...]
    steps: int
    struck: list[tuple[float, str]]
    world: World


def run(history: History, *, synthesized: Deployment | None = None, handler: Any = None) -> Outcome:
    """Run a history to its end, and check all invariants after every act."""
    world = World(
        seed=history.seed,
        oddities=history.oddities,
        rollback=history.rollback,
        references=history.references,
        synthesized=synthesized,
        handler=handler,
    )
    world.personalize.plan("*", history.plan)
    world.personalize.set_quotas(jobs_in_progress=20, campaigns_per_dataset_group=20)
    struck = Struck(history.trouble, world.scheduler.clock)
    world.wire.faults = struck
    world.cloudformation.put_trouble = struck.put
    world.functions.deliveries = struck.deliveries
    world.functions.lateness_s = struck.lateness_s
    world.functions.trouble = struck.invocation
    world.states.lag_s = history.trouble.lag_s
    world.cloudformation.lag_s = history.trouble.view_lag_s
    with Watch(world) as watch:
        for act in history.acts:
            _perform(world, act, history.failed_go)
            if act.then_s is None:
                world.run()
                watch.check_rest()
            else:
                world.run_for(act.then_s)
            if watch.violations:
                break
        world.run()
        watch.check_rest()
    return Outcome(
        violations=tuple(watch.violations),
        steps=world.scheduler.steps,
        struck=struck.met,
        world=world,
    )


def _perform(world: World, act: Act, failed_go: FailedGo) -> None:
    if act.verb == "pass":
        return
    if act.verb.startswith("foreign-"):
        _other_owner(world, act)
        return
    stacks = {stack.name: stack for stack in world.stacks}
    stack = stacks.get(act.subject)
    if act.verb == "create":
        # A stack that was deleted comes again under the same name, with another id.
        if stack is None or stack.status in ("DELETE_COMPLETE",):
            world.stack(act.subject).create(
                chained(act.template),
                fails_after_s=act.fails_after_s,
                rolls_back=not act.keeps_failures,
            )
        return
    if stack is None or stack.status == "DELETE_COMPLETE":
        return
    may_cut_in = act.verb == "delete" and stack.status == "CREATE_IN_PROGRESS"
    if not stack.settled and not may_cut_in:
        # CloudFormation refuses, and the user tries again when the operation has ended.
        world.run()
    if act.verb == "delete":
        stack.delete()
        return
    if stack.status in _UPDATABLE or (stack.status == "CREATE_FAILED" and stack.keeps_failures):
        stack.update(chained(act.template), fails_after_s=act.fails_after_s, failed_go=failed_go)


_UPDATABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


def _other_owner(world: World, act: Act) -> None:
    """Somebody else uses a name: by hand, so without our tags, and not our Lambda's doing."""
    call: Callable[..., Any] = world.call_as_other_owner
    if act.verb == "foreign-stop":
        for each in world.personalize.resources():
            if each["kind"] == "recommender":
                if call("StopRecommender", {"recommenderArn": each["arn"]}) is not None:
                    world.stopped_by_others.add(each["arn"])
            elif each["kind"] == "solution-version":
                call("StopSolutionVersionCreation", {"solutionVersionArn": each["arn"]})
        return
    arn = f"arn:aws:personalize:{REGION}:{ACCOUNT}:campaign/{act.subject}"
    if act.verb == "foreign-create":
        call("CreateCampaign", {"name": act.subject, "solutionVersionArn": VERSION})
        return
    answer = call("ListTagsForResource", {"resourceArn": arn})
    if answer is not None and not json.loads(answer).get("tags"):
        call("DeleteCampaign", {"campaignArn": arn})
