"""The two functions that the CDK's Provider framework wants from its users."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import campaign


def on_event(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Starts what CloudFormation asks for."""
    if event["RequestType"] == "Create":
        return {"PhysicalResourceId": campaign.create(event)}
    if event["RequestType"] == "Delete":
        campaign.delete(event["PhysicalResourceId"])
    return {}


def is_complete(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Looks once."""
    arn = event["PhysicalResourceId"]
    if event["RequestType"] == "Delete":
        return {"IsComplete": campaign.is_gone(arn)}
    if not campaign.is_active(arn):
        return {"IsComplete": False}
    return {"IsComplete": True, "Data": {"CampaignArn": arn}}
