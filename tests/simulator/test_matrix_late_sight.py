"""What was made right before its time was over, and shows after the next request has looked."""

from __future__ import annotations

import math

import pytest

from emulator.oddities import Oddities
from emulator.plans import Fault, Plan
from personalize_provider.lifecycle import CALLS_ACT_WITHIN_S
from simulator import wire
from simulator.chains import HOUR_S, chained
from simulator.invariants import Watch
from simulator.matrix import (
    CHANGED,
    FEW_SEEDS,
    Nth,
    broken_promises,
    created,
    exchanges,
    foreign,
    last,
    requests,
    short_world,
    statuses,
    tags_of,
)
from simulator.scheduler import START_S
from simulator.slow import took_s
from simulator.test_matrix_versions import model_arn, trained, versions
from simulator.wire import Effect
from simulator.world import SOLUTION, World, campaign, job, recommender, solution_version

A_MINUTE = Oddities(describe_lag_s=59.0, version_list_lag_s=59.0)

EFFECTS = pytest.mark.parametrize("effect", [None, "die_after", "drop_after"])


@EFFECTS
@pytest.mark.parametrize("timeout_s", [5, 30])
def test_a_create_whose_time_is_over_leaves_no_campaign(
    timeout_s: int, effect: Effect | None
) -> None:
    """Whether its memo knows of the call, or has it from the service that the name is taken."""
    faults = Nth(1, effect, only=["CreateCampaign"]) if effect else None
    world = short_world(oddities=A_MINUTE, faults=faults)
    stack = world.stack("shop")
    stack.create({"Campaign": campaign(Timeout=timeout_s)})
    world.run()
    assert (stack.status, world.campaigns()) == ("ROLLBACK_COMPLETE", {})


@EFFECTS
def test_a_create_whose_time_is_over_leaves_nothing_in_training(effect: Effect | None) -> None:
    faults = Nth(1, effect, only=["CreateSolutionVersion"]) if effect else None
    world = short_world(oddities=A_MINUTE, faults=faults)
    world.personalize.plan("*", Plan(create_s=3000.0))
    stack = world.stack("shop")
    stack.create({"Model": solution_version(timeout_s=30)})
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "ACTIVE" not in versions(world).values()


@pytest.mark.parametrize("fails_after_s", [3545.0, 3570.0, 3580.0])
@pytest.mark.parametrize("throttled_s", [3400.0, 3532.0, 3560.0])
def test_a_chain_that_is_given_up_where_it_hands_over_leaves_no_campaign(
    throttled_s: float, fails_after_s: float
) -> None:
    """The Delete carries the ARN that the first link has handed over."""
    world = short_world(oddities=A_MINUTE)
    throttle = Fault(effect="throttle", operation="CreateCampaign", until_s=START_S + throttled_s)
    world.personalize.plan("*", Plan(create_s=600.0, delete_s=10.0, faults=[throttle]))
    stack = world.stack("shop")
    stack.create(chained({"Campaign": campaign(timeout_s=3 * HOUR_S)}), fails_after_s=fails_after_s)
    world.run()
    assert (stack.status, world.campaigns()) == ("ROLLBACK_COMPLETE", {})
    assert broken_promises(world) == []


@pytest.mark.parametrize("fails_after_s", [3546.0, 3547.0, 3548.0, 3549.0])
@pytest.mark.parametrize("throttled_s", [3440.0, 3532.0])
@pytest.mark.parametrize("lag_s", [5.0, 9.0])
def test_nor_does_one_whose_next_link_the_list_of_executions_hides(
    lag_s: float, throttled_s: float, fails_after_s: float
) -> None:
    for seed in FEW_SEEDS:
        world = short_world(seed=seed, oddities=Oddities(describe_lag_s=15.0))
        world.states.lag_s = lag_s
        throttle = Fault(
            effect="throttle", operation="CreateCampaign", until_s=START_S + throttled_s
        )
        world.personalize.plan("*", Plan(create_s=600.0, delete_s=10.0, faults=[throttle]))
        stack = world.stack("shop")
        slow = chained({"Campaign": campaign(timeout_s=3 * HOUR_S)})
        stack.create(slow, fails_after_s=fails_after_s)
        world.run()
        assert (stack.status, world.campaigns()) == ("ROLLBACK_COMPLETE", {}), seed


@pytest.mark.parametrize("free_s", [3400.0, 3470.0])
def test_a_job_is_created_by_the_last_link_however_late(free_s: float) -> None:
    """No Delete looks for a job, so nothing is lost if it does not show yet."""
    world = short_world()
    world.personalize.set_quotas(jobs_in_progress=1)
    world.personalize.plan("*", Plan(create_s=3541.0 + free_s))
    properties = job().properties
    other = {
        "jobName": "other",
        "solutionVersionArn": properties["SolutionVersionArn"],
        "jobInput": {"s3DataSource": {"path": "s3://data/in/users.json"}},
        "jobOutput": {"s3DataDestination": {"path": "s3://data/out/"}},
        "roleArn": properties["RoleArn"],
    }
    assert world.call_as_other_owner("CreateBatchInferenceJob", other) is not None
    world.personalize.plan("*", Plan(create_s=600.0))
    stack = world.stack("shop")
    stack.create(chained({"Job": job(timeout_s=2 * HOUR_S, WaitForCompletion=False)}))
    world.run()
    assert stack.status == "CREATE_COMPLETE", stack.events


@pytest.mark.parametrize("timeout_s", [5, 8, 30])
def test_an_adoption_that_takes_effect_after_its_time_is_given_back(timeout_s: int) -> None:
    world = short_world(faults=Nth(1, "late", only=["TagResource"]))
    arn = foreign(world, "live")
    world.run_for(100)
    stack = world.stack("shop")
    stack.create({"Campaign": campaign(Name="live", AdoptExisting=True, Timeout=timeout_s)})
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE"
    assert tags_of(world, arn) == {}


@pytest.mark.parametrize("timeout_s", [30, 60, 90])
@pytest.mark.parametrize("lag_s", [30.0, 59.0])
def test_so_is_one_whose_tags_do_not_show_by_the_end_of_its_time(
    lag_s: float, timeout_s: int
) -> None:
    world = short_world(oddities=Oddities(tag_change_lag_s=lag_s))
    arn = foreign(world, "live")
    world.run_for(100)
    begins_s = world.scheduler.now_s
    world.personalize.plan("*", Plan(update_s=timeout_s - 20.0))
    world.call_as_other_owner("UpdateCampaign", {"campaignArn": arn, "minProvisionedTPS": 3})
    stack = world.stack("shop")
    stack.create({"Campaign": campaign(Name="live", AdoptExisting=True, Timeout=timeout_s)})
    world.run()
    assert stack.status == "ROLLBACK_COMPLETE", stack.events
    assert any(each["at_s"] > begins_s for each in requests(world, "TagResource"))
    assert "is ACTIVE, not adopted as asked for, after" in last(world, "Create").reason
    world.run_for(100)
    assert tags_of(world, arn) == {}


@pytest.mark.parametrize("lag_s", [20.0, 59.0])
def test_marks_are_removed_once_however_late_that_shows(lag_s: float) -> None:
    """By the second time they could be those of whoever has adopted it meanwhile."""
    world = short_world(oddities=Oddities(tag_change_lag_s=lag_s))
    foreign(world, "live")
    stack = created(world, {"Campaign": campaign(Name="live", AdoptExisting=True)})
    stack.delete()
    world.run()
    assert stack.status == "DELETE_COMPLETE", stack.events
    assert len(requests(world, "UntagResource")) == 1


@pytest.mark.parametrize("after_s", [1.0, 5.0, 10.0])
def test_so_is_one_that_a_rollback_has_cut_off(after_s: float) -> None:
    world = short_world(faults=Nth(1, "late", only=["TagResource"]))
    arn = foreign(world, "live")
    stack = created(world)
    changed = campaign(Name="live", AdoptExisting=True)
    stack.update({"Campaign": changed}, fails_after_s=after_s)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert tags_of(world, arn) == {}


@pytest.mark.parametrize("effect", [None, "drop_after"])
@pytest.mark.parametrize("lag_s", [8.0, 30.0, 59.0])
def test_a_rollback_stops_what_an_update_has_trained_whose_time_was_over(
    lag_s: float, effect: Effect | None
) -> None:
    faults = Nth(2, effect, only=["CreateSolutionVersion"]) if effect else None
    world = short_world(oddities=Oddities(version_list_lag_s=lag_s), faults=faults)
    stack = trained(world)
    before = model_arn(stack)
    world.run_for(200)
    world.personalize.plan("*", Plan(create_s=3000.0, delete_s=10.0))
    stack.update({"Model": solution_version(Triggers={"data": "2"}, timeout_s=5)})
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert [arn for arn, status in versions(world).items() if status == "ACTIVE"] == [before]


def test_a_place_in_training_that_comes_right_before_the_time_is_over_is_given_back() -> None:
    world = short_world(oddities=Oddities(version_list_lag_s=30.0))
    stack = trained(world)
    world.personalize.set_quotas(solution_versions_in_training=1)
    world.personalize.plan("*", Plan(create_s=3505.0, delete_s=10.0))
    other = {"name": "other", "solutionArn": SOLUTION}
    world.call_as_other_owner("CreateSolutionVersion", other)
    world.personalize.plan("*", Plan(create_s=3000.0, delete_s=10.0))
    stack.update({"Model": solution_version(Triggers={"data": "2"})})
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    # The one before, and the other owner's.
    assert sorted(versions(world).values()) == ["ACTIVE", "ACTIVE", "CREATE STOPPED"]


def test_wait_segments_of_a_version_do_not_wait_for_what_may_yet_show() -> None:
    """That is the first link's matter, and not of a training that has just been asked for."""
    world = short_world()
    slow = chained({"Model": solution_version(timeout_s=4 * HOUR_S)})
    stack = created(world, slow)
    world.run_for(300)
    triggers = {"data": "2"}
    stack.update(chained({"Model": solution_version(timeout_s=4 * HOUR_S, Triggers=triggers)}))
    world.run()
    assert stack.status == "UPDATE_COMPLETE"
    first, *others = exchanges(world, "Update")
    assert len(others) == 3
    assert all(took_s(each) < 5 for each in others)
    assert took_s(first) < 60


# --- an update that is undone before it shows ----------------------------------------------------


@pytest.mark.parametrize("lag_s", [20.0, 40.0, 59.0])
@pytest.mark.parametrize("fails_after_s", [3.0, 8.0, 20.0])
def test_a_rollback_undoes_an_update_that_does_not_show_yet(
    fails_after_s: float, lag_s: float
) -> None:
    """The configuration before it still shows, and is what the rollback asks for."""
    world = short_world(oddities=Oddities(update_lag_s=lag_s))
    assert_undoes_an_update(world, fails_after_s=fails_after_s, update_s=200.0)


def assert_undoes_an_update(world: World, *, fails_after_s: float, update_s: float) -> None:
    stack = created(world)
    world.personalize.plan("*", Plan(update_s=update_s))
    stack.update(CHANGED, fails_after_s=fails_after_s)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert broken_promises(world) == []


@pytest.mark.parametrize("lists_lag_s", [5.0, 9.0])
@pytest.mark.parametrize("fails_after_s", [1.0, 2.0])
def test_it_does_so_though_the_updates_execution_has_ended_by_itself(
    fails_after_s: float, lists_lag_s: float
) -> None:
    """A list that lags hides it from the rollback's first look; by the second it has ended."""
    for seed in FEW_SEEDS:
        world = short_world(seed=seed, oddities=Oddities(update_lag_s=59.0))
        world.states.lag_s = lists_lag_s
        assert_undoes_an_update(world, fails_after_s=fails_after_s, update_s=0.0)


@pytest.mark.parametrize("lag_s", [20.0, 40.0, 59.0])
@pytest.mark.parametrize("left_s", [5, 20, 30, 89, 91])
def test_nor_does_one_that_came_shortly_before_its_time_was_over_outlast_it(
    left_s: int, lag_s: float
) -> None:
    """The rollback finds no execution to stop, so nothing tells it to wait."""
    world = short_world(oddities=Oddities(update_lag_s=lag_s))
    stack = created(world)
    until_s = world.scheduler.now_s + 400 - left_s
    throttle = Fault(effect="throttle", operation="UpdateCampaign", until_s=until_s)
    world.personalize.plan("*", Plan(update_s=200.0, faults=[throttle]))
    stack.update({"Campaign": campaign(MinProvisionedTPS=2, Timeout=400)})
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert broken_promises(world) == []


@pytest.mark.parametrize("left_s", [6, 8, 10, 12, 40])
@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_nor_does_one_that_got_no_answer_and_acts_later(
    seed: int, left_s: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "LATE_S", CALLS_ACT_WITHIN_S - 0.5)
    last_call = _LastCall()
    world = short_world(faults=last_call, seed=seed)
    stack = created(world)
    last_call.world, last_call.from_s = world, world.scheduler.now_s + 300 - left_s
    stack.update({"Campaign": campaign(MinProvisionedTPS=2, Timeout=300)})
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert broken_promises(world) == []


class _LastCall:
    """Throttles updates until a moment; the first one from then on acts late."""

    world: World
    from_s = math.inf

    def strike(self, _service: str, operation: str) -> Effect | None:
        if operation != "UpdateCampaign" or not self.from_s:
            return None
        if self.from_s is math.inf or self.world.scheduler.now_s < self.from_s:
            return "throttle"
        self.from_s = 0.0
        return "late"


@pytest.mark.parametrize("lag_s", [5.0, 45.0])
def test_a_rollback_starts_a_recommender_whose_stop_does_not_show_yet(lag_s: float) -> None:
    world = short_world(oddities=Oddities(update_lag_s=lag_s))
    stack = created(world, {"Films": recommender()})
    stack.update({"Films": recommender(Active=False)}, fails_after_s=4.0)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert set(statuses(world, "recommender").values()) == {"ACTIVE"}


@pytest.mark.parametrize("lag_s", [5.0, 30.0, 59.0])
def test_an_update_resets_what_a_describe_hid_when_it_was_asked_for(lag_s: float) -> None:
    """Another's update, of which nothing shows yet, has changed what the template leaves out."""
    world = short_world(oddities=Oddities(update_lag_s=lag_s))
    stack = created(world, {"Campaign": campaign()})
    world.personalize.plan("*", Plan(update_s=1.0))
    arn = stack.resources["Campaign"].physical_id
    world.call_as_other_owner("UpdateCampaign", {"campaignArn": arn, "minProvisionedTPS": 3})
    world.run_for(2)
    changed = {"EnableMetadataWithRecommendations": True}
    stack.update({"Campaign": campaign(CampaignConfig=changed)})
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert broken_promises(world) == []


@pytest.mark.parametrize("lag_s", [5.0, 45.0])
def test_success_waits_for_the_second_of_two_updates_that_a_crash_has_made(lag_s: float) -> None:
    faults = Nth(1, "die_after", only=["UpdateCampaign"])
    world = short_world(oddities=Oddities(update_lag_s=lag_s), faults=faults)
    stack = created(world)
    world.personalize.plan("*", Plan(update_s=[0.0, 40.0]))
    stack.update(CHANGED)
    with Watch(world) as watch:
        world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert watch.violations == []


def test_an_update_that_is_in_time_is_not_held_back() -> None:
    world = short_world()
    stack = created(world)
    stack.update({"Campaign": campaign(MinProvisionedTPS=2, Timeout=60)})
    world.run()
    assert stack.status == "UPDATE_COMPLETE", stack.events
    assert took_s(last(world, "Update")) < 40
