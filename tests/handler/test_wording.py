"""An answer's sentences tell what happened, in the service's words, and the way out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from handler.cases import CONVERGING, ELSE, Case
from handler.given import (
    CAMPAIGN,
    CAMPAIGN_PROPERTIES,
    JOB,
    RECOMMENDER,
    TRAINING,
    VERSION,
    request,
)
from personalize_provider.calls import DeniedError, RefusedError
from personalize_provider.lifecycle import Situation, Step, View, situation
from personalize_provider.memo import Memo
from personalize_provider.names import own_arn, resource_name
from personalize_provider.response import Status
from personalize_provider.wording import Kept, Wording

MOMENT = datetime(2025, 2, 3, 4, 5, 6, tzinfo=UTC)


def worded(case: Case, **words: Any) -> str:
    view = case.view()
    if view.found and "failure" in words:
        view = replace(view, found=replace(view.found, failure_reason=words["failure"]))
    return Wording(view.request).why_not(view, situation(view))


def described(case: Case, description: dict[str, Any]) -> View:
    view = case.view()
    assert view.found is not None
    return replace(view, found=replace(view.found, description=description))


def test_a_success_carries_a_campaigns_attributes() -> None:
    description = {
        "campaignArn": "arn",
        "name": "shop",
        "status": "ACTIVE",
        "creationDateTime": MOMENT,
        "lastUpdatedDateTime": MOMENT,
        "solutionVersionArn": VERSION,
    }
    view = described(Case(), description)
    verdict = Wording(view.request).success(view.target_arn, view)
    assert (verdict.status, verdict.physical_id) == (Status.SUCCESS, view.target_arn)
    assert verdict.data == {
        "CampaignArn": "arn",
        "Name": "shop",
        "Status": "ACTIVE",
        "CreationDateTime": "2025-02-03T04:05:06+00:00",
        "LastUpdatedDateTime": "2025-02-03T04:05:06+00:00",
    }


def test_a_name_that_the_service_takes_once_is_told_with_the_way_out() -> None:
    taken = Case(kind=TRAINING, status=None, memo={"taken_at_s": 0})
    name = resource_name(taken.view().request)
    assert worded(taken) == (
        f"Solution version {name} exists already, and the service takes each name once. Choose "
        "another Name, or leave the name out."
    )


def test_what_no_update_can_change_is_named() -> None:
    moved = Case(kind=RECOMMENDER, runs={"datasetGroupArn": "another", "recipeArn": "another"})
    name = resource_name(moved.view().request)
    assert worded(moved) == (
        f"Recommender {name} exists with another DatasetGroupArn and RecipeArn, which no update "
        "can change. Choose another Name, or leave the name out, for a new one."
    )
    assert "another RecipeArn," in worded(Case(kind=RECOMMENDER, runs={"recipeArn": "another"}))


def test_a_link_that_has_no_arn_yet_hands_over_an_id_that_says_so() -> None:
    view = Case(kind=TRAINING, status=None).view()
    properties = {**view.request.properties, "Timeout": "7200"}
    made = replace(view.request, properties=properties)
    verdict = Wording(made).handed_over(Memo(last_status="absent"), None)
    assert verdict.physical_id == f"unknown:{made.request_id}"
    assert verdict.data["SolutionVersionArn"] == verdict.physical_id
    assert (
        verdict.reason
        == f"Solution version {resource_name(made)} is absent; a wait segment goes on"
    )


def test_a_success_carries_a_jobs_attributes() -> None:
    output = {"s3DataDestination": {"path": "s3://data/out/"}}
    description = {"batchInferenceJobArn": "arn", "jobName": "run", "jobOutput": output}
    view = described(Case(kind=JOB), description)
    assert Wording(view.request).success("arn", view).data == {
        "BatchInferenceJobArn": "arn",
        "JobName": "run",
        "OutputPath": "s3://data/out/",
    }


@pytest.mark.parametrize("case", [case for case, _, step in CONVERGING if step is Step.FAIL])
def test_every_failure_names_the_resource(case: Case) -> None:
    words = worded(case)
    assert case.view().target_arn.rsplit("/")[-1] in words
    assert "\n" not in words


@pytest.mark.parametrize(
    ("case", "property_name"),
    [(Case(owned="foreign"), "Name"), (Case(kind=JOB, owned="foreign"), "JobName")],
)
def test_a_taken_name_is_told_with_the_way_out(case: Case, property_name: str) -> None:
    words = worded(case)
    assert "exists already and was not made by this resource of this stack" in words
    assert f"Choose another {property_name}, or leave the name out." in words
    assert ("Or take it over with AdoptExisting." in words) is (case.kind == CAMPAIGN)


@pytest.mark.parametrize("kind", [CAMPAIGN, JOB])
def test_a_failed_creation_is_told_in_the_services_words(kind: str) -> None:
    case = Case(kind=kind, status="CREATE FAILED")
    assert worded(case, failure="Too little data.").endswith("is CREATE FAILED: Too little data.")
    assert worded(case).endswith("is CREATE FAILED: the service gave no reason")


@pytest.mark.parametrize("reason", ["No data.", "No data"])
def test_a_job_that_failed_before_has_used_its_name_up(reason: str) -> None:
    failed = Case(kind=JOB, status="CREATE FAILED", owned="earlier", named=True)
    words = worded(failed, failure=reason)
    assert "No data. It cannot be deleted" in words
    assert "its name is used up: choose another JobName" in words


def test_one_whose_name_nobody_chose_runs_again_with_the_next_deploy() -> None:
    words = worded(Case(kind=JOB, status="CREATE FAILED", owned="earlier"), failure="No data")
    assert words.endswith("is CREATE FAILED: No data. Deploy again for another run.")


def test_a_job_with_other_properties_has_used_its_name_up() -> None:
    words = worded(Case(kind=JOB, other_properties=True))
    assert "exists with other properties" in words
    assert "choose another JobName, or leave the name out" in words


def test_a_failed_update_is_told_in_the_updates_words() -> None:
    view = Case(type="Update", runs=ELSE, update="CREATE FAILED").view()
    assert view.found is not None
    assert view.found.update is not None
    update = replace(view.found.update, failure_reason="No capacity.")
    view = replace(view, found=replace(view.found, update=update))
    words = Wording(view.request).why_not(view, Situation.UPDATE_FAILED)
    assert words.startswith("The update of Campaign shop-")
    assert words.endswith("is CREATE FAILED: No capacity.")


def test_an_update_that_was_not_taken_says_so() -> None:
    words = worded(Case(type="Update", runs=ELSE, update="ACTIVE"))
    assert "describes another configuration than the one asked for" in words


@pytest.mark.parametrize("kind", [CAMPAIGN, JOB])
def test_a_removal_keeps_the_id(kind: str) -> None:
    made = request("Delete", kind=kind)
    for arn in (made.physical_id, ""):
        verdict = Wording(made).removed(arn)
        assert (verdict.status, verdict.physical_id) == (Status.SUCCESS, made.physical_id)


def test_what_a_delete_left_alone_is_not_called_deleted() -> None:
    made = request("Delete")
    reason = Wording(made).removed(made.physical_id, kept=Kept.FOREIGN).reason
    assert "left alone" in reason
    assert "deleted" not in reason


def test_what_was_given_back_is_told_to_be_kept() -> None:
    made = request("Delete")
    verdict = Wording(made).removed(made.physical_id, kept=Kept.GIVEN_BACK)
    assert verdict.status is Status.SUCCESS
    assert verdict.reason == (
        f"{made.physical_id}: there before this resource of this stack, so it is kept"
    )


def test_what_was_adopted_is_told_to_be() -> None:
    view = Case(adopts=True, adopted=True).view()
    reason = Wording(view.request).success("arn", view).reason
    assert reason == "arn is ACTIVE; it was there before, and is adopted"


def test_what_cannot_be_adopted_is_told_with_its_own_reason() -> None:
    words = worded(
        Case(adopts=True, owned="unmarked", status="CREATE FAILED"), failure="Too little data."
    )
    assert "exists already and is CREATE FAILED, so it cannot be adopted: Too little data." in words
    assert "Delete it, and deploy again. Or choose another Name." in words


def test_what_was_adopted_and_failed_is_not_made_anew() -> None:
    words = worded(Case(adopts=True, adopted=True, owned="earlier", status="DELETE FAILED"))
    assert "It was there before, so it is not made anew: delete it, and deploy again." in words
    assert "used up" not in words


def test_whose_a_resource_is_is_told_where_it_is_known() -> None:
    owned = worded(Case(owned="foreign"))
    assert "It belongs to Campaign7A1B2C3D of another stack." in owned
    assert "It belongs to" not in worded(Case(owned="unmarked"))


def test_the_record_of_a_job_stays_and_the_answer_says_so() -> None:
    made = request("Delete", kind=JOB, PhysicalResourceId="arn")
    assert "its record stays" in Wording(made).removed("arn").reason


def test_refusals_carry_the_services_words() -> None:
    say = Wording(request())
    words = "CreateCampaign: InvalidInputException: no"
    assert words in say.refused(RefusedError(words))
    assert words in say.denied(DeniedError(words))
    assert "Campaign7A1B2C3D" in say.stack_does_not_show()


def test_too_late_tells_what_was_seen_last_and_the_way_out() -> None:
    memo = Memo(target_arn="arn:x", last_status="CREATE IN_PROGRESS", last_error="Describe: slow")
    words = Wording(request()).too_late(memo, None)
    assert words.startswith("arn:x is CREATE IN_PROGRESS, not ACTIVE as asked for, after 50 min")
    assert "The latest error: Describe: slow." in words
    assert words.endswith("give it some with `timeout`, 48 hours at most.")


def test_a_delete_that_is_too_late_says_delete_again() -> None:
    view = Case(status="CREATE IN_PROGRESS").view()
    words = Wording(request("Delete")).too_late(Memo(), view.found)
    assert words == f"{view.target_arn} is CREATE IN_PROGRESS after 59 minutes: delete again."


def test_a_delete_with_an_invented_id_names_what_its_create_may_have_made() -> None:
    """The last look may have failed, and CloudFormation's users need the ARN all the same."""
    invented = request("Delete", PhysicalResourceId="shop-Campaign7A1B2C3D-1KX2", properties={})
    words = Wording(invented).too_late(Memo(last_status="CREATE IN_PROGRESS"), None)
    assert words.startswith(f"{own_arn(invented)} is CREATE IN_PROGRESS after 59 minutes: delete")


@pytest.mark.parametrize(
    ("position", "told"), [(1, "59 minutes"), (2, "118 minutes"), (3, "3 hours")]
)
def test_the_last_link_tells_the_whole_timeout_and_one_before_the_time_gone(
    position: int, told: str
) -> None:
    properties = {**CAMPAIGN_PROPERTIES, "Timeout": "10800"}
    late = replace(request("Update", properties=properties), position=position)
    assert f"not ACTIVE as asked for, after {told}. " in Wording(late).too_late(Memo(), None)


@pytest.mark.parametrize(
    ("timeout", "position", "told"),
    [("900", 1, "59 minutes"), ("9000", 3, "177 minutes"), ("10800", 3, "177 minutes")],
)
def test_a_rollback_that_is_too_late_tells_the_time_that_it_had(
    timeout: str, position: int, told: str
) -> None:
    properties = {**CAMPAIGN_PROPERTIES, "Timeout": timeout}
    late = replace(request("Update", properties=properties), position=position)
    words = Wording(late).too_late(Memo(more_time=True), None)
    assert f"not ACTIVE as asked for, after {told}. " in words


def test_a_replacement_that_failed_is_not_forgotten_when_time_runs_out() -> None:
    words = Wording(request("Update")).too_late(Memo(failure="No data"), None)
    assert "A replacement had failed: No data." in words
