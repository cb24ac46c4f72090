"""From a dataset group to a campaign and back: each step needs, and holds on to, the one before."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.plans import Plan
from emulator.scene import ROLE, SCHEMA, MemoryS3, Scene, recipe_arn, refusal

RECIPE = recipe_arn("aws-user-personalization")
INCLUDE = "INCLUDE ItemID WHERE Items.GENRE IN ($GENRE)"


class Chain:
    """Creates one resource of each kind, and lets each become ACTIVE."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.client = scene, scene.client
        self.group = self.client.create_dataset_group(name="club")["datasetGroupArn"]
        self.schema = self.client.create_schema(name="clicks", schema=SCHEMA)["schemaArn"]
        scene.later(2)
        self.dataset = self.client.create_dataset(
            name="clicks",
            schemaArn=self.schema,
            datasetGroupArn=self.group,
            datasetType="Interactions",
        )["datasetArn"]
        scene.later(2)
        self.data = self.imported("first")
        self.filter = self.client.create_filter(
            name="genre", datasetGroupArn=self.group, filterExpression=INCLUDE
        )["filterArn"]
        self.solution = self.client.create_solution(
            name="likes", datasetGroupArn=self.group, recipeArn=RECIPE, eventType="click"
        )["solutionArn"]
        scene.later(2)

    def imported(self, name: str, *, location: str = "s3://data/in/") -> str:
        return self.client.create_dataset_import_job(
            jobName=name,
            datasetArn=self.dataset,
            dataSource={"dataLocation": location},
            roleArn=ROLE,
        )["datasetImportJobArn"]

    def seen_import(self, arn: str) -> Any:
        answer = self.client.describe_dataset_import_job(datasetImportJobArn=arn)
        return answer["datasetImportJob"]

    def version(self) -> str:
        return self.scene.version(solutionArn=self.solution)

    def deletes(self) -> dict[str, Any]:
        """By kind: what deletes the one of this chain."""
        client = self.client
        return {
            "dataset-group": lambda: client.delete_dataset_group(datasetGroupArn=self.group),
            "schema": lambda: client.delete_schema(schemaArn=self.schema),
            "dataset": lambda: client.delete_dataset(datasetArn=self.dataset),
            "filter": lambda: client.delete_filter(filterArn=self.filter),
            "solution": lambda: client.delete_solution(solutionArn=self.solution),
        }

    def refused(self) -> set[str]:
        """The kinds of which the one of this chain can not be deleted; the others are."""
        refused = set()
        for kind, delete in self.deletes().items():
            try:
                delete()
            except self.client.exceptions.ResourceInUseException:
                refused.add(kind)
        return refused


@pytest.fixture
def chain(scene: Scene) -> Chain:
    return Chain(scene)


def test_a_chain_leads_to_a_campaign_and_a_job(chain: Chain) -> None:
    scene = chain.scene
    version = chain.version()
    scene.later(2)
    scene.active_campaign(solutionVersionArn=version)
    scene.job(solutionVersionArn=version, filterArn=chain.filter)
    scene.later(2)
    statuses = {each["kind"]: each["status"] for each in scene.backend.resources()}
    assert set(statuses.values()) == {"ACTIVE"}
    assert set(statuses) == {*chain.deletes(), "dataset-import-job", "solution-version"} | {
        "campaign",
        "batch-inference-job",
    }


def test_each_is_described_as_it_was_asked_for(chain: Chain) -> None:
    client, version = chain.client, chain.version()
    group = client.describe_dataset_group(datasetGroupArn=chain.group)["datasetGroup"]
    assert (group["name"], group["status"]) == ("club", "ACTIVE")
    schema = client.describe_schema(schemaArn=chain.schema)["schema"]
    assert (schema["schema"], "status" in schema) == (SCHEMA, False)
    dataset = client.describe_dataset(datasetArn=chain.dataset)["dataset"]
    assert chain.dataset.endswith(":dataset/club/INTERACTIONS")
    assert (dataset["datasetType"], dataset["schemaArn"]) == ("INTERACTIONS", chain.schema)
    assert chain.seen_import(chain.data)["dataSource"] == {"dataLocation": "s3://data/in/"}
    found = client.describe_filter(filterArn=chain.filter)["filter"]
    assert found["filterExpression"] == INCLUDE
    solution = client.describe_solution(solutionArn=chain.solution)["solution"]
    assert (solution["recipeArn"], solution["performAutoTraining"]) == (RECIPE, True)
    assert solution["latestSolutionVersion"]["solutionVersionArn"] == version
    trained = chain.scene.seen_version(version)
    assert (trained["datasetGroupArn"], trained["eventType"]) == (chain.group, "click")


def test_creation_takes_its_time_and_may_fail(scene: Scene) -> None:
    scene.backend.plan("club", Plan(create_s=50, create_fails="No key."))
    arn = scene.client.create_dataset_group(name="club")["datasetGroupArn"]
    members = {"name": "likes", "datasetGroupArn": arn, "recipeArn": RECIPE}
    assert refusal(scene.client.create_solution, **members)[0] == "ResourceInUseException"
    scene.later(50)
    seen = scene.client.describe_dataset_group(datasetGroupArn=arn)["datasetGroup"]
    assert (seen["status"], seen["failureReason"]) == ("CREATE FAILED", "No key.")
    scene.client.delete_dataset_group(datasetGroupArn=arn)
    scene.later(1)
    assert scene.statuses("dataset-group") == [
        (0, "CREATE PENDING"),
        (10, "CREATE IN_PROGRESS"),
        (50, "CREATE FAILED"),
        (50, "DELETE PENDING"),
        (50.2, "DELETE IN_PROGRESS"),
        (51, None),
    ]


def test_what_is_used_can_not_be_deleted_and_a_chain_goes_from_its_end(chain: Chain) -> None:
    assert chain.refused() == {"dataset-group", "schema"}
    chain.scene.later(1)
    for kind in ("schema", "dataset-group"):
        chain.deletes()[kind]()
    chain.scene.later(1)
    assert [each["kind"] for each in chain.scene.backend.resources()] == ["dataset-import-job"]
    for delete in chain.deletes().values():
        assert refusal(delete)[0] == "ResourceNotFoundException"


def test_a_recommender_holds_on_to_its_group(scene: Scene) -> None:
    arn = scene.client.create_dataset_group(name="club", domain="ECOMMERCE")["datasetGroupArn"]
    scene.later(2)
    recommender = scene.active_recommender(datasetGroupArn=arn)
    code, message = refusal(scene.client.delete_dataset_group, datasetGroupArn=arn)
    assert (code, recommender in message) == ("ResourceInUseException", True)


def test_training_holds_on_to_solution_and_data(chain: Chain) -> None:
    scene = chain.scene
    scene.backend.plan("*", Plan(create_s=10, delete_s=5))
    version = chain.version()
    for status in ("CREATE PENDING", "CREATE IN_PROGRESS", "CREATE STOPPING"):
        assert scene.seen_version(version)["status"] == status
        for kind in ("solution", "dataset"):
            assert refusal(chain.deletes()[kind])[0] == "ResourceInUseException"
        if status == "CREATE IN_PROGRESS":
            scene.client.stop_solution_version_creation(solutionVersionArn=version)
        scene.later(2)
    scene.later(3)
    chain.deletes()["solution"]()


def test_a_campaign_holds_on_to_its_solution(chain: Chain) -> None:
    scene, version = chain.scene, chain.version()
    scene.later(2)
    campaign = scene.active_campaign(solutionVersionArn=version)
    code, message = refusal(chain.deletes()["solution"])
    assert (code, campaign in message) == ("ResourceInUseException", True)
    scene.client.delete_campaign(campaignArn=campaign)
    assert refusal(chain.deletes()["solution"])[0] == "ResourceInUseException"
    scene.later(1)
    chain.deletes()["solution"]()


def test_a_solution_takes_its_versions_along(chain: Chain) -> None:
    scene, version = chain.scene, chain.version()
    scene.later(2)
    chain.deletes()["solution"]()
    assert refusal(chain.version)[0] == "ResourceInUseException"
    assert refusal(scene.campaign, solutionVersionArn=version)[0] == "ResourceInUseException"
    assert scene.seen_version(version)["status"] == "ACTIVE"
    scene.later(1)
    assert refusal(scene.seen_version, version)[0] == "ResourceNotFoundException"
    assert refusal(scene.campaign, solutionVersionArn=version)[0] == "ResourceNotFoundException"
    assert scene.statuses("solution-version")[-1] == (9, None)
    assert {each["kind"] for each in scene.backend.resources()} & {"solution", "version"} == set()


def test_a_solution_whose_delete_fails_keeps_its_versions(chain: Chain) -> None:
    scene, version = chain.scene, chain.version()
    scene.backend.plan("likes", Plan(delete_fails="Not now."))
    scene.later(2)
    chain.deletes()["solution"]()
    scene.later(1)
    seen = chain.client.describe_solution(solutionArn=chain.solution)["solution"]
    assert seen["status"] == "DELETE FAILED"
    assert scene.seen_version(version)["status"] == "ACTIVE"


def test_an_import_reads_its_files_and_holds_on_to_its_dataset_meanwhile() -> None:
    objects = {"data/in/1.csv": "USER_ID,ITEM_ID\n1,2\n", "data/in/2.csv": "ITEM_ID,USER\n2,1\n"}
    scene = Scene(s3=MemoryS3(objects))
    chain = Chain(scene)
    job = chain.seen_import(chain.data)
    assert (job["status"], "columns USER_ID" in job["failureReason"]) == ("CREATE FAILED", True)
    objects["data/in/2.csv"] = "USER_ID,ITEM_ID,EVENT_VALUE\n1,2,\n"
    arn = chain.imported("again")
    assert refusal(chain.deletes()["dataset"])[0] == "ResourceInUseException"
    scene.later(2)
    assert chain.seen_import(arn)["status"] == "ACTIVE"
    chain.deletes()["dataset"]()


@pytest.mark.parametrize(
    ("location", "words"),
    [("s3://data/none", "No file was found"), ("s3://other/in/", "bucket policy on other")],
)
def test_an_import_fails_with_what_s3_says(location: str, words: str) -> None:
    scene = Scene(s3=MemoryS3({"data/in/1.csv": "USER_ID,ITEM_ID\n"}))
    chain = Chain(scene)
    arn = chain.imported("again", location=location)
    scene.later(2)
    assert words in chain.seen_import(arn)["failureReason"]
