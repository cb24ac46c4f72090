"""Creations that take longer than CloudFormation waits for one resource."""

from __future__ import annotations

import dataclasses

import pytest

from emulator.plans import NEVER, Plan
from simulator.chains import HOUR_S
from simulator.matrix import (
    FEW_SEEDS,
    broken_promises,
    exchanges,
    foreign,
    last,
    only_campaign,
    reasons,
    requests,
)
from simulator.slow import (
    MINUTE_S,
    SHARE_S,
    SHORT_HOUR_S,
    asked,
    begun,
    link,
    segment_ids,
    short_campaign,
    short_job,
    slow_campaign,
    slow_job,
    slow_world,
    took_s,
)
from simulator.world import ROLE, VERSION, World

TEN_MINUTES_LEFT_S = 2 * HOUR_S + 50 * MINUTE_S
TEN_MINUTES_LATE_S = 3 * HOUR_S + 10 * MINUTE_S

FAILURE = "The version is too old."


def _failing(position: int) -> Plan:
    """A creation that fails in the middle of a link's time."""
    return Plan(create_s=(position - 0.5) * SHARE_S, delete_s=10.0, create_fails=FAILURE)


MOMENTS_S = (1, 40, 88, 89, 90, 92, 120, 178, 181, 210)
"""In the midst of each of three links of 90 s, and around where one hands over to the next."""

ENDS_AFTER_S = 40.0
"""How much longer a creation takes after it was given up: a delete has only an hour to wait."""


# --- in time, and too late -----------------------------------------------------------------------


def test_a_campaign_of_two_hours_and_fifty_minutes_fits_into_three() -> None:
    world = slow_world(create_s=TEN_MINUTES_LEFT_S)
    stack = begun(world, slow_campaign())
    world.run()

    assert stack.status == "CREATE_COMPLETE", stack.events
    assert asked(world, "Create") == ["Campaign", "CampaignWait2", "CampaignWait"]
    whole_s = link(world, "Create", 3).answered_s - link(world, "Create", 1).asked_s
    assert TEN_MINUTES_LEFT_S <= whole_s <= TEN_MINUTES_LEFT_S + 75
    assert stack.resources["CampaignWait"].attributes["Status"] == "ACTIVE"
    assert broken_promises(world) == []


def test_a_job_of_two_hours_and_fifty_minutes_fits_into_three() -> None:
    world = slow_world(create_s=TEN_MINUTES_LEFT_S)
    stack = begun(world, slow_job())
    world.run()

    assert stack.status == "CREATE_COMPLETE", stack.events
    assert asked(world, "Create") == ["Job", "JobWait2", "JobWait"]
    assert len(requests(world, "CreateBatchInferenceJob")) == 1
    assert stack.resources["JobWait"].attributes["Status"] == "ACTIVE"
    assert broken_promises(world) == []


def test_a_campaign_of_three_hours_and_ten_minutes_fails_by_the_timeout_and_leaves_nothing() -> (
    None
):
    world = slow_world(create_s=TEN_MINUTES_LATE_S)
    stack = begun(world, slow_campaign())
    world.run()

    (reason,) = reasons(stack, "CREATE_FAILED")
    assert "not ACTIVE as asked for, after 3 hours" in reason
    assert link(world, "Create", 3).reason == reason
    assert stack.status == "ROLLBACK_COMPLETE"
    assert world.campaigns() == {}
    assert stack.resources == {}
    assert broken_promises(world) == []


def test_a_job_of_three_hours_and_ten_minutes_fails_by_the_timeout() -> None:
    world = slow_world(create_s=TEN_MINUTES_LATE_S)
    stack = begun(world, slow_job())
    world.run()

    (reason,) = reasons(stack, "CREATE_FAILED")
    assert "after 3 hours" in reason
    assert stack.status == "ROLLBACK_COMPLETE"
    assert stack.resources == {}
    assert broken_promises(world) == []


def test_what_is_active_early_lets_the_later_segments_answer_at_once() -> None:
    world = slow_world(create_s=20.0)
    stack = begun(world, slow_campaign())
    world.run()

    assert stack.status == "CREATE_COMPLETE"
    assert took_s(link(world, "Create", 1)) < 30
    assert took_s(link(world, "Create", 2)) < 3
    assert took_s(link(world, "Create", 3)) < 3
    assert broken_promises(world) == []


def test_a_creation_that_never_ends_is_answered_by_every_link_within_its_hour() -> None:
    world = slow_world(create_s=NEVER)
    stack = begun(world, short_campaign())
    world.run_for(4 * SHORT_HOUR_S)

    answers = exchanges(world, "Create")
    assert [each.succeeded for each in answers] == [True, True, False]
    assert all(SHARE_S - 1 <= took_s(each) < SHORT_HOUR_S for each in answers)
    # The campaign cannot be deleted while it is being created.
    world.run()
    assert stack.status == "ROLLBACK_FAILED"
    assert "delete again" in reasons(stack, "DELETE_FAILED")[-1]


# --- a creation that fails -----------------------------------------------------------------------


@pytest.mark.parametrize("position", [1, 2, 3])
@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_creation_that_fails_in_any_segment_gives_the_services_reason_and_leaves_nothing(
    seed: int, position: int
) -> None:
    world = World(seed=seed)
    world.personalize.plan("*", _failing(position))
    stack = begun(world, short_campaign())
    world.run()

    failed = link(world, "Create", position)
    assert not failed.succeeded
    assert FAILURE in failed.reason
    assert reasons(stack, "CREATE_FAILED") == [failed.reason]
    assert len(exchanges(world, "Create")) == position
    assert stack.status == "ROLLBACK_COMPLETE"
    assert world.campaigns() == {}
    assert broken_promises(world) == []


@pytest.mark.parametrize("position", [1, 2, 3])
def test_a_job_that_fails_in_any_segment_gives_the_services_reason(position: int) -> None:
    world = World()
    world.personalize.plan("*", _failing(position))
    stack = begun(world, short_job())
    world.run()

    failed = link(world, "Create", position, of="Job")
    assert not failed.succeeded
    assert FAILURE in failed.reason
    assert stack.status == "ROLLBACK_COMPLETE"
    assert broken_promises(world) == []


# --- a quota -------------------------------------------------------------------------------------


def _job_of_someone(world: World) -> None:
    world.wire.client("personalize").create_batch_inference_job(
        jobName="theirs",
        solutionVersionArn=VERSION,
        roleArn=ROLE,
        jobInput={"s3DataSource": {"path": "s3://data/in/users.json"}},
        jobOutput={"s3DataDestination": {"path": "s3://data/out/"}},
    )


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_job_that_finds_the_quota_used_up_for_an_hour_is_created_by_a_later_segment(
    seed: int,
) -> None:
    world = slow_world(seed=seed, create_s=1.5 * SHARE_S)
    world.personalize.set_quotas(jobs_in_progress=1)
    _job_of_someone(world)
    world.personalize.plan("shop-*", Plan(create_s=20.0))
    stack = begun(world, short_job())
    world.run()

    assert stack.status == "CREATE_COMPLETE", stack.events
    ours = [
        each
        for each in requests(world, "CreateBatchInferenceJob")
        if each["outcome"] == "ok" and each["name"].startswith("shop-")
    ]
    assert len(ours) == 1
    second = link(world, "Create", 2, of="Job")
    assert second.asked_s <= ours[0]["at_s"] <= second.answered_s
    assert broken_promises(world) == []


# --- given up in flight --------------------------------------------------------------------------


@pytest.mark.parametrize("moment_s", MOMENTS_S)
def test_a_sibling_that_fails_while_any_segment_waits_leaves_nothing(moment_s: int) -> None:
    world = slow_world(seed=moment_s, create_s=moment_s + ENDS_AFTER_S)
    stack = world.stack("shop")
    stack.create(short_campaign(), fails_after_s=moment_s)
    world.run()

    assert stack.status == "ROLLBACK_COMPLETE", stack.events
    assert world.campaigns() == {}
    assert broken_promises(world) == []


@pytest.mark.parametrize("moment_s", MOMENTS_S)
def test_a_delete_of_the_stack_during_any_segment_of_its_creation_leaves_nothing(
    moment_s: int,
) -> None:
    world = slow_world(seed=moment_s, create_s=moment_s + ENDS_AFTER_S)
    stack = begun(world, short_campaign())
    world.run_for(moment_s)
    stack.delete()
    world.run()

    assert stack.status == "DELETE_COMPLETE", stack.events
    assert world.campaigns() == {}
    assert broken_promises(world) == []


# --- deletes -------------------------------------------------------------------------------------


def test_a_delete_of_a_segment_answers_at_once_under_the_same_id() -> None:
    world = slow_world()
    stack = begun(world, slow_campaign())
    world.run()
    stack.delete()
    world.run()

    assert stack.status == "DELETE_COMPLETE"
    assert asked(world, "Delete") == ["CampaignWait", "CampaignWait2", "Campaign"]
    assert all(took_s(link(world, "Delete", position)) < 1 for position in (2, 3))
    assert [len(ids) for ids in segment_ids(world).values()] == [1, 1]


def test_a_retained_campaign_stays_while_its_segments_are_deleted() -> None:
    world = slow_world()
    kept = slow_campaign()
    kept["Campaign"] = dataclasses.replace(kept["Campaign"], retain=True)
    stack = begun(world, kept)
    world.run()
    name = only_campaign(world)
    stack.delete()
    world.run()

    assert stack.status == "DELETE_COMPLETE"
    assert set(asked(world, "Delete")) == {"CampaignWait2", "CampaignWait"}
    assert only_campaign(world) == name


def test_a_name_that_someone_else_has_is_refused_by_the_first_link() -> None:
    world = slow_world()
    foreign(world, "films")
    world.run_for(60)
    stack = begun(world, slow_campaign(Name="films"))
    world.run()

    assert stack.status == "ROLLBACK_COMPLETE"
    assert "exists already" in last(world, "Create").reason
    assert asked(world, "Create") == ["Campaign"]
    assert broken_promises(world, others=["films"]) == []
