"""examples/chain by the real cdk CLI: from a file to a campaign and a message, again, and back."""

from __future__ import annotations

import importlib.util
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
import pytest

from cdk_personalize import faults
from local_aws.cdk_cli import CdkCli, Outcome
from local_aws.engine import Engine
from local_aws.events import StackEvent, stack_events, statuses
from local_aws.installation import PROJECT
from local_aws.stacks import assembled

pytestmark = pytest.mark.local_aws

STACK: Final = "Chain"
CUT_OFF: Final = "CutOff"
BUCKET: Final = "chain-data"
USERS: Final = ("1", "2", "8")
INTERACTIONS: Final = "USER_ID,ITEM_ID,EVENT_TYPE,TIMESTAMP\n1,27,watch,1700000000\n"
QUICK: Final = {"create_s": 0.3, "update_s": 0.3, "delete_s": 0.2}
PATIENCE_S: Final = 6
"""How long the training that is cut off may take."""
TRAINING_S: Final = 25.0
"""How long it would take. It is pending for a fifth of that, and then to be stopped in progress."""
COMES_WITHIN_S: Final = 30.0
NEVER_DELETED: Final = {"dataset-import-job", "batch-inference-job"}
"""Kinds of which the service keeps what there was."""


@dataclass(frozen=True)
class Step:
    """One command on one stack.

    Attributes:
        outcome: Of the cdk CLI.
        events: Of the stack, during the command.
        log: What the service did for the stack, during the command.
        there: What the service holds of the stack afterwards, by ARN.
        outputs: Of the stack.
        campaign: What the service says of the campaign, while there is one.
        mailings: What the job's end has put on the queue.
    """

    outcome: Outcome
    events: list[StackEvent]
    log: list[dict[str, Any]]
    there: dict[str, dict[str, Any]]
    outputs: dict[str, str] = field(default_factory=dict)
    campaign: dict[str, Any] = field(default_factory=dict)
    mailings: list[dict[str, str]] = field(default_factory=list)

    def changes(self) -> list[str]:
        """The calls that changed something, in order."""
        return [each["operation"] for each in self.log if self._is_change(each)]

    def asked(self, operation: str) -> dict[str, Any]:
        """The one call of an operation: its `input`, and when it came in, `at_s`."""
        (found,) = (each for each in self.log if each.get("operation") == operation)
        return found

    def status_s(self, what: str, new: str | None) -> float:
        """When the one resource of a kind came to a status, in epoch seconds."""
        (found,) = (
            each["at_s"] for each in self.log if (each.get("what"), each.get("new")) == (what, new)
        )
        return float(found)

    def kinds(self) -> set[str]:
        """The kinds of what is there."""
        return {each["kind"] for each in self.there.values()}

    @staticmethod
    def _is_change(entry: dict[str, Any]) -> bool:
        reading = ("Describe", "List", "TagResource")
        return entry["kind"] == "request" and not entry["operation"].startswith(reading)


def _example() -> Any:
    """The example's module, which is in no package."""
    spec = importlib.util.spec_from_file_location("chain", PROJECT / "examples/chain/app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _cli(
    engine: Engine, folder: Path, name: str, *, training: str = "first", timeout_s: float = 60
) -> CdkCli:
    """The cdk CLI in front of the example, synthesized into a folder that is not there yet."""
    options = {
        "bucket_name": BUCKET,
        "training": training,
        "stack_name": name,
        "training_timeout": cdk.Duration.seconds(timeout_s),
    }
    assembled(folder, lambda app: _example().ChainStack(app, name, **options))
    return CdkCli(engine, folder.parent, app=str(folder))


def _step(engine: Engine, stack: str, act: Callable[[], Outcome]) -> Step:
    """Runs a command on a stack of a name, and looks at what came of it."""
    since_s = time.time()
    outcome = act()
    # Once it is deleted, a stack is found by its id alone.
    cloudformation = engine.client("cloudformation")
    found = [
        each
        for each in cloudformation.list_stacks()["StackSummaries"]
        if each["StackName"] == stack
    ]
    outputs = {
        output["OutputKey"]: output["OutputValue"]
        for each in cloudformation.describe_stacks()["Stacks"]
        if each["StackName"] == stack
        for output in each.get("Outputs", [])
    }
    events = stack_events(engine, found[0]["StackId"])
    step = Step(
        outcome,
        [each for each in events if each.time.timestamp() >= since_s - 0.001],
        [
            each
            for each in engine.personalize.log()
            if each["at_s"] >= since_s and stack in json.dumps(each)
        ],
        {each["arn"]: each for each in engine.personalize.resources() if stack in each["arn"]},
        outputs,
    )
    if outputs:
        arn = outputs["CampaignArn"]
        answer = engine.client("personalize").describe_campaign(campaignArn=arn)
        step.campaign.update(answer["campaign"])
        step.mailings.extend(_mailings(engine, outputs["MailingsDueUrl"]))
    return step


def _mailings(engine: Engine, queue_url: str) -> list[dict[str, str]]:
    """What is on a queue, once there is anything; taken off it."""
    client = engine.client("sqs")
    ends_s = time.monotonic() + COMES_WITHIN_S
    while time.monotonic() < ends_s:
        found = client.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
        messages = found.get("Messages", [])
        for each in messages:
            client.delete_message(QueueUrl=queue_url, ReceiptHandle=each["ReceiptHandle"])
        if messages:
            return [json.loads(each["Body"]) for each in messages]
        time.sleep(0.2)
    raise AssertionError("no message comes")


@pytest.fixture(scope="module")
def steps(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Step]:
    """A chain's life by its steps, and one whose first training is cut off."""
    client = engine.client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="interactions.csv", Body=INTERACTIONS.encode())
    lines = "\n".join(json.dumps({"userId": user}) for user in USERS)
    client.put_object(Bucket=BUCKET, Key="users.json", Body=lines.encode())
    engine.personalize.plan(
        {
            f"{STACK}*": QUICK,
            f"{CUT_OFF}*": QUICK,
            f"{CUT_OFF}-Version*": {"create_s": TRAINING_S, "delete_s": 1.0},
        }
    )
    folder = tmp_path_factory.mktemp(STACK)
    first_time = _cli(engine, folder / "first", STACK)
    again = _cli(engine, folder / "again", STACK, training="second")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(faults, "SHORTEST_TIMEOUT_S", 1)
        cut_off = _cli(engine, folder / "cut-off", CUT_OFF, timeout_s=PATIENCE_S)

    # Side by side, since both wait most of their time.
    with ThreadPoolExecutor() as pool:
        other = pool.submit(_step, engine, CUT_OFF, cut_off.deploy)
        found = {
            "create": _step(engine, STACK, first_time.deploy),
            "again": _step(engine, STACK, again.deploy),
            "destroy": _step(engine, STACK, again.destroy),
        }
        return {**found, "cut off": other.result()}


def test_each_link_begins_once_the_one_before_is_done(steps: dict[str, Step]) -> None:
    step = steps["create"]
    step.outcome.check()
    for before, operation in (
        ("dataset-group", "CreateDataset"),
        ("dataset", "CreateDatasetImportJob"),
        ("dataset-import-job", "CreateSolution"),
        ("dataset-import-job", "CreateFilter"),
        ("solution", "CreateSolutionVersion"),
        ("solution-version", "CreateCampaign"),
        ("solution-version", "CreateBatchInferenceJob"),
        ("filter", "CreateBatchInferenceJob"),
    ):
        assert step.status_s(before, "ACTIVE") < step.asked(operation)["at_s"], operation


@pytest.mark.parametrize("name", ["create", "again"])
def test_campaign_and_job_take_the_version_that_was_trained(
    steps: dict[str, Step], name: str
) -> None:
    step = steps[name]
    version = step.outputs["SolutionVersionArn"]
    assert step.there[version]["status"] == "ACTIVE"
    assert step.campaign["status"] == "ACTIVE"
    assert step.campaign["solutionVersionArn"] == version
    assert step.asked("CreateBatchInferenceJob")["input"]["solutionVersionArn"] == version


def test_the_job_writes_its_output_with_the_filter(engine: Engine, steps: dict[str, Step]) -> None:
    asked = steps["create"].asked("CreateBatchInferenceJob")["input"]
    assert asked["filterArn"].endswith(f":filter/{STACK}-unseen")
    key = "recommendations/users.json.out"
    body = engine.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    lines = [json.loads(line) for line in body.splitlines()]
    assert [line["input"]["userId"] for line in lines] == list(USERS)
    assert {len(line["output"]["recommendedItems"]) for line in lines} == {10}


@pytest.mark.parametrize("name", ["create", "again"])
def test_each_end_of_a_job_asks_for_one_mailing(steps: dict[str, Step], name: str) -> None:
    outputs = steps[name].outputs
    job = outputs["JobArn"].rpartition("/")[2]
    assert steps[name].mailings == [{"job": job, "recommendations": outputs["OutputPath"]}]


def test_another_trigger_trains_once_and_updates_the_campaign_that_goes_on_serving(
    steps: dict[str, Step],
) -> None:
    before, step = steps["create"], steps["again"]
    step.outcome.check()
    expected = ["CreateSolutionVersion", "UpdateCampaign", "CreateBatchInferenceJob"]
    assert step.changes() == expected
    assert step.outputs["CampaignArn"] == before.outputs["CampaignArn"]
    assert step.status_s("solution-version", "ACTIVE") < step.asked("UpdateCampaign")["at_s"]
    # Its own status has not changed at all; that of the update has.
    assert [each["new"] for each in step.log if each.get("what") == "campaign"] == []
    assert step.status_s("update", "ACTIVE") < step.asked("CreateBatchInferenceJob")["at_s"]


def test_the_old_version_stays(steps: dict[str, Step]) -> None:
    old = steps["create"].outputs["SolutionVersionArn"]
    assert steps["again"].outputs["SolutionVersionArn"] != old
    assert steps["again"].there[old]["status"] == "ACTIVE"


def test_a_destroy_goes_from_the_last_link_to_the_first(steps: dict[str, Step]) -> None:
    step = steps["destroy"]
    step.outcome.check()
    told = [(each.resource_type, each.status) for each in step.events]
    for chain in (
        ("Custom::PersonalizeBatchInferenceJob", "Custom::PersonalizeSolutionVersion"),
        ("Custom::PersonalizeBatchInferenceJob", "AWS::Personalize::Filter"),
        (
            *("Custom::PersonalizeCampaign", "Custom::PersonalizeSolutionVersion"),
            *("AWS::Personalize::Solution", "AWS::Personalize::Dataset"),
        ),
        ("AWS::Personalize::Dataset", "AWS::Personalize::Schema"),
        ("AWS::Personalize::Dataset", "AWS::Personalize::DatasetGroup"),
    ):
        for sooner, later in pairwise(chain):
            gone = told.index((sooner, "DELETE_COMPLETE"))
            assert gone < told.index((later, "DELETE_IN_PROGRESS")), (sooner, later)


def test_a_destroyed_chain_leaves_nothing_but_jobs(steps: dict[str, Step]) -> None:
    assert steps["destroy"].kinds() == NEVER_DELETED
    assert statuses(steps["destroy"].events, STACK)[-1] == "DELETE_COMPLETE"


def test_a_training_that_is_cut_off_is_stopped_and_then_the_solution_goes(
    engine: Engine, steps: dict[str, Step]
) -> None:
    step = steps["cut off"]
    assert step.outcome.exit_code != 0
    assert statuses(step.events, CUT_OFF)[-1] == "ROLLBACK_COMPLETE"
    assert step.changes().count("StopSolutionVersionCreation") == 1
    trained = [each["new"] for each in step.log if each.get("what") == "solution-version"]
    # What is stopped before it begins is never in progress.
    assert trained[trained.index("CREATE STOPPED") :] == ["CREATE STOPPED", None]
    assert "ACTIVE" not in trained
    stopped_s = step.status_s("solution-version", "CREATE STOPPED")
    assert stopped_s < step.asked("DeleteSolution")["at_s"]
    assert step.kinds() == {"dataset-import-job"}
    running = [each["name"] for each in engine.report("executions") if each["status"] == "RUNNING"]
    assert running == []


def test_the_handler_was_refused_nothing(engine: Engine, steps: dict[str, Step]) -> None:
    assert "is not authorized to perform" not in engine.log("ministack")
    assert len(steps) == 4
