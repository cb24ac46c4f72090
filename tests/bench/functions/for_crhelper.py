"""The same on stock crhelper, with its polling: the form of the example in its README."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import campaign
from crhelper import CfnResource

helper = CfnResource()


@helper.create
def create(event: Mapping[str, Any], _context: object) -> None:
    """Starts the creation."""
    helper.Data["CampaignArn"] = campaign.create(event)


@helper.poll_create
def poll_create(event: Mapping[str, Any], _context: object) -> str | None:
    """Looks once; an id means that it is done."""
    arn = str(event["CrHelperData"]["CampaignArn"])
    return arn if campaign.is_active(arn) else None


@helper.delete
def delete(event: Mapping[str, Any], _context: object) -> None:
    """Starts the deletion."""
    campaign.delete(event["PhysicalResourceId"])


@helper.poll_delete
def poll_delete(event: Mapping[str, Any], _context: object) -> bool | None:
    """Looks once."""
    return campaign.is_gone(event["PhysicalResourceId"]) or None


def handler(event: dict[str, Any], context: object) -> None:
    """The Lambda's entry."""
    helper(event, context)
