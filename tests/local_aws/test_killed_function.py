"""A function's process is killed in the middle of a tick, and the create comes to its end."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from local_aws.cdk_cli import CdkCli
from local_aws.conftest import QUICK, ready
from local_aws.engine import Engine
from local_aws.events import stack_events, statuses
from local_aws.relay import Moment, Relay
from local_aws.stacks import Recommendations, synthesized

pytestmark = pytest.mark.local_aws


@dataclass
class Killer:
    """Kills, once each, whatever function waits for a call at a moment.

    Attributes:
        targets: Operations and moments that are still to be killed at.
        killed: The process ids that were killed.
    """

    engine: Engine | None = None
    targets: set[tuple[str, Moment]] = field(default_factory=set)
    killed: list[int] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, operation: str, moment: Moment) -> None:
        with self._lock:
            if self.engine is None or (operation, moment) not in self.targets:
                return
            self.targets.discard((operation, moment))
            for worker in self.engine.report("workers"):
                if worker["at_work"]:
                    os.kill(worker["pid"], signal.SIGKILL)
                    self.killed.append(worker["pid"])


@pytest.fixture(scope="module")
def killer() -> Killer:
    return Killer()


@pytest.fixture(scope="module")
def relayed(killer: Killer) -> Iterator[Engine]:
    """An engine of its own, whose functions' calls of Personalize go through the killer's hands."""
    with Relay(killer) as relay, Engine.started(replace(QUICK, relay=relay)) as engine:
        killer.engine = engine
        yield ready(engine)


@pytest.mark.parametrize(
    ("stack", "operation", "moment"),
    [
        ("KilledBefore", "CreateCampaign", "before"),
        ("KilledAfter", "CreateCampaign", "after"),
        ("KilledLater", "ListTagsForResource", "after"),
    ],
    ids=[
        "before Personalize gets the create",
        "after the create took effect and before the function heard of it",
        "while it looks whether the campaign is active",
    ],
)
def test_a_create_whose_function_is_killed_is_complete_with_one_campaign(
    relayed: Engine, killer: Killer, tmp_path: Path, stack: str, operation: str, moment: Moment
) -> None:
    killer.killed.clear()
    killer.targets = {(operation, moment)}
    cdk = CdkCli(
        relayed,
        tmp_path,
        app=str(synthesized(tmp_path / "cdk.out", stack, Recommendations().build)),
    )

    cdk.deploy().check()

    assert len(killer.killed) == 1
    assert statuses(stack_events(relayed, stack), stack)[-1] == "CREATE_COMPLETE"
    campaigns = [each for each in relayed.personalize.resources() if f"/{stack}-" in each["arn"]]
    assert len(campaigns) == 1
    assert campaigns[0]["status"] == "ACTIVE"
