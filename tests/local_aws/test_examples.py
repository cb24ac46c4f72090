"""The example apps by the real cdk CLI, side by side: smallest, team and stages.

`smallest` and `stages` are run by the CLI, as their cdk.json says. `team` is synthesized here, so
that a queue can listen to its topic before the job runs.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs

from local_aws.cdk_cli import CdkCli, Outcome
from local_aws.engine import Engine
from local_aws.installation import PROJECT
from local_aws.stacks import SOLUTION_VERSION_ARN, assembled

pytestmark = pytest.mark.local_aws

EXAMPLES: Final = PROJECT / "examples"
STAGES: Final = ("Dev-Recommendations", "Prod-Recommendations")
BUCKET: Final = "team-data"
USERS: Final = ("1", "2", "8")
QUICK: Final = {"create_s": 0.3, "update_s": 0.3, "delete_s": 0.2}
COMES_WITHIN_S: Final = 60.0
RECIPES: Final = {
    "for-you": "aws-user-personalization",
    "similar-items": "aws-similar-items",
    "bought-together": "aws-sims",
    "search-order": "aws-personalized-ranking",
}


@dataclass(frozen=True)
class Life:
    """An example's deployment and destruction.

    Attributes:
        deployed: What the CLI answered to the deploy.
        outputs: Of each stack, by the stack's name.
        campaigns: What the service said of the campaigns, by their ARN.
        told: What the team was told, if there is one.
        destroyed: What the CLI answered to the destroy.
    """

    deployed: Outcome
    outputs: Mapping[str, Mapping[str, str]]
    campaigns: Mapping[str, Any]
    told: tuple[str, ...]
    destroyed: Outcome


def _module(path: str) -> Any:
    """An example's module, which is in no package."""
    name = f"deployed_{path.partition('/')[0]}"
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up there.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _team(folder: Path) -> Path:
    """The team's stack, with a queue that gets what the team is told, before the job starts."""

    def build(app: cdk.App) -> None:
        stack = _module("team/app.py").build(app)
        queue = sqs.Queue(stack, "Listener")
        listening = stack.topic.add_subscription(
            subscriptions.SqsSubscription(queue, raw_message_delivery=True)
        )
        stack.job.node.add_dependency(listening)
        cdk.CfnOutput(stack, "ListenerUrl", value=queue.queue_url)

    return assembled(folder, build)


def _prepared(engine: Engine) -> None:
    """What the examples find in an account: trained versions, and the team's bucket."""
    stages = _module("stages/app.py")
    region_and_account = SOLUTION_VERSION_ARN.partition(":solution/")[0]
    for size in (stages.DEV, stages.PROD):
        for solution, version in size.versions.items():
            engine.personalize.add_solution_version(
                arn=f"{region_and_account}:solution/{solution}/{version}",
                recipe=RECIPES[solution],
                # Five campaigns are what one dataset group takes.
                dataset_group=f"{region_and_account}:dataset-group/{solution}",
            )
    client = engine.client("s3")
    client.create_bucket(Bucket=BUCKET)
    lines = "\n".join(json.dumps({"userId": user}) for user in USERS)
    client.put_object(Bucket=BUCKET, Key="newsletter/users.json", Body=lines.encode())
    names = ("Smallest", "Team", "Dev", "Prod")
    engine.personalize.plan({f"{name}-*": QUICK for name in names})


def _outputs(engine: Engine, names: tuple[str, ...]) -> dict[str, dict[str, str]]:
    found = engine.client("cloudformation").describe_stacks()["Stacks"]
    return {
        stack["StackName"]: {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
        for stack in found
        if stack["StackName"] in names
    }


def _received(engine: Engine, url: str) -> tuple[str, ...]:
    """What is on a queue, once there is anything."""
    ends_s = time.monotonic() + COMES_WITHIN_S
    while time.monotonic() < ends_s:
        found = engine.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        if messages := found.get("Messages"):
            return tuple(each["Body"] for each in messages)
        time.sleep(0.2)
    raise AssertionError("no message comes")


def _life(engine: Engine, cli: CdkCli, *stacks: str, choice: tuple[str, ...] = ()) -> Life:
    """Deploys an example's stacks, looks at them, and destroys them."""
    deployed = cli.deploy(*choice, options=("--concurrency", "2"))
    outputs = _outputs(engine, stacks)
    personalize = engine.client("personalize")
    campaigns = {
        value: personalize.describe_campaign(campaignArn=value)["campaign"]
        for made in outputs.values()
        for value in made.values()
        if ":campaign/" in value
    }
    urls = [made["ListenerUrl"] for made in outputs.values() if "ListenerUrl" in made]
    told = tuple(each for url in urls for each in _received(engine, url))
    # What was synthesized for the deploy will do; running the app again takes as long as that.
    destroyed = replace(cli, app=str(cli.output), output=None).destroy(*choice)
    return Life(deployed, outputs, campaigns, told, destroyed)


@pytest.fixture(scope="module")
def lives(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Life]:
    """The examples' lives, side by side, since they wait most of their time."""
    _prepared(engine)
    folder = tmp_path_factory.mktemp("examples")
    team = CdkCli(engine, folder, app=str(_team(folder / "team")), output=folder / "team")
    smallest = CdkCli(engine, EXAMPLES / "smallest", output=folder / "smallest")
    stages = CdkCli(engine, EXAMPLES / "stages", output=folder / "stages")
    both = ("Dev/*", "Prod/*")
    with ThreadPoolExecutor() as pool:
        running = {
            "smallest": pool.submit(_life, engine, smallest, "Smallest"),
            "team": pool.submit(_life, engine, team, "Team"),
            "stages": pool.submit(_life, engine, stages, *STAGES, choice=both),
        }
        return {name: each.result() for name, each in running.items()}


@pytest.mark.parametrize(("name", "count"), [("smallest", 1), ("team", 1), ("stages", 8)])
def test_a_deployed_example_has_campaigns_that_serve(
    lives: dict[str, Life], name: str, count: int
) -> None:
    lives[name].deployed.check()
    statuses = [each["status"] for each in lives[name].campaigns.values()]
    assert statuses == ["ACTIVE"] * count


def test_the_stages_campaigns_are_of_the_sizes_that_the_example_says(
    lives: dict[str, Life],
) -> None:
    life = lives["stages"]
    dev, prod = (
        {
            output: life.campaigns[arn]["minProvisionedTPS"]
            for output, arn in life.outputs[stack].items()
        }
        for stack in STAGES
    )
    assert set(dev.values()) == {1}
    assert prod == {"HomePageArn": 20, "ProductPageArn": 10, "BasketArn": 1, "SearchResultsArn": 5}


def test_the_end_of_the_teams_job_is_told_with_the_number_of_users(
    lives: dict[str, Life],
) -> None:
    life = lives["team"]
    job = life.outputs["Team"]["JobArn"].rpartition("/")[2]
    path = f"s3://{BUCKET}/newsletter/recommendations/"
    assert set(life.told) == {
        f"{job}: {len(USERS)} users have recommendations in {path}, 0 have none"
    }


@pytest.mark.parametrize("name", ["smallest", "team", "stages"])
def test_a_destroyed_example_leaves_no_campaign_and_no_stack(
    engine: Engine, lives: dict[str, Life], name: str
) -> None:
    lives[name].destroyed.check()
    left = {each["arn"] for each in engine.personalize.resources()} & set(lives[name].campaigns)
    assert left == set()
    assert _outputs(engine, tuple(lives[name].outputs)) == {}


def test_no_function_was_refused_anything(engine: Engine, lives: dict[str, Life]) -> None:
    assert "is not authorized to perform" not in engine.log("ministack")
    assert len(lives) == 3
