"""The rule that all of a resource's parts are where it is: in one region, partition and account.

Source: Amazon Personalize API reference: its resources belong to a region, and "the Amazon S3
bucket must be in the same region as the API endpoint you are calling". The region of a bucket is
not in its path, so that is checked by the constructs alone. Resources of Personalize have no
policies of their own, so no other account can use them, and roles are passed within an account
alone (AWS Identity and Access Management User Guide, "Grant a user permissions to pass a role"); a
key or a bucket can be another's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from personalize_provider.resources.shapes import known
from personalize_provider.resources.spec import PROVIDER, Rule
from personalize_provider.schema import Fault, Opaque, cloudformation_name

CHINA = "aws-cn"
_WITHOUT_REGION = "iam"
_UNSHARED = {
    "personalize": "Amazon Personalize shares nothing between accounts",
    "iam": "no role can be handed over to another account's service",
}
"""What has to be of the stack's own account, and why."""


def region_of(arn: str | None) -> str | None:
    """The region in an ARN; None where there is no ARN, or no region in it."""
    parts = (arn or "").split(":")
    return (parts[3] or None) if len(parts) > 3 else None


def account_of(arn: str | None) -> str | None:
    """The account in an ARN; None where there is no ARN, or no account in it."""
    found = (arn or "").split(":")[4:5]
    return found[0] if found and re.fullmatch("[0-9]{12}", found[0]) else None


def one_place(*members: tuple[str, ...]) -> Rule:
    """The rule on the ARNs at some paths of members.

    They are in the provider's region; where that is not known yet, in that of the first of them.

    Args:
        members: Paths of members, such as `("jobInput", "s3DataSource", "kmsKeyArn")`.
    """

    def rule(desired: Mapping[str, Any], opaque: Opaque) -> Iterator[Fault]:
        arns = {
            ".".join(map(cloudformation_name, path)): arn
            for path in members
            if (arn := known(desired, *path, opaque=opaque)) is not None
        }
        provider = known(desired, PROVIDER, opaque=opaque)
        home, account = region_of(provider), account_of(provider)
        why = "where the stack is"
        for name, arn in arns.items():
            partition, service, region = arn.split(":")[1:4]
            if not region and service != _WITHOUT_REGION:
                yield _no_region(name, arn)
            elif region and home and region != home:
                yield _elsewhere(name, arn, home=home, why=why)
            elif service in _UNSHARED and account not in (None, account_of(arn) or account):
                yield _another_accounts(name, arn, account=str(account), why=_UNSHARED[service])
            else:
                place = region or home
                if place and (partition == CHINA) != place.startswith("cn-"):
                    yield _other_partition(name, arn, place)
            if region and not home:
                home, why = region, f"as {name} is"

    return rule


def _no_region(name: str, arn: str) -> Fault:
    return Fault(
        property=name,
        value=arn,
        rule="name a region",
        way_out="Give the whole ARN: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE.",
    )


def _elsewhere(name: str, arn: str, *, home: str, why: str) -> Fault:
    return Fault(
        property=name,
        value=arn,
        rule=f"be in {home}, {why}",
        way_out=f"Give one of {home}; Amazon Personalize does not reach into other regions.",
    )


def _another_accounts(name: str, arn: str, *, account: str, why: str) -> Fault:
    return Fault(
        property=name,
        value=arn,
        rule=f"be of account {account}, where the stack is",
        way_out=f"Give one of {account}; {why}.",
    )


def _other_partition(name: str, arn: str, region: str) -> Fault:
    partition, _, rest = arn.removeprefix("arn:").partition(":")
    right = CHINA if region.startswith("cn-") else "aws"
    return Fault(
        property=name,
        value=arn,
        rule=f"be of the partition of {region}, which is not {partition}",
        way_out=f"Give arn:{right}:{rest}, if that is what is meant.",
    )
