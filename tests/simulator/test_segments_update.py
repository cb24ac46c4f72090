"""Updates, replacements and rollbacks that take longer than CloudFormation waits for a resource."""

from __future__ import annotations

import math

import pytest

from emulator.plans import Plan
from simulator.chains import HOUR_S, chained
from simulator.denials import denied
from simulator.matrix import (
    broken_promises,
    campaign_arn,
    changes_since,
    describe,
    exchanges,
    only_campaign,
    reasons,
    requests,
)
from simulator.slow import (
    BOTH_REFERENCES,
    BOTH_ROLLBACKS,
    MINUTE_S,
    SHARE_S,
    asked,
    created_fast,
    link,
    segment_ids,
    short_campaign,
    short_job,
    slow_campaign,
    slow_world,
    took_s,
)
from simulator.stacks import References, Rollback
from simulator.world import OTHER_VERSION, World, campaign

FAILURE = "The update met a problem."

EITHER_REFERENCES = pytest.mark.parametrize("references", BOTH_REFERENCES)
EITHER_ROLLBACK = pytest.mark.parametrize("rollback", BOTH_ROLLBACKS)


def _tps(world: World, name: str = "") -> int:
    tps: int = describe(world, name or only_campaign(world))["minProvisionedTPS"]
    return tps


# --- updates -------------------------------------------------------------------------------------


def test_an_update_of_two_hours_and_fifty_minutes_fits_into_three() -> None:
    world = World()
    before = slow_campaign(MinProvisionedTPS=1)
    stack = created_fast(world, before, update_s=2 * HOUR_S + 50 * MINUTE_S)
    stack.update(slow_campaign(MinProvisionedTPS=2))
    world.run()

    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert asked(world, "Update") == ["Campaign", "CampaignWait2", "CampaignWait"]
    assert len(requests(world, "UpdateCampaign")) == 1
    assert all(len(ids) == 1 for ids in segment_ids(world).values())
    assert broken_promises(world) == []


@EITHER_REFERENCES
def test_an_update_of_three_hours_and_ten_minutes_fails_by_the_timeout_and_is_undone(
    references: References,
) -> None:
    world = World(references=references)
    before = slow_campaign(MinProvisionedTPS=1)
    times_s = [3 * HOUR_S + 10 * MINUTE_S, 20 * MINUTE_S]
    stack = created_fast(world, before, update_s=times_s)
    stack.update(slow_campaign(MinProvisionedTPS=2))
    world.run()

    assert "not ACTIVE as asked for, after 3 hours" in reasons(stack, "UPDATE_FAILED")[0]
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert _tps(world) == 1
    assert broken_promises(world) == []


def test_a_link_that_may_not_ask_whether_the_stack_rolls_back_answers_in_time() -> None:
    """Nobody knows then whether another link will be asked, so it fails, which loses nothing."""
    world = World()
    times_s = [HOUR_S + 10 * MINUTE_S, 20 * MINUTE_S]
    stack = created_fast(world, slow_campaign(MinProvisionedTPS=1), update_s=times_s)
    arn = campaign_arn(only_campaign(world))
    world.call_as_other_owner("UpdateCampaign", {"campaignArn": arn, "minProvisionedTPS": 5})
    denied(world, "cloudformation", ["DescribeStacks"], until_s=math.inf)
    stack.update(slow_campaign(MinProvisionedTPS=2))
    world.run_for(HOUR_S)

    first = exchanges(world, "Update")[0]
    assert first.answer is not None
    assert "after 59 minutes" in first.reason


def test_an_update_that_is_done_early_lets_the_later_segments_answer_at_once() -> None:
    world = World()
    stack = created_fast(world, slow_campaign(MinProvisionedTPS=1), update_s=15.0)
    stack.update(slow_campaign(MinProvisionedTPS=2))
    world.run()

    assert stack.status == "UPDATE_COMPLETE"
    assert all(took_s(link(world, "Update", position)) < 3 for position in (2, 3))


@pytest.mark.parametrize("position", [1, 2, 3])
@EITHER_REFERENCES
def test_an_update_that_fails_in_any_segment_is_undone_with_the_services_reason(
    references: References, position: int
) -> None:
    world = World(references=references)
    times_s = [(position - 0.5) * SHARE_S, 30.0]
    stack = created_fast(
        world, short_campaign(MinProvisionedTPS=1), update_s=times_s, update_fails={1: FAILURE}
    )
    stack.update(short_campaign(MinProvisionedTPS=2))
    world.run()

    failed = [each for each in exchanges(world, "Update") if not each.succeeded]
    assert [each.event["LogicalResourceId"] for each in failed] == [
        asked(world, "Create")[position - 1]
    ]
    assert FAILURE in failed[0].reason
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert _tps(world) == 1
    assert broken_promises(world) == []


@pytest.mark.parametrize("position", [1, 2, 3])
@EITHER_REFERENCES
def test_a_rollback_may_take_as_many_segments_as_the_update(
    references: References, position: int
) -> None:
    """The update fails in its last link, so that every link has a part in the rollback."""
    world = World(references=references)
    times_s = [2.5 * SHARE_S, (position - 0.5) * SHARE_S]
    stack = created_fast(
        world, short_campaign(MinProvisionedTPS=1), update_s=times_s, update_fails={1: FAILURE}
    )
    stack.update(short_campaign(MinProvisionedTPS=2))
    world.run()

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert _tps(world) == 1
    assert broken_promises(world) == []


# --- an update given up in flight ----------------------------------------------------------------


@pytest.mark.parametrize("moment_s", [1, 88, 89, 90, 92, 120, 178, 181])
@EITHER_REFERENCES
def test_a_sibling_that_fails_while_any_segment_of_an_update_waits_undoes_it(
    references: References, moment_s: int
) -> None:
    world = World(references=references)
    stack = created_fast(world, short_campaign(MinProvisionedTPS=1), update_s=[moment_s + 20, 30])
    stack.update(short_campaign(MinProvisionedTPS=2), fails_after_s=moment_s)
    world.run()

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert _tps(world) == 1
    assert broken_promises(world) == []


@pytest.mark.parametrize("moment_s", [100, 150])
@EITHER_REFERENCES
def test_a_rollback_whose_segments_had_a_part_waits_beyond_an_hour_for_the_update_to_end(
    references: References, moment_s: int
) -> None:
    world = World(references=references)
    times_s = [moment_s + 1.5 * SHARE_S, 20]
    stack = created_fast(world, short_campaign(MinProvisionedTPS=1), update_s=times_s)
    stack.update(short_campaign(MinProvisionedTPS=2), fails_after_s=moment_s)
    world.run()

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert _tps(world) == 1
    assert broken_promises(world) == []


@EITHER_REFERENCES
def test_a_rollback_that_may_have_no_segments_never_hands_over_what_is_not_yet_asked_for(
    references: References,
) -> None:
    """The update outlasts the rollback's first hour, and no segment had a part in it."""
    world = World(references=references)
    stack = created_fast(world, short_campaign(MinProvisionedTPS=1), update_s=[400, 20])
    stack.update(short_campaign(MinProvisionedTPS=2), fails_after_s=20)
    world.run()
    world.run_for(1000)

    reported = "not ACTIVE as asked for" in link(world, "Update", 1).reason
    assert _tps(world) == 1 or (stack.status == "UPDATE_ROLLBACK_FAILED" and reported)


@EITHER_REFERENCES
def test_a_rollback_that_hands_over_to_nobody_ends_in_the_configuration_before(
    references: References,
) -> None:
    world = World(references=references)
    stack = created_fast(world, short_campaign(MinProvisionedTPS=1), update_s=[40, 200])
    stack.update(short_campaign(MinProvisionedTPS=2), fails_after_s=20)
    world.run()
    world.run_for(300)

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert _tps(world) == 1


# --- replacements --------------------------------------------------------------------------------


def test_a_new_name_is_a_new_campaign_in_as_many_segments_as_it_takes() -> None:
    world = slow_world()
    stack = created_fast(world, short_campaign(Name="first"), create_s=2.5 * SHARE_S)
    stack.update(short_campaign(Name="second"))
    world.run()

    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert list(world.campaigns()) == ["second"]
    assert stack.resources["Campaign"].physical_id == campaign_arn("second")
    assert all(len(ids) == 1 for ids in segment_ids(world).values())
    assert broken_promises(world) == []


@pytest.mark.parametrize("position", [1, 2, 3])
@EITHER_REFERENCES
@EITHER_ROLLBACK
def test_a_replacement_that_fails_in_any_segment_leaves_the_campaign_before(
    rollback: Rollback, references: References, position: int
) -> None:
    world = World(rollback=rollback, references=references)
    stack = created_fast(world, short_campaign(Name="first"))
    failing = Plan(create_s=(position - 0.5) * SHARE_S, create_fails=FAILURE, delete_s=10.0)
    world.personalize.plan("second", failing)
    stack.update(short_campaign(Name="second"))
    world.run()

    assert FAILURE in reasons(stack, "UPDATE_FAILED")[0]
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert list(world.campaigns()) == ["first"]
    assert stack.resources["Campaign"].physical_id == campaign_arn("first")
    assert broken_promises(world) == []


@pytest.mark.parametrize("moment_s", [1, 88, 90, 120, 181])
@EITHER_REFERENCES
@EITHER_ROLLBACK
def test_a_sibling_that_fails_during_a_replacement_leaves_the_campaign_before(
    rollback: Rollback, references: References, moment_s: int
) -> None:
    world = World(rollback=rollback, references=references)
    stack = created_fast(world, short_campaign(Name="first"), create_s=moment_s + 30)
    stack.update(short_campaign(Name="second"), fails_after_s=moment_s)
    world.run()

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert list(world.campaigns()) == ["first"]
    assert broken_promises(world) == []


def test_another_run_of_a_job_takes_as_many_segments_as_it_needs() -> None:
    world = slow_world()
    stack = created_fast(world, short_job(NumResults=10), create_s=2.5 * SHARE_S)
    first = stack.resources["Job"].physical_id
    stack.update(short_job(NumResults=20))
    world.run()

    assert stack.status == "UPDATE_COMPLETE", stack.events
    second = stack.resources["Job"].physical_id
    assert second != first
    assert stack.resources["JobWait"].attributes["BatchInferenceJobArn"] == second
    assert len(requests(world, "CreateBatchInferenceJob")) == 2
    assert broken_promises(world) == []


@pytest.mark.parametrize("position", [1, 2, 3])
@EITHER_REFERENCES
@EITHER_ROLLBACK
def test_another_run_that_fails_in_any_segment_leaves_the_run_before(
    rollback: Rollback, references: References, position: int
) -> None:
    world = World(rollback=rollback, references=references)
    stack = created_fast(
        world, short_job(), create_s=(position - 0.5) * SHARE_S, create_fails=FAILURE
    )
    first = stack.resources["Job"].physical_id
    stack.update(short_job(NumResults=20))
    world.run()

    assert FAILURE in reasons(stack, "UPDATE_FAILED")[0]
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert stack.resources["Job"].physical_id == first
    assert len(requests(world, "CreateBatchInferenceJob")) == 2
    assert broken_promises(world) == []


# --- another timeout -----------------------------------------------------------------------------


def test_a_longer_timeout_adds_segments_and_a_shorter_one_removes_them_without_a_change() -> None:
    world = slow_world()
    stack = created_fast(world, chained({"Campaign": campaign(timeout_s=HOUR_S)}))
    since_s = world.scheduler.now_s
    stack.update(chained({"Campaign": campaign(timeout_s=3 * HOUR_S)}))
    world.run()

    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert set(stack.resources) == {"Campaign", "CampaignWait2", "CampaignWait"}

    stack.update(chained({"Campaign": campaign(timeout_s=HOUR_S)}))
    world.run()

    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert set(stack.resources) == {"Campaign"}
    assert asked(world, "Delete") == ["CampaignWait", "CampaignWait2"]
    assert changes_since(world, since_s) == []
    assert broken_promises(world) == []


@EITHER_REFERENCES
@pytest.mark.parametrize(("hours", "links"), [(1, {"Campaign"}), (2, {"Campaign", "CampaignWait"})])
def test_a_longer_timeout_together_with_a_change_that_fails_is_undone(
    references: References, hours: float, links: set[str]
) -> None:
    world = World(references=references)
    before = short_campaign(hours, MinProvisionedTPS=1)
    times_s = [1.5 * SHARE_S, 20]
    stack = created_fast(world, before, update_s=times_s, update_fails={1: FAILURE})
    stack.update(short_campaign(3, MinProvisionedTPS=2))
    world.run()

    assert FAILURE in link(world, "Create", 2).reason
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert set(stack.resources) == links
    assert _tps(world) == 1
    assert broken_promises(world) == []


@EITHER_REFERENCES
def test_a_change_that_fails_in_the_link_that_was_the_last_before_is_undone(
    references: References,
) -> None:
    """The last link stays the same resource, behind one that is new."""
    world = World(references=references)
    before = short_campaign(2, MinProvisionedTPS=1)
    times_s = [2.5 * SHARE_S, 20]
    stack = created_fast(world, before, update_s=times_s, update_fails={1: FAILURE})
    stack.update(short_campaign(3, MinProvisionedTPS=2))
    world.run()

    assert asked(world, "Create")[-1] == "CampaignWait2"
    assert FAILURE in reasons(stack, "UPDATE_FAILED")[0]
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert set(stack.resources) == {"Campaign", "CampaignWait"}
    assert _tps(world) == 1
    assert broken_promises(world) == []


@EITHER_REFERENCES
@pytest.mark.parametrize("hours", [1, 2])
def test_a_shorter_timeout_together_with_a_change_that_fails_is_undone(
    references: References, hours: float
) -> None:
    world = World(references=references)
    before = short_campaign(3, SolutionVersionArn=OTHER_VERSION)
    stack = created_fast(world, before, update_s=[30, 20], update_fails={1: FAILURE})
    stack.update(short_campaign(hours))
    world.run()

    assert FAILURE in reasons(stack, "UPDATE_FAILED")[0]
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert set(stack.resources) == {"Campaign", "CampaignWait2", "CampaignWait"}
    assert describe(world, only_campaign(world))["solutionVersionArn"] == OTHER_VERSION
    assert broken_promises(world) == []


def test_a_rollback_hands_over_to_no_link_that_the_update_before_did_not_have() -> None:
    """However long that update took, it reached no next link, and CloudFormation may ask none."""
    world = slow_world(references="as before")
    template = short_campaign(MinProvisionedTPS=1)
    stack = created_fast(world, template, update_s=[204.0, 30.0])
    stack.update(short_campaign(hours=1, MinProvisionedTPS=2))
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_FAILED", stack.events
    assert "its update CREATE IN_PROGRESS" in reasons(stack, "UPDATE_FAILED")[-1]
