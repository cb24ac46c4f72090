"""What the tests of the handler start from: events as CloudFormation sends them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from personalize_provider.event import Request, parse

ACCOUNT = "123456789012"
SOLUTION = f"arn:aws:personalize:eu-west-1:{ACCOUNT}:solution/shop"
VERSION = f"{SOLUTION}/3f9d1b2c"
OTHER_VERSION = f"{SOLUTION}/77aa00ff"
LATEST = f"{SOLUTION}/$LATEST"
DATASET_GROUP = f"arn:aws:personalize:eu-west-1:{ACCOUNT}:dataset-group/shop"
RECIPE = "arn:aws:personalize:::recipe/aws-ecomm-recommended-for-you"
FILTER = f"arn:aws:personalize:eu-west-1:{ACCOUNT}:filter/genre"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/cdk-personalize/shop/reader"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/0d5c9d3e-6f0c-4b1b-8a43-5a2d4a1f6b0e"
FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:provider"
STATE_MACHINE = f"arn:aws:states:eu-west-1:{ACCOUNT}:stateMachine:waiter"
STACK = (
    f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/shop/1d0c5a40-aaaa-11ee-8a3b-0a1b2c3d4e5f"
)
REQUEST_ID = "6a4fa0a1-9a55-4d0e-8f0f-1d3c5a7b9e11"

SIGNED_AT = "20250203T040506Z"
SIGNED_AT_S = 1_738_555_506
SIGNATURE = "5ecre7f0e1d2c3b4a5968778695a4b3c2d1e0f"
CREDENTIAL = "ASIA5ECRET1234567890"

CAMPAIGN = "Custom::PersonalizeCampaign"
JOB = "Custom::PersonalizeBatchInferenceJob"
TRAINING = "Custom::PersonalizeSolutionVersion"
SEGMENT_JOB = "Custom::PersonalizeBatchSegmentJob"
RECOMMENDER = "Custom::PersonalizeRecommender"


def in_us_east_1(arn: str) -> str:
    """The same ARN in another region."""
    return arn.replace("eu-west-1", "us-east-1")


MACHINERY = {"ServiceToken": FUNCTION, "ServiceTimeout": "3600", "Timeout": "3000"}

CAMPAIGN_PROPERTIES: Mapping[str, Any] = {**MACHINERY, "SolutionVersionArn": VERSION}

JOB_PROPERTIES: Mapping[str, Any] = {
    **MACHINERY,
    "SolutionVersionArn": VERSION,
    "JobInput": {"S3DataSource": {"Path": "s3://data/in/users.json"}},
    "JobOutput": {"S3DataDestination": {"Path": "s3://data/out/"}},
    "RoleArn": ROLE,
}

FULL_CAMPAIGN: Mapping[str, Any] = {
    **CAMPAIGN_PROPERTIES,
    "Name": "spring-sale",
    "MinProvisionedTPS": "2",
    "CampaignConfig": {
        "ItemExplorationConfig": {"explorationWeight": "0.3", "explorationItemAgeCutOff": "30"},
        "EnableMetadataWithRecommendations": "true",
        "SyncWithLatestSolutionVersion": "false",
        "RankingInfluence": {"POPULARITY": "0.4", "FRESHNESS": "1"},
    },
}

FULL_JOB: Mapping[str, Any] = {
    **JOB_PROPERTIES,
    # Themes are in few regions, and all that a job takes is in the provider's.
    "ServiceToken": in_us_east_1(FUNCTION),
    "SolutionVersionArn": in_us_east_1(VERSION),
    "JobName": "spring-run",
    "FilterArn": in_us_east_1(FILTER),
    "NumResults": "25",
    "JobInput": {
        "S3DataSource": {"Path": "s3://data/in/users.json", "KmsKeyArn": in_us_east_1(KEY)}
    },
    "JobOutput": {"S3DataDestination": {"Path": "s3://data/out/", "KmsKeyArn": in_us_east_1(KEY)}},
    "BatchInferenceJobConfig": {
        "ItemExplorationConfig": {"explorationWeight": "0", "explorationItemAgeCutOff": "1"},
        "RankingInfluence": {"POPULARITY": "0.25"},
    },
    "BatchInferenceJobMode": "THEME_GENERATION",
    "ThemeGenerationConfig": {"FieldsForThemeGeneration": {"ItemName": "TITLE"}},
    "Triggers": {"data": "v2"},
}

TRAINING_PROPERTIES: Mapping[str, Any] = {**MACHINERY, "SolutionArn": SOLUTION}

RECOMMENDER_PROPERTIES: Mapping[str, Any] = {
    **MACHINERY,
    "DatasetGroupArn": DATASET_GROUP,
    "RecipeArn": RECIPE,
}

FULL_TRAINING: Mapping[str, Any] = {
    **TRAINING_PROPERTIES,
    "Name": "spring-model",
    "TrainingMode": "UPDATE",
    "Triggers": {"data": "v2"},
}

FULL_SEGMENT_JOB: Mapping[str, Any] = {
    **JOB_PROPERTIES,
    "JobName": "spring-segments",
    "FilterArn": FILTER,
    "NumResults": "5000000",
    "JobInput": {"S3DataSource": {"Path": "s3://data/in/items.json", "KmsKeyArn": KEY}},
    "JobOutput": {"S3DataDestination": {"Path": "s3://data/out/", "KmsKeyArn": KEY}},
    "Triggers": {"data": "v2"},
}

FULL_RECOMMENDER: Mapping[str, Any] = {
    **RECOMMENDER_PROPERTIES,
    "Name": "for-you",
    "RecommenderConfig": {
        "ItemExplorationConfig": {"explorationWeight": "0.3", "explorationItemAgeCutOff": "30"},
        "MinRecommendationRequestsPerSecond": "2",
        "TrainingDataConfig": {
            "ExcludedDatasetColumns": {"ITEMS": ["DESCRIPTION", "PRICE"]},
            "IncludedDatasetColumns": {"USERS": ["AGE"]},
        },
        "EnableMetadataWithRecommendations": "true",
    },
    "Active": "false",
}

MINIMAL: Mapping[str, Mapping[str, Any]] = {
    CAMPAIGN: CAMPAIGN_PROPERTIES,
    JOB: JOB_PROPERTIES,
    TRAINING: TRAINING_PROPERTIES,
    SEGMENT_JOB: JOB_PROPERTIES,
    RECOMMENDER: RECOMMENDER_PROPERTIES,
}
FULL: Mapping[str, Mapping[str, Any]] = {
    CAMPAIGN: FULL_CAMPAIGN,
    JOB: FULL_JOB,
    TRAINING: FULL_TRAINING,
    SEGMENT_JOB: FULL_SEGMENT_JOB,
    RECOMMENDER: FULL_RECOMMENDER,
}


def response_url(signed_at: str = SIGNED_AT) -> str:
    """A presigned URL, signature version 4, as CloudFormation makes them."""
    return (
        "https://cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com/"
        f"arn%3Aaws%3Acloudformation%3Aeu-west-1%3A{ACCOUNT}%3Astack/shop/1d0c5a40%7CCampaign%7C"
        f"6a4fa0a1?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={signed_at}"
        f"&X-Amz-SignedHeaders=host&X-Amz-Expires=7200&X-Amz-Credential={CREDENTIAL}%2F20250203"
        f"%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature={SIGNATURE}"
    )


def date(epoch_s: float) -> str:
    """A time as X-Amz-Date writes it."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(epoch_s))


def event(
    request_type: str = "Create",
    *,
    kind: str = CAMPAIGN,
    properties: Mapping[str, Any] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """An event; `changes` are further or other keys of it."""
    made: dict[str, Any] = {
        "RequestType": request_type,
        "ServiceToken": FUNCTION,
        "ResponseURL": response_url(),
        "StackId": STACK,
        "RequestId": REQUEST_ID,
        "LogicalResourceId": "Campaign7A1B2C3D",
        "ResourceType": kind,
        "ResourceProperties": dict(MINIMAL[kind] if properties is None else properties),
    }
    if request_type != "Create":
        made["PhysicalResourceId"] = f"arn:aws:personalize:eu-west-1:{ACCOUNT}:campaign/spring-sale"
    if request_type == "Update":
        made["OldResourceProperties"] = dict(MINIMAL[kind])
    return {**made, **changes}


def request(request_type: str = "Create", **changes: Any) -> Request:
    """The request of such an event."""
    return parse(event(request_type, **changes), now_s=SIGNED_AT_S)


@dataclass
class Context:
    """What a Lambda is told about its surroundings."""

    invoked_function_arn: str = FUNCTION
    function_name: str = "provider"
    aws_request_id: str = "11111111-2222-3333-4444-555555555555"
    log_group_name: str = "/aws/lambda/provider"
    log_stream_name: str = "2025/02/03/[$LATEST]abc"
    remaining_ms: int = 30_000

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the invocation."""
        return self.remaining_ms
