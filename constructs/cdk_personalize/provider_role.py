"""A role of the provider, with its first rights inline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from constructs import Construct


def provider_role(
    scope: Construct,
    id: str,  # noqa: A002 (the CDK's own name for it)
    *,
    assumed_by: iam.IPrincipal,
    purpose: str,
    statements: Mapping[str, Sequence[iam.PolicyStatement]],
) -> iam.IRole:
    """Make a role that is one template resource.

    Args:
        scope: The provider.
        id: Name in that scope.
        assumed_by: Who may take the role.
        purpose: Its description.
        statements: Name of an inline policy -> its statements; one without any is left out.
    """
    documents = {
        name: iam.PolicyDocument(statements=list(each)) for name, each in statements.items() if each
    }
    role = iam.Role(
        scope,
        id,
        assumed_by=assumed_by,
        description=purpose,
        inline_policies=documents or None,
    )
    # jsii's classes name some parameters unlike their interfaces do, which pyright minds.
    return cast("iam.IRole", role)
