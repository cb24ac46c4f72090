"""What the emulator's own tests stand on: a clock that is moved by hand, and a client on it."""

from __future__ import annotations

import json
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator.backend import PersonalizeBackend
from emulator.in_process import attach
from emulator.responses import PersonalizeResponse
from emulator.use_cases import ECOMMERCE, VIDEO_ON_DEMAND

if TYPE_CHECKING:
    from mypy_boto3_personalize import PersonalizeClient

START_S = 1_000.0
SOLUTION = "arn:aws:personalize:us-east-1:000000000000:solution/shop"
VERSION = f"{SOLUTION}/v1"
SHOP = "arn:aws:personalize:us-east-1:000000000000:dataset-group/shop"
CINEMA = "arn:aws:personalize:us-east-1:000000000000:dataset-group/cinema"
FILTER = "arn:aws:personalize:us-east-1:000000000000:filter/genre"
SCHEMA = json.dumps(
    {
        "type": "record",
        "name": "Interactions",
        "fields": [
            {"name": "USER_ID", "type": "string"},
            {"name": "ITEM_ID", "type": "string"},
            {"name": "EVENT_VALUE", "type": ["null", "float"]},
        ],
    }
)
ROLE = "arn:aws:iam::000000000000:role/reader"
ITEM_AFFINITY = "aws-item-affinity"
ATTRIBUTE_AFFINITY = "aws-item-attribute-affinity"
OTHER_RECIPES = (
    "aws-personalized-ranking",
    "aws-similar-items",
    "aws-trending-now",
    ITEM_AFFINITY,
    ATTRIBUTE_AFFINITY,
)


def recipe_arn(recipe: str) -> str:
    return f"arn:aws:personalize:::recipe/{recipe}"


def solution_version(recipe: str) -> str:
    """The ARN of a version that every scene knows, trained with a recipe."""
    return f"{solution(recipe)}/v1"


def solution(recipe: str) -> str:
    """The ARN of a solution that every scene knows, with a recipe."""
    return f"arn:aws:personalize:us-east-1:000000000000:solution/{recipe}"


class Scene:
    """A backend that knows a version for some recipes each and a dataset group for each domain, and
    real boto3 clients for it."""

    def __init__(self, **options: Any) -> None:
        self.now_s = START_S
        self.backend = PersonalizeBackend(clock=lambda: self.now_s, **options)
        self.response = PersonalizeResponse(self.backend)
        self.backend.add_solution(SOLUTION)
        self.backend.add_solution_version(VERSION)
        for recipe in OTHER_RECIPES:
            self.backend.add_solution(solution(recipe), recipe=recipe)
            self.backend.add_solution_version(solution_version(recipe), recipe=recipe)
        self.backend.add_dataset_group(SHOP, domain=ECOMMERCE)
        self.backend.add_dataset_group(CINEMA, domain=VIDEO_ON_DEMAND)
        self.client = self.client_in("us-east-1")

    def client_in(self, region: str) -> PersonalizeClient:
        client = _session().client("personalize", region_name=region, config=_config())
        attach(client, self.response)
        return client

    def later(self, seconds: float) -> None:
        self.now_s += seconds

    def campaign(self, name: str = "shop", **members: Any) -> str:
        """Create a campaign; its ARN."""
        wanted = {"name": name, "solutionVersionArn": VERSION, **members}
        return self.client.create_campaign(**wanted)["campaignArn"]

    def active_campaign(self, name: str = "shop", **members: Any) -> str:
        """Create a campaign and let it become ACTIVE; its ARN."""
        arn = self.campaign(name, **members)
        self.later(2)
        return arn

    def seen(self, arn: str) -> Any:
        return self.client.describe_campaign(campaignArn=arn)["campaign"]

    def job(self, name: str = "run", **members: Any) -> str:
        """Create a batch inference job; its ARN."""
        return self.client.create_batch_inference_job(**job_request(name, **members))[
            "batchInferenceJobArn"
        ]

    def seen_job(self, arn: str) -> Any:
        answer = self.client.describe_batch_inference_job(batchInferenceJobArn=arn)
        return answer["batchInferenceJob"]

    def segment_job(self, name: str = "run", **members: Any) -> str:
        """Create a batch segment job, for items unless told otherwise; its ARN."""
        wanted = job_request(
            name, **{"solutionVersionArn": solution_version(ITEM_AFFINITY)} | members
        )
        return self.client.create_batch_segment_job(**wanted)["batchSegmentJobArn"]

    def seen_segment_job(self, arn: str) -> Any:
        answer = self.client.describe_batch_segment_job(batchSegmentJobArn=arn)
        return answer["batchSegmentJob"]

    def version(self, **members: Any) -> str:
        """Start training a solution version; its ARN."""
        wanted = {"solutionArn": SOLUTION, **members}
        return self.client.create_solution_version(**wanted)["solutionVersionArn"]

    def seen_version(self, arn: str) -> Any:
        return self.client.describe_solution_version(solutionVersionArn=arn)["solutionVersion"]

    def recommender(self, name: str = "shop", **members: Any) -> str:
        """Create a recommender, of what users may like unless told otherwise; its ARN."""
        recipe = recipe_arn("aws-ecomm-recommended-for-you")
        wanted = {"name": name, "datasetGroupArn": SHOP, "recipeArn": recipe, **members}
        return self.client.create_recommender(**wanted)["recommenderArn"]

    def active_recommender(self, name: str = "shop", **members: Any) -> str:
        """Create a recommender and let it become ACTIVE; its ARN."""
        arn = self.recommender(name, **members)
        self.later(2)
        return arn

    def seen_recommender(self, arn: str) -> Any:
        return self.client.describe_recommender(recommenderArn=arn)["recommender"]

    def statuses(self, what: str) -> list[tuple[float, str | None]]:
        """The changes of status so far, as seconds since the start and the new status."""
        return [
            (round(entry["at_s"] - START_S, 6), entry["new"])
            for entry in self.backend.log()
            if entry["kind"] == "status" and entry["what"] == what
        ]


def job_request(name: str = "run", **members: Any) -> dict[str, Any]:
    return {
        "jobName": name,
        "solutionVersionArn": VERSION,
        "jobInput": {"s3DataSource": {"path": "s3://data/in/users.json"}},
        "jobOutput": {"s3DataDestination": {"path": "s3://data/out/"}},
        "roleArn": ROLE,
        **members,
    }


def refusal(call: Any, *args: Any, **kwargs: Any) -> tuple[str, str]:
    """The code and message of the error that a call has to end in."""
    with pytest.raises(ClientError) as refused:
        call(*args, **kwargs)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


class MemoryS3:
    """As much of an S3 client as a job needs, over a dict; `denied` buckets refuse."""

    def __init__(self, objects: dict[str, str], *, denied: tuple[str, ...] = ()) -> None:
        self.objects = objects
        self.denied = denied
        self.page_size = 2

    def list_objects_v2(self, *, Bucket: str, Prefix: str, ContinuationToken: str = "0") -> Any:  # noqa: N803
        self._check(Bucket, "ListObjectsV2")
        start = len(f"{Bucket}/")
        keys = [key[start:] for key in sorted(self.objects) if key.startswith(f"{Bucket}/{Prefix}")]
        first = int(ContinuationToken)
        end = first + self.page_size
        shown = [
            {"Key": key, "Size": len(self.objects[f"{Bucket}/{key}"])} for key in keys[first:end]
        ]
        answer: dict[str, Any] = {"Contents": shown, "IsTruncated": end < len(keys)}
        if answer["IsTruncated"]:
            answer["NextContinuationToken"] = str(end)
        return answer

    def get_object(self, *, Bucket: str, Key: str) -> Any:  # noqa: N803
        self._check(Bucket, "GetObject")
        return {"Body": BytesIO(self.objects[f"{Bucket}/{Key}"].encode())}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> Any:  # noqa: N803
        self._check(Bucket, "PutObject")
        self.objects[f"{Bucket}/{Key}"] = Body.decode()
        return {}

    def _check(self, bucket: str, operation: str) -> None:
        if bucket in self.denied:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)
        if not any(key.startswith(f"{bucket}/") for key in self.objects):
            raise ClientError({"Error": {"Code": "NoSuchBucket", "Message": "no"}}, operation)


@cache
def _session() -> boto3.Session:
    return boto3.Session(aws_access_key_id="key", aws_secret_access_key="secret")


def _config() -> Config:
    # No retries: botocore would sleep between them.
    return Config(retries={"total_max_attempts": 1})
