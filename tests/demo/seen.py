"""What a step of the demo brought to light: everything that expectations judge."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from local_aws.cdk_cli import Outcome
from local_aws.events import StackEvent

CAMPAIGN: Final = "Custom::PersonalizeCampaign"
JOB: Final = "Custom::PersonalizeBatchInferenceJob"
_READING: Final = ("Describe", "List")


@dataclass(frozen=True)
class Seen:
    """One step, from both sides.

    Attributes:
        stack: The stack's name.
        started_s: When the command started, in epoch seconds.
        outcome: Of the cdk CLI.
        events: Of the stack, during this step.
        log: Of the emulator, during this step.
        outputs: Of the stack after the step, by name; empty once it is gone.
        exploration: The configuration that the campaign serves with, or None without a campaign.
        mailings: What the job's completion put on the queue, as its rule words it.
        job_output: The lines of the job's output file, or none.
        campaigns: ARNs of the campaigns that exist after the step.
        left: What the stack made in the account and is still there, once it was destroyed.
        before: The step before.
    """

    stack: str
    started_s: float
    outcome: Outcome
    events: tuple[StackEvent, ...]
    log: tuple[Mapping[str, Any], ...]
    outputs: Mapping[str, str]
    exploration: Mapping[str, str] | None
    mailings: tuple[Mapping[str, str], ...]
    job_output: tuple[str, ...]
    campaigns: tuple[str, ...]
    left: tuple[str, ...]
    before: Seen | None

    def event(self, resource_type: str, status: str) -> StackEvent | None:
        """The first event of a type of resource with a status."""
        return next(
            (
                each
                for each in self.events
                if (each.resource_type, each.status) == (resource_type, status)
            ),
            None,
        )

    def stack_statuses(self) -> list[str]:
        """The statuses that the stack went through."""
        return [each.status for each in self.events if each.is_stack]

    def status_s(self, what: str, new: str) -> float | None:
        """When Personalize came to a status: of a "campaign", an "update" or a "job"."""
        times = [
            each["at_s"]
            for each in self.log
            if each["kind"] == "status" and (each["what"], each["new"]) == (what, new)
        ]
        return times[-1] if times else None

    def changes(self) -> list[str]:
        """The calls by which Personalize was changed, in order."""
        return [
            each["operation"]
            for each in self.log
            if each["kind"] == "request"
            and each["outcome"] == "ok"
            and not each["operation"].startswith(_READING)
        ]


def short(logical_id: str) -> str:
    """A logical id without the hash that the CDK appends."""
    return re.sub(r"[0-9A-F]{8}$", "", logical_id)
