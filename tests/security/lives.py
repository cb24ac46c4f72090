"""Lives of stacks in which every operation of every kind is called, and some random ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from emulator.plans import Plan
from security.recorder import Recorder
from simulator import histories, running
from simulator.matrix import short_world
from simulator.scheduler import KilledError
from simulator.templates import Declared
from simulator.wire import ACCOUNT
from simulator.world import (
    OTHER_DATASET_GROUP,
    OTHER_VERSION,
    ROLE,
    World,
    campaign,
    job,
    recommender,
    segment_job,
    solution_version,
)

SEEDS = range(24)
"""Of the random histories."""

MADE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/cdk-personalize/shop/shop-JobRole"
"""A role as the library makes it, in the stack that every life has."""

TAGS = [{"Key": "team", "Value": "films"}]

Templates = tuple[Mapping[str, Declared], ...]

UPDATED: Mapping[str, Templates] = {
    "campaign": (
        {"Live": campaign(MinProvisionedTPS=1)},
        {"Live": campaign(MinProvisionedTPS=2)},
        {"Live": campaign(MinProvisionedTPS=2, Name="another", Tags=TAGS)},
        {"Live": campaign(MinProvisionedTPS=2, Name="another")},
    ),
    "job": (
        {"Job": job(RoleArn=ROLE)},
        {"Job": job(RoleArn=MADE_ROLE, SolutionVersionArn=OTHER_VERSION)},
        {"Job": job(RoleArn=MADE_ROLE, WaitForCompletion=False, NumResults=7, Tags=TAGS)},
        {"Job": job(RoleArn=MADE_ROLE, WaitForCompletion=False, NumResults=7)},
    ),
    "segment job": (
        {"Job": segment_job(RoleArn=ROLE)},
        {"Job": segment_job(RoleArn=MADE_ROLE, NumResults=7, Tags=TAGS)},
        {"Job": segment_job(RoleArn=MADE_ROLE, NumResults=7)},
    ),
    "solution version": (
        {"Model": solution_version()},
        {"Model": solution_version(Triggers={"data": "2"}, Tags=TAGS)},
        {"Model": solution_version(Triggers={"data": "2"})},
    ),
    "recommender": (
        {"ForYou": recommender(Active=False)},
        {"ForYou": recommender(Active=True, Tags=TAGS)},
        {"ForYou": recommender(Active=True)},
        {"ForYou": recommender(RecommenderConfig={"MinRecommendationRequestsPerSecond": 2})},
        {"ForYou": recommender(DatasetGroupArn=OTHER_DATASET_GROUP)},
    ),
}
"""What a stack is created with, and updated to, one after the other."""


def live(recorder: Recorder) -> None:
    """Everything: scripted lives first, then random histories."""
    for life in _lives():
        life(recorder)
    for seed in SEEDS:
        _history(recorder, seed)


def _lives() -> Iterator[Callable[[Recorder], None]]:
    for templates in UPDATED.values():
        for script in (_updates, _undone_updates, _cut_short):
            yield lambda recorder, templates=templates, script=script: script(recorder, templates)  # type: ignore[misc]
    yield _fails_in_its_rollback_too
    yield _dies_before_it_begins
    yield _cannot_run_once_begun


def _updates(recorder: Recorder, templates: Templates) -> None:
    """Created, updated step by step, deleted."""
    world = recorder.watch(short_world())
    stack = world.stack("shop")
    stack.create(templates[0])
    world.run()
    for template in templates[1:]:
        stack.update(template)
        world.run()
    assert stack.status.endswith("_COMPLETE"), stack.events
    stack.delete()
    world.run()


def _undone_updates(recorder: Recorder, templates: Templates) -> None:
    """The rest of the stack fails during each update, early and late."""
    world = recorder.watch(short_world())
    stack = world.stack("shop")
    stack.create(templates[0])
    world.run()
    for template in templates[1:]:
        for fails_after_s in (12.0, 40.0):
            stack.update(template, fails_after_s=fails_after_s)
            world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events


def _cut_short(recorder: Recorder, templates: Templates) -> None:
    """Deleted while it is being created, at several moments."""
    for after_s in (3.0, 12.0):
        world = recorder.watch(short_world())
        stack = world.stack("shop")
        stack.create(templates[0])
        world.run_for(after_s)
        stack.delete()
        world.run()


def _fails_in_its_rollback_too(recorder: Recorder) -> None:
    """Personalize lets an update fail, and the first try to undo it: the stack is asked."""
    world = recorder.watch(short_world())
    world.personalize.plan("*", Plan(update_fails={1: "Too little data.", 2: "And again."}))
    stack = world.stack("shop")
    stack.create({"Live": campaign(MinProvisionedTPS=1)})
    world.run()
    stack.update({"Live": campaign(SolutionVersionArn=OTHER_VERSION, MinProvisionedTPS=2)})
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events


def _dies_before_it_begins(recorder: Recorder) -> None:
    """The handler cannot take an event at all: its on-failure destination answers."""
    world = recorder.watch(short_world())
    world.handler.code = _dying
    world.stack("shop").create({"Live": campaign()})
    world.run()


def _cannot_run_once_begun(recorder: Recorder) -> None:
    """The handler breaks down during a wait: the waiter calls the last resort."""
    world = recorder.watch(short_world())
    world.stack("shop").create({"Live": campaign()})
    world.run_for(12)
    world.handler.code = _dying
    world.run()


def _dying(_event: Any, _context: Any) -> None:
    raise KilledError("signal: killed")


def _history(recorder: Recorder, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "World", lambda **given: recorder.watch(World(**given)))
        assert running.run(histories.draw(seed)).violations == ()
