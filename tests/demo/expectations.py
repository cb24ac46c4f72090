"""What has to hold after a step, each thing with a name of its own.

An expectation answers None when it holds, or else what is the matter. Several are made by a
function, because they are the same for a campaign and for a job.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from demo.seen import CAMPAIGN, JOB, Seen


@dataclass(frozen=True)
class Expectation:
    """A sentence that holds after a step, and how to tell that it does not."""

    name: str
    fault: Callable[[Seen], str | None]


def the_command(*, succeeds: bool) -> Expectation:
    """The cdk CLI's exit code is as it should be."""

    def fault(seen: Seen) -> str | None:
        code = seen.outcome.exit_code
        return None if (code == 0) is succeeds else f"it exited with {code}"

    told = "succeeds" if succeeds else "fails"
    return Expectation(f"the cdk command {told}", fault)


def the_stack_ends(status: str) -> Expectation:
    """The stack's last status."""

    def fault(seen: Seen) -> str | None:
        statuses = seen.stack_statuses()
        return None if statuses[-1:] == [status] else f"it went through {statuses}"

    return Expectation(f"the stack ends as {status}", fault)


def complete_after_active(resource_type: str, status: str, what: str) -> Expectation:
    """CloudFormation says complete only once Personalize said active, by Personalize's own log."""

    def fault(seen: Seen) -> str | None:
        active_s = seen.status_s(what, "ACTIVE")
        event = seen.event(resource_type, status)
        if active_s is None:
            return f"Personalize never said ACTIVE of the {what}"
        if event is None:
            return f"CloudFormation never said {status}"
        late_s = event.time.timestamp() - active_s
        return None if late_s > 0 else f"CloudFormation said so {-late_s:.3f} s too early"

    subject = {"campaign": "campaign", "update": "campaign's update", "job": "job"}[what]
    return Expectation(f"{status} comes after Personalize says ACTIVE of the {subject}", fault)


def changed_by(*operations: str, kind: Literal["Campaign", "BatchInferenceJob"]) -> Expectation:
    """Exactly these calls changed something of a kind; none of them, without operations."""

    def fault(seen: Seen) -> str | None:
        changes = [each for each in seen.changes() if each.endswith(kind)]
        return None if changes == list(operations) else f"the calls were {changes}"

    told = {"Campaign": "campaign", "BatchInferenceJob": "job"}[kind]
    if not operations:
        return Expectation(f"no call touches the {told}", fault)
    return Expectation(f"one call about the {told}: {', '.join(operations)}", fault)


def same_campaign_as_before() -> Expectation:
    """The campaign is the one of the step before, and the only one."""

    def fault(seen: Seen) -> str | None:
        before = seen.before.campaigns if seen.before else ()
        return (
            None if seen.campaigns == before else f"there was {before}, there is {seen.campaigns}"
        )

    return Expectation("it is still the same campaign", fault)


def one_campaign() -> Expectation:
    """Exactly one campaign exists, and it is the one that the stack's outputs name."""

    def fault(seen: Seen) -> str | None:
        wanted = (seen.outputs.get("CampaignArn"),)
        return None if seen.campaigns == wanted else f"there is {seen.campaigns}"

    return Expectation("there is one campaign, the one in the stack's outputs", fault)


def serves_with(weight: str) -> Expectation:
    """The campaign serves with this exploration weight."""

    def fault(seen: Seen) -> str | None:
        found = (seen.exploration or {}).get("explorationWeight")
        return None if found == weight else f"it serves with {found}"

    return Expectation(f"the campaign serves with an exploration weight of {weight}", fault)


def shown_reason(reason: str) -> Expectation:
    """The service's own words reach the stack's event and the terminal."""

    def fault(seen: Seen) -> str | None:
        event = seen.event(CAMPAIGN, "UPDATE_FAILED")
        if event is None or reason not in event.reason:
            return f"the stack's event says {event.reason if event else None!r}"
        # The CLI breaks lines where it likes.
        if reason not in " ".join(seen.outcome.output.split()):
            return "the terminal does not show it"
        return None

    return Expectation("the service's own reason is in the stack's event and the terminal", fault)


def failure_names_the_campaign() -> Expectation:
    """The failure carries the real physical id, so the rollback keeps to the same campaign."""

    def fault(seen: Seen) -> str | None:
        event = seen.event(CAMPAIGN, "UPDATE_FAILED")
        found = event.physical_id if event else None
        return None if found == seen.outputs.get("CampaignArn") else f"it carries {found!r}"

    return Expectation("the failure carries the campaign's ARN", fault)


def another_job() -> Expectation:
    """The job was replaced."""

    def fault(seen: Seen) -> str | None:
        before = seen.before.outputs.get("JobArn") if seen.before else None
        now = seen.outputs.get("JobArn")
        return None if now and now != before else f"it is {now}, as before"

    return Expectation("the stack's outputs name another job", fault)


def output_lines(users: int, *, items: int) -> Expectation:
    """The job really read its input and wrote a line for each user."""

    def fault(seen: Seen) -> str | None:
        lines = [json.loads(line) for line in seen.job_output]
        if len(lines) != users:
            return f"there are {len(lines)} lines"
        if errors := [line["error"] for line in lines if line["error"]]:
            return f"there are errors: {errors}"
        found = {len(line["output"]["recommendedItems"]) for line in lines}
        return None if found == {items} else f"there are {found} items a user"

    return Expectation(f"the job wrote {items} items for each of {users} users to S3", fault)


def mailing_is_due() -> Expectation:
    """The job's completion, and nothing else, has started what comes after it."""

    def fault(seen: Seen) -> str | None:
        job = seen.outputs.get("JobArn", "").rpartition("/")[2]
        wanted = ({"job": job, "recommendations": seen.outputs.get("OutputPath")},)
        return None if seen.mailings == wanted else f"the queue held {seen.mailings}"

    return Expectation("an event of the job's completion asks for one mailing", fault)


def no_campaign_left() -> Expectation:
    """Personalize has no campaign any more."""

    def fault(seen: Seen) -> str | None:
        return f"there is {seen.campaigns}" if seen.campaigns else None

    return Expectation("no campaign is left", fault)


def gone_before_deleted() -> Expectation:
    """CloudFormation says deleted only once the campaign is gone, by Personalize's own log."""

    def fault(seen: Seen) -> str | None:
        gone_s = next(
            (
                each["at_s"]
                for each in seen.log
                if each["kind"] == "status" and each["what"] == "campaign" and each["new"] is None
            ),
            None,
        )
        event = seen.event(CAMPAIGN, "DELETE_COMPLETE")
        if gone_s is None or event is None:
            return "it was not deleted"
        late_s = event.time.timestamp() - gone_s
        return None if late_s > 0 else f"CloudFormation said so {-late_s:.3f} s too early"

    return Expectation("DELETE_COMPLETE comes after the campaign is gone", fault)


def nothing_left() -> Expectation:
    """The stack's functions, roles, log groups and the like are gone as well."""

    def fault(seen: Seen) -> str | None:
        return f"there is {', '.join(seen.left)}" if seen.left else None

    return Expectation("nothing else of the stack is left in the account", fault)


def job_is_complete(status: str) -> Expectation:
    """A job's CREATE_COMPLETE or UPDATE_COMPLETE comes after its ACTIVE."""
    return complete_after_active(JOB, status, "job")


def campaign_is_complete(status: str, what: str = "campaign") -> Expectation:
    """A campaign's CREATE_COMPLETE or UPDATE_COMPLETE comes after ACTIVE of what it waited for."""
    return complete_after_active(CAMPAIGN, status, what)
