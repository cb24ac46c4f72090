"""One engine for all local deploys, since starting and bootstrapping takes longer than a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import aws_cdk as cdk
import pytest

from local_aws.cdk_cli import CdkCli
from local_aws.engine import Engine, Settings
from local_aws.stacks import SOLUTION_VERSION_ARN, synthesized

QUICK = Settings(waiting=0.1, create_s=1.0, update_s=1.0, delete_s=0.5)
"""Everything happens as on AWS, in less time."""

Synthesize = Callable[[str, Callable[[cdk.Stack], None]], CdkCli]


def ready(engine: Engine) -> Engine:
    """An engine that knows the tests' solution version and takes assets."""
    engine.personalize.add_solution_version(arn=SOLUTION_VERSION_ARN)
    CdkCli(engine, engine.folder).bootstrap().check()
    return engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The engine that tests share; each has a stack name of its own."""
    with Engine.started(QUICK) as started:
        yield ready(started)


@pytest.fixture(scope="session")
def synthesize(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Synthesize:
    """Synthesizes a stack and answers the cdk CLI that deploys it."""

    def make(stack_name: str, build: Callable[[cdk.Stack], None]) -> CdkCli:
        folder: Path = tmp_path_factory.mktemp(stack_name) / "cdk.out"
        return CdkCli(engine, folder.parent, app=str(synthesized(folder, stack_name, build)))

    return make
