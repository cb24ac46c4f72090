"""The demo's steps: what is run, and what has to hold afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from demo import expectations as expect
from demo.expectations import Expectation

REASON: Final = "The solution version could not be deployed with the requested exploration weight."
"""What Personalize says of the update that is planned to fail."""

USERS: Final = 5
"""Lines of the input file that app.py writes."""


@dataclass(frozen=True)
class Step:
    """One cdk command.

    Attributes:
        title: What it is about, as a user would say it.
        command: What the cdk CLI is asked to do.
        context: The app's context values.
        expectations: What has to hold afterwards, in the order in which it is told.
        plan: What Personalize is told beforehand, by a pattern of names.
        shows_output: Whether the job's output is new, and worth a look.
    """

    title: str
    command: Literal["deploy", "destroy"]
    context: Mapping[str, str]
    expectations: tuple[Expectation, ...]
    plan: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    shows_output: bool = False


STEPS: Final = (
    Step(
        "Deploy a campaign and a batch inference job, among a team's other resources",
        "deploy",
        {},
        (
            expect.the_command(succeeds=True),
            expect.the_stack_ends("CREATE_COMPLETE"),
            expect.changed_by("CreateCampaign", kind="Campaign"),
            expect.changed_by("CreateBatchInferenceJob", kind="BatchInferenceJob"),
            expect.campaign_is_complete("CREATE_COMPLETE"),
            expect.job_is_complete("CREATE_COMPLETE"),
            expect.one_campaign(),
            expect.serves_with("0.3"),
            expect.output_lines(USERS, items=25),
            expect.mailing_is_due(),
        ),
        shows_output=True,
    ),
    Step(
        "Let the campaign explore more",
        "deploy",
        {"explorationWeight": "0.5"},
        (
            expect.the_command(succeeds=True),
            expect.the_stack_ends("UPDATE_COMPLETE"),
            expect.changed_by("UpdateCampaign", kind="Campaign"),
            expect.campaign_is_complete("UPDATE_COMPLETE", "update"),
            expect.same_campaign_as_before(),
            expect.serves_with("0.5"),
            expect.mailing_is_due(),
        ),
    ),
    Step(
        "An update that Personalize lets fail is rolled back",
        "deploy",
        {"explorationWeight": "0.9"},
        (
            expect.the_command(succeeds=False),
            expect.shown_reason(REASON),
            expect.failure_names_the_campaign(),
            expect.the_stack_ends("UPDATE_ROLLBACK_COMPLETE"),
            expect.same_campaign_as_before(),
            expect.serves_with("0.5"),
        ),
        # The second update, that is; the one of the rollback, should there be one, succeeds.
        plan={"*": {"update_fails": {"2": REASON}}},
    ),
    Step(
        "Replace the job: jobs cannot be changed, so other properties are another job",
        "deploy",
        {"explorationWeight": "0.5", "numResults": "10"},
        (
            expect.the_command(succeeds=True),
            expect.the_stack_ends("UPDATE_COMPLETE"),
            expect.changed_by("CreateBatchInferenceJob", kind="BatchInferenceJob"),
            expect.changed_by(kind="Campaign"),
            expect.job_is_complete("UPDATE_COMPLETE"),
            expect.another_job(),
            expect.same_campaign_as_before(),
            expect.output_lines(USERS, items=10),
            expect.mailing_is_due(),
        ),
        shows_output=True,
    ),
    Step(
        "Destroy everything",
        "destroy",
        {"explorationWeight": "0.5", "numResults": "10"},
        (
            expect.the_command(succeeds=True),
            expect.the_stack_ends("DELETE_COMPLETE"),
            expect.changed_by("DeleteCampaign", kind="Campaign"),
            expect.gone_before_deleted(),
            expect.no_campaign_left(),
            expect.nothing_left(),
        ),
    ),
)
