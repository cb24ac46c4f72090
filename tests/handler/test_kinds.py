"""What tells the kinds apart, and what a new kind need not state."""

from __future__ import annotations

import pytest

from handler.given import CAMPAIGN, JOB, RECOMMENDER, SEGMENT_JOB, TRAINING
from personalize_provider.resources import SPECS, Change, ResourceSpec
from personalize_provider.resources.spec import Operations
from personalize_provider.schema import Structure


@pytest.mark.parametrize(
    ("kind", "title", "has_triggers", "waits_for_quota"),
    [
        (CAMPAIGN, "Campaign", False, False),
        (JOB, "Batch inference job", True, True),
        (TRAINING, "Solution version", True, True),
        (SEGMENT_JOB, "Batch segment job", True, True),
        (RECOMMENDER, "Recommender", False, False),
    ],
)
def test_kinds_differ_in_title_triggers_and_in_what_waiting_helps(
    kind: str, title: str, has_triggers: bool, waits_for_quota: bool
) -> None:
    spec = SPECS[kind]
    assert spec.cloudformation_type == kind
    assert spec.title == title
    assert spec.has_triggers is has_triggers
    assert spec.waits_for_quota is waits_for_quota


@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        (
            CAMPAIGN,
            {"CampaignArn", "Name", "Status", "CreationDateTime", "LastUpdatedDateTime"},
        ),
        (JOB, {"BatchInferenceJobArn", "JobName", "Status", "OutputPath"}),
        (
            TRAINING,
            {
                *("SolutionVersionArn", "Name", "SolutionArn", "Status", "TrainingHours"),
                *("CreationDateTime", "LastUpdatedDateTime"),
            },
        ),
        (SEGMENT_JOB, {"BatchSegmentJobArn", "JobName", "Status", "OutputPath"}),
        (
            RECOMMENDER,
            {"RecommenderArn", "Name", "Status", "CreationDateTime", "LastUpdatedDateTime"},
        ),
    ],
)
def test_attributes_are_named_as_templates_ask_for_them(kind: str, attributes: set[str]) -> None:
    assert set(SPECS[kind].attributes) == attributes


def test_a_kind_that_states_no_more_has_no_triggers_defaults_rules_or_quota_to_wait_for() -> None:
    spec = ResourceSpec(
        title="Thing",
        cloudformation_type="Custom::Thing",
        arn_resource="thing",
        name_member="name",
        arn_member="thingArn",
        described_member="thing",
        operations=Operations(create="CreateThing", describe="DescribeThing"),
        properties=Structure(members={}),
        change=Change.REPLACEMENT,
        attributes={},
    )
    operations = spec.operations
    assert (operations.update, operations.delete, operations.list) == (None, None, None)
    assert (spec.update_member, spec.list_member, spec.list_filter) == (None, None, None)
    assert (spec.defaults, spec.equivalent, spec.rules) == ({}, {}, ())
    assert (operations.stop, operations.start) == (None, None)
    assert operations.all() == ("CreateThing", "DescribeThing")
    assert (spec.arn_from_service, spec.fixed_members, spec.created_from) == (False, (), ())
    assert (spec.can_be_undone, spec.may_be_left) == (False, False)
    assert spec.has_triggers is False
    assert spec.waits_for_quota is False
    assert spec.faults({}) == ()


MADE_FROM = {
    CAMPAIGN: ("solution",),
    JOB: ("solution",),
    TRAINING: (),
    SEGMENT_JOB: ("solution",),
    RECOMMENDER: ("dataset-group",),
}
TOLD = {
    CAMPAIGN: {},
    JOB: {"outputPath": ("jobOutput", "s3DataDestination", "path")},
    TRAINING: {"solutionArn": ("solutionArn",), "trainingHours": ("trainingHours",)},
    SEGMENT_JOB: {"outputPath": ("jobOutput", "s3DataDestination", "path")},
    RECOMMENDER: {},
}


def test_a_create_is_judged_by_what_it_is_made_from() -> None:
    assert {kind: spec.created_from for kind, spec in SPECS.items()} == MADE_FROM


def test_an_event_tells_more_of_some_kinds() -> None:
    assert {kind: spec.told for kind, spec in SPECS.items()} == TOLD


def test_what_no_update_can_change_is_replaced() -> None:
    in_place = {kind for kind, spec in SPECS.items() if spec.change is Change.IN_PLACE}
    replaced = {kind for kind, spec in SPECS.items() if spec.change is Change.REPLACEMENT}
    assert in_place == {CAMPAIGN, RECOMMENDER}
    assert replaced == {JOB, TRAINING, SEGMENT_JOB}


def test_only_what_starts_again_may_rest() -> None:
    assert {kind for kind, spec in SPECS.items() if spec.may_rest} == {RECOMMENDER}
