"""Two local clouds at once: the same stack in both, and neither knows of the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from local_aws.cdk_cli import CdkCli
from local_aws.conftest import QUICK, ready
from local_aws.engine import Engine
from local_aws.stacks import Recommendations, synthesized

pytestmark = pytest.mark.local_aws


def test_the_same_stack_in_two_engines_at_once_is_two_stacks(
    engine: Engine, tmp_path: Path
) -> None:
    """The second one gets every event twice, as Lambda may deliver it."""
    assembly = str(synthesized(tmp_path / "cdk.out", "Twin", Recommendations().build))
    with Engine.started(replace(QUICK, deliver_twice=True)) as other:
        ready(other)
        both = (engine, other)
        with ThreadPoolExecutor(2) as pool:
            outcomes = list(
                pool.map(lambda each: CdkCli(each, tmp_path, app=assembly).deploy(), both)
            )
        for outcome in outcomes:
            outcome.check()
        arns = [
            [each["arn"] for each in one.personalize.resources() if "/Twin-" in each["arn"]]
            for one in both
        ]
        assert [len(each) for each in arns] == [1, 1]
        assert arns[0] != arns[1]
        assert engine.folder != other.folder
        creates = [
            each for each in other.personalize.requests("CreateCampaign") if each["outcome"] == "ok"
        ]
        assert len(creates) == 1
    assert not other.folder.exists()
