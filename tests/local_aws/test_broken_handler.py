"""A handler that cannot be imported: the create fails with the cause, at once, and rolls back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from local_aws.cdk_cli import CdkCli, Outcome
from local_aws.engine import Engine
from local_aws.events import StackEvent, first, stack_events, statuses
from local_aws.stacks import Recommendations, break_asset, synthesized

pytestmark = pytest.mark.local_aws

SYNTAX_ERROR = "def handler(event, context)\n    return None\n"
AT_ONCE_S = 20.0


@dataclass(frozen=True)
class Failure:
    """What a deploy with a broken handler came to."""

    outcome: Outcome
    events: list[StackEvent]
    logical_id: str


def deploy_broken(engine: Engine, folder: Path, stack: str, file: str) -> Failure:
    assembly = synthesized(folder / "cdk.out", stack, Recommendations().build)
    break_asset(assembly, f"personalize_provider/{file}", SYNTAX_ERROR)
    outcome = CdkCli(engine, folder, app=str(assembly)).deploy()
    events = stack_events(engine, stack)
    logical_id = next(
        each.logical_id for each in events if each.resource_type == "Custom::PersonalizeCampaign"
    )
    return Failure(outcome, events, logical_id)


@pytest.mark.parametrize(
    ("stack", "file", "ends_as"),
    [
        ("BrokenInside", "lifecycle.py", "ROLLBACK_COMPLETE"),
        # Nobody is left to tell that nothing was created, so the rollback's Delete fails too.
        ("BrokenEntry", "entry.py", "ROLLBACK_FAILED"),
    ],
    ids=["a room behind the entry", "the entry itself"],
)
def test_a_handler_that_cannot_be_imported_fails_the_create_with_the_cause_at_once(
    engine: Engine, tmp_path: Path, stack: str, file: str, ends_as: str
) -> None:
    failure = deploy_broken(engine, tmp_path, stack, file)

    assert failure.outcome.exit_code != 0
    started = first(failure.events, failure.logical_id, "CREATE_IN_PROGRESS")
    failed = first(failure.events, failure.logical_id, "CREATE_FAILED")
    assert (failed.time - started.time).total_seconds() < AT_ONCE_S
    assert "expected ':'" in failed.reason
    assert file in failed.reason
    assert "SyntaxError" in failed.reason
    assert statuses(failure.events, stack)[-1] == ends_as
    campaigns = [each["arn"] for each in engine.personalize.resources() if stack in each["arn"]]
    assert campaigns == []
