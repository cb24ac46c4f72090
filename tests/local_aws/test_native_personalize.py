"""Native resource types of Personalize, without an engine: providers on the emulator's own clock.

The engine's part, replacement and rollback, is in test_chain.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from emulator.plans import NEVER, Plan
from emulator.scene import ROLE, SCHEMA, MemoryS3, Scene, recipe_arn
from local_aws.gaps.custom_resource import OwedDelete
from local_aws.gaps.native_personalize import HandlerError, handlers

Properties = dict[str, Any]
PLACE = "arn:aws:personalize:us-east-1:000000000000"
IMPORT = {"JobName": "first", "DataSource": {"DataLocation": "s3://data/in"}, "RoleArn": ROLE}
CSV = "USER_ID,ITEM_ID,EVENT_VALUE\n1,2,3\n"


class Stack:
    """Creates, updates and deletes as a stack would, by the handlers of the types."""

    def __init__(self) -> None:
        self.s3 = MemoryS3({"data/in/clicks.csv": CSV})
        self.scene = Scene(s3=self.s3)
        self.owed: list[tuple[str, str, OwedDelete]] = []
        self.handlers = handlers(
            lambda: self.scene.client,
            lambda *owed: self.owed.append(owed),
            pause=lambda: self.scene.later(0.1),
        )

    def create(self, noun: str, **properties: Any) -> tuple[str, dict[str, str]]:
        made: tuple[str, dict[str, str]] = self._handler(noun, "create")("Own", properties, "Club")
        return made

    def update(self, noun: str, arn: str, old: Properties, new: Properties) -> str:
        found: str = self._handler(noun, "update")(arn, old, new, "Club", "Own")[0]
        return found

    def delete(self, noun: str, arn: str) -> None:
        self._handler(noun, "delete")(arn, {})

    def group(self) -> str:
        return self.create("DatasetGroup", Name="club")[0]

    def schema(self, name: str = "clicks") -> str:
        return self.create("Schema", Name=name, Schema=SCHEMA)[0]

    def dataset(self, **more: Any) -> Properties:
        """The properties of a dataset whose group and schema are there."""
        return {
            "Name": "clicks",
            "DatasetType": "Interactions",
            "DatasetGroupArn": self.group(),
            "SchemaArn": self.schema(),
            **more,
        }

    def there(self) -> dict[str, str]:
        """What the stack has made and is there, by ARN: its status."""
        return {each["arn"]: each["status"] for each in self.scene.backend.resources()}

    def requests(self, operation: str) -> list[Any]:
        log = self.scene.backend.log()
        return [each["input"] for each in log if each.get("operation") == operation]

    def _handler(self, noun: str, verb: str) -> Any:
        return self.handlers[f"AWS::Personalize::{noun}"][verb]


@pytest.fixture
def stack() -> Stack:
    return Stack()


def test_a_create_answers_once_the_service_says_active(stack: Stack) -> None:
    arn, attributes = stack.create("DatasetGroup", Name="club", Domain="ECOMMERCE")
    assert stack.there() == {arn: "ACTIVE"}
    assert (arn, attributes) == (f"{PLACE}:dataset-group/club", {"DatasetGroupArn": arn})


def test_a_filter_tells_its_read_only_properties(stack: Stack) -> None:
    expression = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("click")'
    arn, attributes = stack.create(
        "Filter", Name="unseen", DatasetGroupArn=stack.group(), FilterExpression=expression
    )
    assert (attributes.pop("FilterArn"), attributes.pop("Status")) == (arn, "ACTIVE")
    assert set(attributes) == {"CreationDateTime", "LastUpdatedDateTime"}


def test_properties_reach_the_service_in_its_own_spelling(stack: Stack) -> None:
    config = {
        "AlgorithmHyperParameters": {"Bptt": "20"},
        "HpoConfig": {"HpoObjective": {"MetricName": "ndcg"}},
    }
    stack.create(
        "Solution",
        Name="likes",
        DatasetGroupArn=stack.group(),
        RecipeArn=recipe_arn("aws-user-personalization"),
        PerformHPO=True,
        SolutionConfig=config,
        Tags=[{"Key": "team", "Value": "films"}],
    )
    (request,) = stack.requests("CreateSolution")
    assert request["performHPO"] is True
    assert request["solutionConfig"] == {
        "algorithmHyperParameters": {"Bptt": "20"},
        "hpoConfig": {"hpoObjective": {"metricName": "ndcg"}},
    }
    (tagged,) = stack.requests("TagResource")
    assert tagged["tags"] == [{"tagKey": "team", "tagValue": "films"}]


def test_a_dataset_is_there_once_its_data_are_imported(stack: Stack) -> None:
    arn, _ = stack.create("Dataset", **stack.dataset(DatasetImportJob=IMPORT))
    assert stack.there()[f"{PLACE}:dataset-import-job/first"] == "ACTIVE"
    (request,) = stack.requests("CreateDatasetImportJob")
    assert request["datasetArn"] == arn


def test_a_failure_carries_the_services_reason_and_is_owed_a_delete(stack: Stack) -> None:
    stack.scene.backend.plan("first", Plan(create_fails="The role may not read."))
    properties = stack.dataset(DatasetImportJob=IMPORT)
    with pytest.raises(HandlerError, match=r"The role may not read\..*NotStabilized"):
        stack.create("Dataset", **properties)
    dataset = f"{PLACE}:dataset/club/INTERACTIONS"
    assert stack.owed == [("Club", "Own", OwedDelete(dataset, properties))]
    stack.delete("Dataset", dataset)
    assert dataset not in stack.there()


def test_what_the_service_refuses_is_owed_nothing(stack: Stack) -> None:
    stack.group()
    with pytest.raises(HandlerError, match="AlreadyExists"):
        stack.group()
    with pytest.raises(HandlerError, match=r"Colour.*InvalidRequest"):
        stack.create("DatasetGroup", Name="other", Colour="red")
    assert stack.owed == []


def test_what_never_ends_is_given_up(stack: Stack) -> None:
    stack.scene.backend.plan("club", Plan(create_s=NEVER))
    with pytest.raises(HandlerError, match="is still CREATE"):
        stack.group()


def test_a_delete_answers_once_the_resource_is_gone_and_again(stack: Stack) -> None:
    group, schema = stack.group(), stack.schema()
    for noun, arn in (("DatasetGroup", group), ("Schema", schema)) * 2:
        stack.delete(noun, arn)
    assert stack.there() == {}


def test_a_delete_of_what_others_need_fails_with_the_services_reason(stack: Stack) -> None:
    properties = stack.dataset()
    stack.create("Dataset", **properties)
    with pytest.raises(HandlerError, match="ResourceConflict"):
        stack.delete("DatasetGroup", properties["DatasetGroupArn"])


def test_another_import_job_imports_again_and_the_same_one_does_not(stack: Stack) -> None:
    old = stack.dataset(DatasetImportJob=IMPORT)
    arn, _ = stack.create("Dataset", **old)
    assert stack.update("Dataset", arn, old, dict(old)) == arn
    assert len(stack.requests("CreateDatasetImportJob")) == 1
    changed = {**old, "DatasetImportJob": {**IMPORT, "JobName": "second"}}
    assert stack.update("Dataset", arn, old, changed) == arn
    assert stack.there()[f"{PLACE}:dataset-import-job/second"] == "ACTIVE"


def test_a_dataset_of_another_schema_takes_the_place_of_the_one_that_goes_first(
    stack: Stack,
) -> None:
    old = stack.dataset()
    arn, _ = stack.create("Dataset", **old)
    other = stack.schema("views")
    assert stack.update("Dataset", arn, old, {**old, "SchemaArn": other}) == arn
    seen = stack.scene.client.describe_dataset(datasetArn=arn)["dataset"]
    assert seen["schemaArn"] == other


def test_changed_tags_are_set_and_removed(stack: Stack) -> None:
    arn, _ = stack.create(
        "Filter",
        Name="all",
        DatasetGroupArn=stack.group(),
        FilterExpression='INCLUDE ItemID WHERE Items.ID IN ("1")',
    )
    old = {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}
    new = {"Tags": [{"Key": "b", "Value": "3"}]}
    stack.update("Filter", arn, {}, old)
    stack.update("Filter", arn, old, new)
    tags = stack.scene.client.list_tags_for_resource(resourceArn=arn)["tags"]
    assert tags == [{"tagKey": "b", "tagValue": "3"}]


VERSION = f"{PLACE}:solution/movies/5f3a9c1e"


def test_a_campaign_is_updated_in_place_but_for_its_name(stack: Stack) -> None:
    stack.scene.backend.add_solution_version(VERSION)
    old: Properties = {"Name": "live", "SolutionVersionArn": VERSION, "MinProvisionedTPS": 1}
    arn, _ = stack.create("Campaign", **old)
    assert stack.update("Campaign", arn, old, {**old, "MinProvisionedTPS": 2}) == arn
    (request,) = stack.requests("UpdateCampaign")
    assert request == {"campaignArn": arn, "solutionVersionArn": VERSION, "minProvisionedTPS": 2}
    assert stack.there()[arn] == "ACTIVE"


def test_a_campaigns_failed_update_carries_the_services_reason(stack: Stack) -> None:
    stack.scene.backend.add_solution_version(VERSION)
    stack.scene.backend.plan("live", Plan(update_fails={1: "No capacity."}))
    old: Properties = {"Name": "live", "SolutionVersionArn": VERSION}
    arn, _ = stack.create("Campaign", **old)
    with pytest.raises(HandlerError, match=r"No capacity\..*NotStabilized"):
        stack.update("Campaign", arn, old, {**old, "MinProvisionedTPS": 2})
