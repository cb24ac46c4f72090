"""What no source confirms can be switched, so that both answers can be tried."""

from __future__ import annotations

import pytest

from emulator.oddities import Oddities
from emulator.scene import SOLUTION, VERSION, Scene, refusal

EXPLORING = {"itemExplorationConfig": {"explorationWeight": "0.5"}}
SYNCING = {"syncWithLatestSolutionVersion": True}


def with_oddities(oddities: Oddities) -> Scene:
    return Scene(oddities=oddities)


@pytest.mark.parametrize("echo", [True, False])
def test_defaults_are_echoed_or_not(echo: bool) -> None:
    scene = with_oddities(Oddities(echo_defaults=echo))
    seen = scene.seen(scene.campaign())
    assert ("minProvisionedTPS" in seen, "campaignConfig" in seen) == (echo, echo)
    job = scene.seen_job(scene.job())
    assert ("numResults" in job, "batchInferenceJobMode" in job) == (echo, echo)
    assert ("numResults" in scene.seen_segment_job(scene.segment_job())) is echo


@pytest.mark.parametrize(("omitted", "weight"), [("keeps", "0.5"), ("resets", "0.3")])
def test_an_omitted_config_is_kept_or_reset(omitted: str, weight: str) -> None:
    scene = Scene()
    scene.backend.set_oddities(omitted_config_on_update=omitted)
    arn = scene.active_campaign(campaignConfig=EXPLORING)
    scene.client.update_campaign(campaignArn=arn, minProvisionedTPS=2)
    scene.later(2)
    config = scene.seen(arn)["campaignConfig"]["itemExplorationConfig"]
    assert config["explorationWeight"] == weight


def test_the_first_describes_may_find_nothing() -> None:
    scene = with_oddities(Oddities(describes_not_found_after_create=2))
    arn, job = scene.campaign(), scene.job()
    for _ in range(2):
        assert refusal(scene.seen, arn)[0] == "ResourceNotFoundException"
        assert refusal(scene.seen_job, job)[0] == "ResourceNotFoundException"
    assert scene.seen(arn)["name"] == "shop"
    assert scene.seen_job(job)["jobName"] == "run"


def test_what_is_a_minute_old_is_found_at_once() -> None:
    scene = with_oddities(Oddities(describes_not_found_after_create=2))
    arn = scene.campaign()
    scene.later(59)
    assert refusal(scene.seen, arn)[0] == "ResourceNotFoundException"
    scene.later(1)
    assert scene.seen(arn)["name"] == "shop"


def test_what_is_new_may_show_later() -> None:
    scene = with_oddities(Oddities(describe_lag_s=20))
    arn, job = scene.campaign(), scene.job()
    scene.later(19)
    assert refusal(scene.seen, arn)[0] == "ResourceNotFoundException"
    assert refusal(scene.seen_job, job)[0] == "ResourceNotFoundException"
    scene.later(1)
    assert scene.seen(arn)["name"] == "shop"
    assert scene.seen_job(job)["jobName"] == "run"


def test_statuses_outside_the_reference_may_show() -> None:
    scene = with_oddities(
        Oddities(
            update_in_progress_status="UPDATE IN_PROGRESS",
            campaign_status_while_updating="UPDATE PENDING",
        )
    )
    arn = scene.active_campaign()
    scene.client.update_campaign(campaignArn=arn, minProvisionedTPS=2)
    scene.later(1)
    seen = scene.seen(arn)
    assert seen["status"] == "UPDATE PENDING"
    assert seen["latestCampaignUpdate"]["status"] == "UPDATE IN_PROGRESS"


def test_a_second_delete_may_be_accepted() -> None:
    scene = with_oddities(Oddities(second_delete_in_use=False))
    arn = scene.active_campaign()
    for _ in range(2):
        scene.client.delete_campaign(campaignArn=arn)
    scene.later(1)
    assert refusal(scene.seen, arn)[0] == "ResourceNotFoundException"


@pytest.mark.parametrize(("resolved", "shown"), [(True, VERSION), (False, f"{SOLUTION}/$LATEST")])
def test_latest_is_echoed_or_resolved(resolved: bool, shown: str) -> None:
    scene = with_oddities(Oddities(latest_is_resolved=resolved))
    arn = scene.campaign(solutionVersionArn=f"{SOLUTION}/$LATEST", campaignConfig=SYNCING)
    assert scene.seen(arn)["solutionVersionArn"] == shown


def test_an_update_that_changes_nothing_may_be_refused() -> None:
    scene = with_oddities(Oddities(unchanged_update_refused=True))
    arn = scene.active_campaign(minProvisionedTPS=2)
    code, _ = refusal(scene.client.update_campaign, campaignArn=arn, minProvisionedTPS=2)
    assert code == "InvalidInputException"


def test_a_broken_constraint_may_go_by_the_name_in_the_model() -> None:
    scene = with_oddities(Oddities(validation_error_code="InvalidInputException"))
    assert refusal(scene.campaign, "-shop")[0] == "InvalidInputException"


def test_the_first_describes_after_an_update_may_still_show_what_was_before() -> None:
    scene = with_oddities(Oddities(describes_stale_after_update=1))
    arn = scene.active_campaign()
    scene.client.update_campaign(campaignArn=arn, minProvisionedTPS=2)
    assert "latestCampaignUpdate" not in scene.seen(arn)
    assert scene.seen(arn)["latestCampaignUpdate"]["minProvisionedTPS"] == 2


def test_what_was_before_an_update_may_show_for_a_while() -> None:
    scene = with_oddities(Oddities(update_lag_s=20.0))
    arn = scene.active_campaign()
    scene.client.update_campaign(campaignArn=arn, minProvisionedTPS=2)
    scene.later(19)
    seen = scene.seen(arn)
    assert "latestCampaignUpdate" not in seen
    assert seen["minProvisionedTPS"] == 1
    scene.later(1)
    assert scene.seen(arn)["latestCampaignUpdate"]["status"] == "ACTIVE"
    assert scene.seen(arn)["minProvisionedTPS"] == 2


def test_so_may_what_was_before_a_stop() -> None:
    scene = Scene(oddities=Oddities(update_lag_s=20.0))
    arn = scene.active_recommender()
    scene.client.stop_recommender(recommenderArn=arn)
    scene.later(19)
    assert scene.seen_recommender(arn)["status"] == "ACTIVE"
    scene.later(1)
    assert scene.seen_recommender(arn)["status"] == "INACTIVE"
    scene.client.start_recommender(recommenderArn=arn)
    scene.later(20)
    scene.client.delete_recommender(recommenderArn=arn)
    scene.later(1)
    assert refusal(scene.seen_recommender, arn)[0] == "ResourceNotFoundException"


def test_the_statuses_of_recommenders_may_be_spelt_otherwise() -> None:
    spelling = Oddities(
        campaign_in_progress_status="CREATING",
        update_in_progress_status="UPDATE IN_PROGRESS",
        campaign_status_while_updating="UPDATE PENDING",
        stop_in_progress_status="STOP IN PROGRESS",
        start_in_progress_status="START IN PROGRESS",
    )
    scene = Scene(oddities=spelling)
    arn = scene.active_recommender()
    scene.client.update_recommender(recommenderArn=arn, recommenderConfig={})
    scene.later(1)
    seen = scene.seen_recommender(arn)
    assert seen["status"] == "UPDATE PENDING"
    assert seen["latestRecommenderUpdate"]["status"] == "UPDATE IN_PROGRESS"
    scene.later(1)
    scene.client.stop_recommender(recommenderArn=arn)
    scene.later(1)
    scene.client.start_recommender(recommenderArn=arn)
    scene.later(2)
    middle = {status for _, status in scene.statuses("recommender")}
    assert middle >= {"CREATING", "STOP IN PROGRESS", "START IN PROGRESS"}


def test_describes_of_recommenders_may_lag_behind() -> None:
    lag = Oddities(describes_not_found_after_create=1, describes_stale_after_update=1)
    scene = Scene(oddities=lag)
    arn = scene.active_recommender()
    assert refusal(scene.seen_recommender, arn)[0] == "ResourceNotFoundException"
    scene.client.update_recommender(recommenderArn=arn, recommenderConfig={})
    assert "latestRecommenderUpdate" not in scene.seen_recommender(arn)
    assert "latestRecommenderUpdate" in scene.seen_recommender(arn)


def test_a_second_delete_of_a_recommender_may_be_accepted(scene: Scene) -> None:
    scene.backend.set_oddities(second_delete_in_use=False)
    arn = scene.active_recommender()
    scene.client.delete_recommender(recommenderArn=arn)
    scene.client.delete_recommender(recommenderArn=arn)
    scene.later(1)
    assert refusal(scene.seen_recommender, arn)[0] == "ResourceNotFoundException"


def test_tags_may_show_as_they_were_before_a_change_for_a_while() -> None:
    scene = with_oddities(Oddities(tag_change_lag_s=20.0))
    arn = scene.active_campaign()

    def seen() -> dict[str, str]:
        listed = scene.client.list_tags_for_resource(resourceArn=arn)["tags"]
        return {tag["tagKey"]: tag["tagValue"] for tag in listed}

    scene.client.tag_resource(resourceArn=arn, tags=[{"tagKey": "team", "tagValue": "films"}])
    scene.later(10)
    scene.client.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert seen() == {}
    scene.later(10)
    assert seen() == {"team": "films"}
    scene.later(10)
    assert seen() == {}


@pytest.mark.parametrize(
    ("in_use", "code"), [(True, "ResourceInUseException"), (False, "InvalidInputException")]
)
def test_a_start_in_the_wrong_status_goes_by_either_code(in_use: bool, code: str) -> None:
    scene = Scene(oddities=Oddities(switch_in_use=in_use))
    arn = scene.active_recommender()
    assert refusal(scene.client.start_recommender, recommenderArn=arn)[0] == code
