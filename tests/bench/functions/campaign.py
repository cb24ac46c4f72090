"""The work of every peer, as users write it: create a campaign, look at it, delete it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3


def create(event: Mapping[str, Any]) -> str:
    """Creates the campaign that a Create asks for, and answers its ARN."""
    properties = event["ResourceProperties"]
    name = properties.get("Name") or (
        f"{event['StackId'].split('/')[1]}-{event['LogicalResourceId']}"
    )
    answer = _client().create_campaign(
        name=name,
        solutionVersionArn=properties["SolutionVersionArn"],
        minProvisionedTPS=int(properties.get("MinProvisionedTPS", 1)),
    )
    return str(answer["campaignArn"])


def is_active(arn: str) -> bool:
    """Whether the campaign is ACTIVE; raises when it never will be."""
    campaign = _client().describe_campaign(campaignArn=arn)["campaign"]
    if campaign["status"] == "CREATE FAILED":
        raise RuntimeError(campaign.get("failureReason", "the campaign failed"))
    return bool(campaign["status"] == "ACTIVE")


def delete(arn: str) -> None:
    """Deletes the campaign."""
    _client().delete_campaign(campaignArn=arn)


def is_gone(arn: str) -> bool:
    """Whether the campaign does not exist any more."""
    client = _client()
    try:
        client.describe_campaign(campaignArn=arn)
    except client.exceptions.ResourceNotFoundException:
        return True
    return False


def _client() -> Any:
    return boto3.client("personalize")
