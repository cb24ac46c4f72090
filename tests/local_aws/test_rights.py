"""What a caller of Personalize has to be allowed, call by call."""

from __future__ import annotations

from typing import Any, Final

import pytest

from local_aws.gaps.personalize import Right, needed_rights

PLACE: Final = "arn:aws:personalize:us-east-1:123456789012"
SOLUTION: Final = f"{PLACE}:solution/movies"
VERSION: Final = f"{SOLUTION}/5f3a9c1e"
GROUP: Final = f"{PLACE}:dataset-group/club"
ROLE: Final = "arn:aws:iam::123456789012:role/reader"
PASSED: Final = Right("iam:PassRole", ROLE, {"iam:PassedToService": "personalize.amazonaws.com"})
TAGS: Final = [{"tagKey": "k", "tagValue": "v"}]

CREATES: Final[dict[str, tuple[dict[str, Any], list[str]]]] = {
    "CreateCampaign": (
        {"name": "c", "solutionVersionArn": VERSION},
        [f"{PLACE}:campaign/c", SOLUTION],
    ),
    "CreateBatchInferenceJob": (
        {"jobName": "j", "solutionVersionArn": VERSION},
        [f"{PLACE}:batch-inference-job/j", SOLUTION],
    ),
    "CreateBatchSegmentJob": (
        {"jobName": "j", "solutionVersionArn": VERSION},
        [f"{PLACE}:batch-segment-job/j", SOLUTION],
    ),
    "CreateRecommender": (
        {"name": "r", "datasetGroupArn": GROUP, "recipeArn": "arn:aws:personalize:::recipe/any"},
        [f"{PLACE}:recommender/r", GROUP],
    ),
    "CreateSolutionVersion": ({"name": "v", "solutionArn": SOLUTION}, [SOLUTION]),
}
"""A create's input, and what it is judged by; what is made comes first."""


def needed(operation: str, request: dict[str, Any]) -> list[Right]:
    return list(needed_rights(operation, request, region="us-east-1", account="123456789012"))


@pytest.mark.parametrize("operation", CREATES)
def test_a_create_is_judged_by_what_it_makes_and_what_it_makes_it_from(operation: str) -> None:
    request, resources = CREATES[operation]
    rights = [Right(f"personalize:{operation}", each) for each in resources]
    assert needed(operation, request) == rights


@pytest.mark.parametrize("operation", CREATES)
def test_tags_and_a_role_take_rights_of_their_own(operation: str) -> None:
    request, resources = CREATES[operation]
    found = needed(operation, {**request, "tags": TAGS, "roleArn": ROLE})
    assert found[len(resources) :] == [Right("personalize:TagResource", resources[0]), PASSED]


@pytest.mark.parametrize(
    ("operations", "member", "arn"),
    [
        (["DescribeCampaign", "UpdateCampaign", "DeleteCampaign"], "campaignArn", "campaign/c"),
        (["DescribeBatchInferenceJob"], "batchInferenceJobArn", "batch-inference-job/j"),
        (["DescribeBatchSegmentJob"], "batchSegmentJobArn", "batch-segment-job/j"),
        (
            [f"{verb}Recommender" for verb in ("Describe", "Update", "Delete", "Start", "Stop")],
            "recommenderArn",
            "recommender/r",
        ),
        (
            ["DescribeSolutionVersion", "StopSolutionVersionCreation"],
            "solutionVersionArn",
            "solution/movies/5f3a9c1e",
        ),
    ],
)
def test_what_is_done_to_a_resource_is_judged_by_its_arn_alone(
    operations: list[str], member: str, arn: str
) -> None:
    given = {member: f"{PLACE}:{arn}", "solutionVersionArn": f"{PLACE}:{arn}"}
    for operation in operations:
        assert needed(operation, given) == [Right(f"personalize:{operation}", f"{PLACE}:{arn}")]


@pytest.mark.parametrize(
    "operation",
    ["ListBatchInferenceJobs", "ListSolutionVersions", "ListRecommenders", "CreateDataset"],
)
def test_lists_and_what_the_handler_never_calls_take_a_right_to_everything(
    operation: str,
) -> None:
    given = {"solutionVersionArn": VERSION, "datasetGroupArn": GROUP, "name": "any"}
    assert needed(operation, given) == [Right(f"personalize:{operation}")]


@pytest.mark.parametrize("operation", ["TagResource", "UntagResource", "ListTagsForResource"])
def test_what_is_done_to_tags_is_judged_by_whose_they_are(operation: str) -> None:
    assert needed(operation, {"resourceArn": "a"}) == [Right(f"personalize:{operation}", "a")]
