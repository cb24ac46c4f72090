"""Rows of the failure matrix about an Update, and about the Update that undoes one."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from emulator.oddities import REFERENCE_JOB_SPELLING, Oddities
from emulator.plans import Plan
from simulator.matrix import (
    CHANGED,
    FEW_SEEDS,
    Nth,
    broken_promises,
    campaign_arn,
    changes_since,
    created,
    deliver_late,
    describe,
    exchanges,
    foreign,
    last,
    only_campaign,
    reasons,
    remove_tags,
    requests,
    short_world,
)
from simulator.stacks import Rollback
from simulator.templates import Declared
from simulator.wire import Effect
from simulator.world import OTHER_VERSION, SOLUTION, World, campaign, job

ROLLBACKS: tuple[Rollback, ...] = ("update-then-delete", "delete-alone")

ODDITIES: Mapping[str, Oddities] = {
    "as the reference says": Oddities(),
    "UPDATE IN_PROGRESS in the update": Oddities(update_in_progress_status="UPDATE IN_PROGRESS"),
    "UPDATE IN_PROGRESS in the campaign": Oddities(
        campaign_status_while_updating="UPDATE IN_PROGRESS"
    ),
    "an unknown status while creating": Oddities(campaign_in_progress_status="WARMING_UP"),
    "an unknown status while updating": Oddities(update_in_progress_status="WARMING_UP"),
    "defaults are not described": Oddities(echo_defaults=False),
    "an update without configuration resets it": Oddities(omitted_config_on_update="resets"),
    "both of these": Oddities(echo_defaults=False, omitted_config_on_update="resets"),
    "an update that changes nothing is refused": Oddities(unchanged_update_refused=True),
    "$LATEST is described as the version": Oddities(latest_is_resolved=True),
    "a new campaign is not found at first": Oddities(describes_not_found_after_create=3),
    "a new campaign is not found for a while": Oddities(describe_lag_s=30.0),
    "tags show late": Oddities(tag_list_lag_s=30.0),
    "a second delete is accepted": Oddities(second_delete_in_use=False),
    "jobs as the reference spells them": REFERENCE_JOB_SPELLING,
}

UPDATE_FAILS = Plan(create_s=20.0, update_s=15.0, delete_s=10.0, update_fails="Too little data.")


# --- the update fails ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_07_an_update_that_fails_while_the_campaign_is_active_tells_the_updates_own_reason(
    seed: int,
) -> None:
    world = short_world(seed=seed)
    stack = created(world)
    arn = stack.resources["Campaign"].physical_id
    world.personalize.plan("*", UPDATE_FAILS)

    stack.update(CHANGED)
    world.run()

    first, _ = exchanges(world, "Update")
    assert first.answer is not None
    assert first.answer["Status"] == "FAILED"
    assert first.answer["PhysicalResourceId"] == arn
    assert "The update of Campaign" in first.answer["Reason"]
    assert "CREATE FAILED: Too little data." in first.answer["Reason"]
    assert describe(world, only_campaign(world))["status"] == "ACTIVE"


@pytest.mark.parametrize("oddities", ODDITIES.values(), ids=ODDITIES)
@pytest.mark.parametrize("seed", [0, 1])
def test_row_08_the_rollback_of_a_failed_update_succeeds_without_a_further_update(
    seed: int, oddities: Oddities
) -> None:
    world = short_world(seed=seed, oddities=oddities)
    stack = created(world)
    world.personalize.plan("*", UPDATE_FAILS)

    stack.update(CHANGED)
    world.run()

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert len(requests(world, "UpdateCampaign")) == 1
    assert len(set(_ids(world))) == 1
    assert broken_promises(world) == []


def _ids(world: World) -> list[str]:
    answers = [each.answer for each in world.cloudformation.exchanges]
    return [answer["PhysicalResourceId"] for answer in answers if answer is not None]


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_08_the_rollback_of_an_update_that_succeeded_updates_back(seed: int) -> None:
    world = short_world(seed=seed)
    stack = created(world)

    stack.update(CHANGED, fails_after_s=100)
    world.run()

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert [each["input"]["minProvisionedTPS"] for each in requests(world, "UpdateCampaign")] == [
        2,
        1,
    ]
    assert broken_promises(world) == []


@pytest.mark.parametrize("times", [1, 2])
def test_row_08_a_rollback_whose_own_update_fails_at_first_is_tried_again(times: int) -> None:
    world = short_world()
    stack = created(world)
    fails = dict.fromkeys(range(2, 2 + times), "Out of capacity.")
    world.personalize.plan("*", Plan(create_s=20.0, update_s=15.0, update_fails=fails))

    stack.update(CHANGED, fails_after_s=100)
    world.run()

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", reasons(stack, "UPDATE_FAILED")
    assert broken_promises(world) == []


def test_row_08_a_rollback_finds_the_configuration_even_if_someone_removed_our_tags() -> None:
    world = short_world()
    stack = created(world)
    world.personalize.plan("*", UPDATE_FAILS)
    arn = stack.resources["Campaign"].physical_id
    stack.update(CHANGED)
    world.run_for(10)
    remove_tags(world, arn)
    world.run()

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events


# --- an update meets an update -------------------------------------------------------------------


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_09_an_update_waits_for_the_one_under_way_and_then_updates(seed: int) -> None:
    world = short_world(seed=seed)
    stack = created(world)
    name = only_campaign(world)
    world.wire.client("personalize").update_campaign(
        campaignArn=campaign_arn(name), minProvisionedTPS=40
    )
    begun_s = world.scheduler.now_s

    stack.update(CHANGED)
    world.run()

    assert stack.status == "UPDATE_COMPLETE"
    theirs, ours = requests(world, "UpdateCampaign")
    assert theirs["outcome"] == ours["outcome"] == "ok"
    assert ours["at_s"] >= begun_s + 15
    assert broken_promises(world) == []


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_09_an_update_that_another_one_overtakes_between_look_and_call_waits_for_it(
    seed: int,
) -> None:
    slow = Nth(1, "slow", only=["UpdateCampaign"])
    world = short_world(seed=seed, faults=slow)
    stack = created(world)
    stack.update(CHANGED)
    while not slow.struck:
        world.run_for(0.1)
    slow.armed = False
    arn = campaign_arn(only_campaign(world))
    world.wire.client("personalize").update_campaign(campaignArn=arn, minProvisionedTPS=40)
    world.run()

    assert stack.status == "UPDATE_COMPLETE"
    assert [each["outcome"] for each in requests(world, "UpdateCampaign")] == [
        "ok",
        "ResourceInUseException",
        "ok",
    ]
    assert broken_promises(world) == []


@pytest.mark.parametrize("seed", range(8))
def test_row_09_a_rollback_while_the_update_still_runs_waits_and_updates_back(seed: int) -> None:
    for moment_s in (1, 2, 3, 5, 10, 16):
        world = short_world(seed=seed)
        stack = created(world)
        stack.update(CHANGED, fails_after_s=moment_s)
        world.run()
        assert stack.status == "UPDATE_ROLLBACK_COMPLETE", moment_s
        assert broken_promises(world) == [], moment_s


@pytest.mark.parametrize("effect", ["slow", "late"])
@pytest.mark.parametrize("lag_s", [0.0, 10.0])
@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_09_an_update_call_in_flight_when_its_execution_is_stopped_is_undone(
    seed: int, lag_s: float, effect: Effect
) -> None:
    for moment_s in (1, 2, 4):
        world = short_world(seed=seed, faults=Nth(1, effect, only=["UpdateCampaign"]))
        stack = created(world)
        world.states.lag_s = lag_s
        stack.update(CHANGED, fails_after_s=moment_s)
        world.run()
        assert stack.status == "UPDATE_ROLLBACK_COMPLETE", moment_s
        assert broken_promises(world) == [], moment_s


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_09_an_update_that_is_delivered_after_its_rollback_changes_nothing(seed: int) -> None:
    for lateness_s in (2.0, 3.0, 4.0, 280.0):
        for lag_s in (0.0, 5.0):
            world = short_world(seed=seed)
            stack = created(world)
            world.states.lag_s = lag_s
            deliver_late(world, lateness_s)
            stack.update(CHANGED, fails_after_s=2)
            world.run()
            assert stack.status == "UPDATE_ROLLBACK_COMPLETE", lateness_s
            assert broken_promises(world) == [], lateness_s


# --- replacement ---------------------------------------------------------------------------------

RENAMED: Mapping[str, Declared] = {"Campaign": campaign(MinProvisionedTPS=1, Name="renamed")}


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_11_a_new_name_is_a_new_campaign_and_the_cleanup_alone_deletes_the_old_one(
    seed: int,
) -> None:
    world = short_world(seed=seed)
    stack = created(world)
    old_arn = stack.resources["Campaign"].physical_id

    stack.update(RENAMED)
    world.run()

    assert stack.status == "UPDATE_COMPLETE"
    assert stack.resources["Campaign"].physical_id == campaign_arn("renamed")
    (cleanup,) = exchanges(world, "Delete")
    assert cleanup.event["PhysicalResourceId"] == old_arn
    (deletion,) = requests(world, "DeleteCampaign")
    assert deletion["input"]["campaignArn"] == old_arn
    assert deletion["at_s"] >= cleanup.asked_s
    assert list(world.campaigns()) == ["renamed"]
    assert broken_promises(world) == []


@pytest.mark.parametrize(
    "changed",
    [
        job(NumResults=10),
        job(SolutionVersionArn=OTHER_VERSION),
        job(JobInput={"S3DataSource": {"Path": "s3://data/in/others.json"}}),
        job(RoleArn="arn:aws:iam::111122223333:role/other"),
        job(JobName="named"),
        job(Triggers={"data": "2"}),
    ],
    ids=["NumResults", "SolutionVersionArn", "JobInput", "RoleArn", "JobName", "Triggers"],
)
def test_row_11_any_property_of_a_job_is_a_new_job(changed: Declared) -> None:
    world = short_world()
    stack = created(world, {"Job": job()})
    old_arn = stack.resources["Job"].physical_id

    stack.update({"Job": changed})
    world.run()

    assert stack.status == "UPDATE_COMPLETE"
    assert stack.resources["Job"].physical_id != old_arn
    assert last(world, "Delete").event["PhysicalResourceId"] == old_arn
    assert len(requests(world, "CreateBatchInferenceJob")) == 2


def test_row_11_a_changed_timeout_is_no_new_job() -> None:
    world = short_world()
    stack = created(world, {"Job": job()})
    old_arn = stack.resources["Job"].physical_id

    stack.update({"Job": job(Timeout=1800)})
    world.run()

    assert stack.status == "UPDATE_COMPLETE"
    assert stack.resources["Job"].physical_id == old_arn
    assert len(requests(world, "CreateBatchInferenceJob")) == 1


@pytest.mark.parametrize("rollback", ROLLBACKS)
@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_11_the_rollback_of_a_replacement_ends_with_the_campaign_before_it(
    seed: int, rollback: Rollback
) -> None:
    for moment_s in (1, 10, 21, 60):
        world = short_world(seed=seed, rollback=rollback)
        stack = created(world)
        arn = stack.resources["Campaign"].physical_id
        stack.update(RENAMED, fails_after_s=moment_s)
        world.run()
        assert stack.status == "UPDATE_ROLLBACK_COMPLETE", moment_s
        assert stack.resources["Campaign"].physical_id == arn, moment_s
        assert [campaign_arn(name) for name in world.campaigns()] == [arn], moment_s
        assert broken_promises(world) == [], moment_s


@pytest.mark.parametrize("effect", ["slow", "late"])
@pytest.mark.parametrize("lag_s", [0.0, 10.0])
@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_11_a_replacement_in_flight_when_it_is_undone_leaves_nothing(
    seed: int, lag_s: float, effect: Effect
) -> None:
    for moment_s in (1, 2, 4):
        world = short_world(seed=seed, faults=Nth(2, effect, only=["CreateCampaign"]))
        stack = created(world)
        world.states.lag_s = lag_s
        stack.update(RENAMED, fails_after_s=moment_s)
        world.run()
        assert stack.status == "UPDATE_ROLLBACK_COMPLETE", moment_s
        assert broken_promises(world) == [], moment_s


@pytest.mark.parametrize("effect", [None, "late", "drop_after"])
@pytest.mark.parametrize("lag_s", [20.0, 59.0])
def test_row_11_what_a_replacement_has_made_goes_although_it_shows_late(
    lag_s: float, effect: Effect | None
) -> None:
    for moment_s in (1, 5, 30):
        faults = Nth(2, effect, only=["CreateCampaign"]) if effect else None
        world = short_world(faults=faults, oddities=Oddities(describe_lag_s=lag_s))
        stack = created(world)
        stack.update(RENAMED, fails_after_s=moment_s)
        world.run()
        assert stack.status == "UPDATE_ROLLBACK_COMPLETE", moment_s
        assert broken_promises(world) == [], moment_s


def test_row_11_a_rollback_does_not_fail_of_what_may_not_even_be_there() -> None:
    """Its time is over before a campaign that the update may have made would have to show."""
    world = short_world()
    stack = created(world, {"Campaign": campaign(Timeout=60)})
    unknown = campaign(Timeout=60, Name="spare", SolutionVersionArn=f"{OTHER_VERSION}9")
    stack.update({"Campaign": unknown})
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert broken_promises(world) == []


@pytest.mark.parametrize("rollback", ROLLBACKS)
@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_11_the_rollback_of_a_jobs_replacement_answers_with_the_job_before_it(
    seed: int, rollback: Rollback
) -> None:
    for old, new in (
        (job(), job(NumResults=9)),
        (job(JobName="first"), job(JobName="second", NumResults=9)),
    ):
        for moment_s in (3, 60):
            world = short_world(seed=seed, rollback=rollback)
            stack = created(world, {"Job": old})
            arn = stack.resources["Job"].physical_id
            stack.update({"Job": new}, fails_after_s=moment_s)
            world.run()
            assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
            assert stack.resources["Job"].physical_id == arn
            assert len(requests(world, "CreateBatchInferenceJob")) == 2


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_11_a_replacement_that_fails_is_removed_and_the_old_campaign_stays(seed: int) -> None:
    world = short_world(seed=seed)
    stack = created(world)
    arn = stack.resources["Campaign"].physical_id
    world.personalize.plan("renamed", Plan(create_s=20.0, create_fails="No metrics."))

    stack.update(RENAMED)
    world.run()

    first = exchanges(world, "Update")[0]
    assert first.answer is not None
    assert first.answer["PhysicalResourceId"] == arn
    assert "No metrics." in first.answer["Reason"]
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert [campaign_arn(name) for name in world.campaigns()] == [arn]


@pytest.mark.parametrize("rollback", ROLLBACKS)
def test_row_11_retain_keeps_what_a_replacement_leaves(rollback: Rollback) -> None:
    world = short_world(rollback=rollback)
    kept = Declared(
        type="Custom::PersonalizeCampaign", properties=campaign().properties, retain=True
    )
    stack = created(world, {"Campaign": kept})
    old_name = only_campaign(world)

    stack.update(RENAMED)
    world.run()

    assert stack.status == "UPDATE_COMPLETE"
    assert set(world.campaigns()) == {old_name, "renamed"}
    assert exchanges(world, "Delete") == []


@pytest.mark.parametrize("rollback", ROLLBACKS)
def test_row_24_a_new_name_that_nothing_can_have_is_refused_and_undone(rollback: Rollback) -> None:
    """The rollback carries that name as the one before, and the service would not describe it."""
    world = short_world(rollback=rollback)
    stack = created(world)
    before = only_campaign(world)
    stack.update({"Campaign": campaign(Name="n" * 300)})
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert only_campaign(world) == before
    assert broken_promises(world) == []


def test_row_11_a_new_name_that_someone_else_owns_leaves_both_campaigns_alone() -> None:
    world = short_world()
    stack = created(world)
    arn = stack.resources["Campaign"].physical_id
    foreign(world, "renamed")
    world.run_for(60)

    stack.update(RENAMED)
    world.run()

    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "renamed exists already" in reasons(stack, "UPDATE_FAILED")[0]
    assert stack.resources["Campaign"].physical_id == arn
    assert broken_promises(world, others=["renamed"]) == []


# --- a name that is used up ----------------------------------------------------------------------


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_row_12_a_named_job_with_other_properties_is_refused_at_once_with_the_way_out(
    seed: int,
) -> None:
    world = short_world(seed=seed)
    stack = created(world, {"Job": job(JobName="weekly")})
    since_s = world.scheduler.now_s

    stack.update({"Job": job(JobName="weekly", NumResults=9)})
    world.run()

    first = exchanges(world, "Update")[0]
    assert not first.succeeded
    assert first.answered_s < since_s + 10
    assert "weekly exists with other properties" in first.reason
    assert "choose another JobName, or leave the name out" in first.reason
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert changes_since(world, since_s + 1) == []


def test_row_12_a_named_job_of_a_deleted_stack_uses_its_name_up() -> None:
    world = short_world()
    stack = created(world, {"Job": job(JobName="weekly")})
    stack.delete()
    world.run()

    again = world.stack("again")
    again.create({"Job": job(JobName="weekly")})
    world.run()

    assert again.status == "ROLLBACK_COMPLETE"
    assert "weekly exists already" in reasons(again, "CREATE_FAILED")[0]


# --- either setting of each oddity ---------------------------------------------------------------

CONFIGURED = campaign(
    MinProvisionedTPS=2,
    CampaignConfig={
        "ItemExplorationConfig": {"explorationWeight": "0.30", "explorationItemAgeCutOff": "7"},
        "EnableMetadataWithRecommendations": True,
    },
)
FOLLOWING = campaign(
    SolutionVersionArn=f"{SOLUTION}/$LATEST", CampaignConfig={"SyncWithLatestSolutionVersion": True}
)


@pytest.mark.parametrize("oddities", ODDITIES.values(), ids=ODDITIES)
def test_row_10_a_life_goes_well_whichever_way_the_service_is_odd(oddities: Oddities) -> None:
    world = short_world(oddities=oddities)
    stack = created(world, {"Campaign": campaign(), "Job": job()})
    arn = stack.resources["Campaign"].physical_id
    steps: tuple[Declared, ...] = (CONFIGURED, FOLLOWING, campaign(MinProvisionedTPS=1))
    for declared in steps:
        stack.update({"Campaign": declared, "Job": job()})
        world.run()
        assert stack.status == "UPDATE_COMPLETE", stack.events[-1]
        assert stack.resources["Campaign"].physical_id == arn
        assert broken_promises(world) == []
    # The last one states nothing of what the second had set, so nothing of it may stay.
    described = describe(world, only_campaign(world))
    config = described.get("campaignConfig", {})
    assert not config.get("enableMetadataWithRecommendations", False)
    assert not config.get("syncWithLatestSolutionVersion", False)
    exploration = config.get("itemExplorationConfig", {})
    assert float(exploration.get("explorationItemAgeCutOff", 30)) == 30

    stack.update({"Campaign": CONFIGURED, "Job": job()}, fails_after_s=40)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert broken_promises(world) == []
    stack.delete()
    world.run()
    assert stack.status == "DELETE_COMPLETE"
    assert world.campaigns() == {}


@pytest.mark.parametrize("effect", ["late", "drop_after", "error"])
@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_an_update_call_that_may_yet_act_is_not_repeated_beside_itself(
    seed: int, effect: Effect
) -> None:
    lost = Nth(1, effect, only=["UpdateCampaign"])
    world = short_world(seed=seed, faults=lost)
    stack = created(world)
    world.personalize.plan("*", Plan(update_s=0.0))
    stack.update(CHANGED)
    world.run()

    assert lost.struck
    assert stack.status == "UPDATE_COMPLETE"
    assert [each["outcome"] for each in requests(world, "UpdateCampaign")] == ["ok"]
    assert broken_promises(world) == []


@pytest.mark.parametrize(("create_s", "goes"), [(20.0, True), (400.0, False)])
def test_a_rollback_that_waits_too_long_sees_to_what_is_left_behind_or_names_it(
    create_s: float, goes: bool
) -> None:
    world = short_world()
    limits = {"hour_s": 160.0, "timeout_s": 160.0}
    stack = created(world, {"Campaign": campaign(**limits)})
    arn = stack.resources["Campaign"].physical_id
    world.personalize.plan("*", Plan(create_s=create_s, update_s=900.0, delete_s=10.0))
    # Somebody changes it by hand, which neither a rollback nor anybody else can hasten.
    world.call_as_other_owner("UpdateCampaign", {"campaignArn": arn, "minProvisionedTPS": 5})
    stack.update({"Campaign": campaign(Name="spare", **limits)}, fails_after_s=5)
    world.run()

    assert stack.status == "UPDATE_ROLLBACK_FAILED"
    assert ("spare" not in world.campaigns()) is goes
    reason = reasons(stack, "UPDATE_FAILED")[-1]
    assert f"{arn} is ACTIVE, its update" in reason
    assert ("campaign/spare is still there, and goes when the rollback" in reason) is not goes


@pytest.mark.parametrize("ends_s", [205.0, 220.0, 235.0])
def test_a_rollback_that_the_list_hides_its_update_from_fences_it_off_early(ends_s: float) -> None:
    """Else the fence would begin when the update under way has ended, and the hour is over."""
    limits = {"hour_s": 300.0, "timeout_s": 240.0}
    world = short_world()
    world.states.lag_s = 5.0
    stack = created(world, {"Campaign": campaign(**limits)})
    world.personalize.plan("*", Plan(create_s=20.0, update_s=[ends_s, 1.0], delete_s=10.0))
    stack.update({"Campaign": campaign(MinProvisionedTPS=2, **limits)}, fails_after_s=2)
    world.run()
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE", stack.events
    assert broken_promises(world) == []
