"""The demo's judgement, without a cloud: an expectation that is not met is told, and by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from demo import expectations as expect
from demo.expectations import Expectation
from demo.seen import CAMPAIGN, Seen, short
from demo.steps import REASON, STEPS
from demo.timeline import timeline
from local_aws.cdk_cli import Outcome
from local_aws.events import StackEvent

ARN = "arn:aws:personalize:us-east-1:123456789012:campaign/c"


def event(status: str, at_s: float, reason: str = "", kind: str = CAMPAIGN) -> StackEvent:
    return StackEvent(
        datetime.fromtimestamp(at_s, UTC), "CampaignBB1DC5FF", kind, status, reason, ARN
    )


def status(new: str | None, at_s: float, what: str = "campaign") -> dict[str, Any]:
    return {"kind": "status", "at_s": at_s, "arn": ARN, "what": what, "new": new, "reason": None}


def request(operation: str, at_s: float) -> dict[str, Any]:
    return {"kind": "request", "at_s": at_s, "operation": operation, "name": "c", "outcome": "ok"}


SEEN = Seen(
    stack="Recommendations",
    started_s=1000.0,
    outcome=Outcome(("deploy",), 0, "done"),
    events=(
        event("CREATE_IN_PROGRESS", 1001.0),
        event("CREATE_COMPLETE", 1005.0),
        event("CREATE_COMPLETE", 1006.0, kind="AWS::CloudFormation::Stack"),
    ),
    log=(request("CreateCampaign", 1002.0), status("ACTIVE", 1004.0)),
    outputs={"CampaignArn": ARN, "JobArn": "job-2", "OutputPath": "s3://data/out/"},
    exploration={"explorationWeight": "0.3"},
    mailings=({"job": "job-2", "recommendations": "s3://data/out/"},),
    job_output=('{"output": {"recommendedItems": ["1", "2"]}, "error": null}',),
    campaigns=(ARN,),
    left=(),
    before=None,
)


@pytest.mark.parametrize(
    ("expectation", "spoilt"),
    [
        (expect.the_command(succeeds=True), replace(SEEN, outcome=Outcome((), 1, ""))),
        (expect.the_stack_ends("CREATE_COMPLETE"), replace(SEEN, events=())),
        (
            expect.campaign_is_complete("CREATE_COMPLETE"),
            replace(SEEN, log=(status("ACTIVE", 1005.5),)),
        ),
        (expect.campaign_is_complete("CREATE_COMPLETE"), replace(SEEN, log=())),
        (expect.campaign_is_complete("CREATE_COMPLETE"), replace(SEEN, events=())),
        (
            expect.changed_by("CreateCampaign", kind="Campaign"),
            replace(SEEN, log=(*SEEN.log, request("CreateCampaign", 1003.0))),
        ),
        (expect.one_campaign(), replace(SEEN, campaigns=(ARN, "another"))),
        (expect.serves_with("0.3"), replace(SEEN, exploration=None)),
        (expect.output_lines(1, items=2), replace(SEEN, job_output=())),
        (
            expect.output_lines(1, items=2),
            replace(SEEN, job_output=('{"output": null, "error": "malformed"}',)),
        ),
        (expect.same_campaign_as_before(), replace(SEEN, before=replace(SEEN, campaigns=()))),
        (expect.another_job(), replace(SEEN, before=SEEN)),
        (expect.shown_reason(REASON), SEEN),
        (expect.failure_names_the_campaign(), SEEN),
        (expect.mailing_is_due(), replace(SEEN, mailings=())),
        (expect.mailing_is_due(), replace(SEEN, mailings=SEEN.mailings * 2)),
        (expect.no_campaign_left(), SEEN),
        (expect.gone_before_deleted(), SEEN),
        (expect.nothing_left(), replace(SEEN, left=("logs /aws/lambda/f",))),
    ],
)
def test_an_expectation_that_is_not_met_says_what_is_the_matter(
    expectation: Expectation, spoilt: Seen
) -> None:
    assert expectation.fault(spoilt)


@pytest.mark.parametrize(
    "expectation",
    [
        expect.the_command(succeeds=True),
        expect.the_stack_ends("CREATE_COMPLETE"),
        expect.campaign_is_complete("CREATE_COMPLETE"),
        expect.changed_by("CreateCampaign", kind="Campaign"),
        expect.changed_by(kind="BatchInferenceJob"),
        expect.one_campaign(),
        expect.serves_with("0.3"),
        expect.output_lines(1, items=2),
        expect.mailing_is_due(),
        expect.nothing_left(),
    ],
    ids=lambda each: each.name,
)
def test_an_expectation_that_is_met_says_nothing(expectation: Expectation) -> None:
    assert expectation.fault(SEEN) is None


def test_every_expectation_of_a_step_has_a_name_of_its_own() -> None:
    for step in STEPS:
        names = [each.name for each in step.expectations]
        assert len(set(names)) == len(names), step.title


def test_the_timeline_tells_both_sides_in_order_of_time() -> None:
    console = Console(width=100, record=True, file=None, quiet=False)
    with console.capture() as capture:
        console.print(timeline(SEEN))
    rows = [line.split() for line in capture.get().splitlines() if line.strip().startswith("+")]
    assert [row[0] for row in rows] == ["+1.00", "+2.00", "+4.00", "+5.00", "+6.00"]
    assert "CreateCampaign" in rows[1]


def test_a_logical_id_is_told_without_the_hash() -> None:
    assert short("CampaignBB1DC5FF") == "Campaign"
    assert short("Campaign") == "Campaign"
