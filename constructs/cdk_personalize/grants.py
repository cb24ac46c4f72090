"""Who may call a campaign or a recommender: statements in the policies of users, groups and roles.

Amazon Personalize has no resource policies, so a grant can only be part of the caller's own policy,
and it has an effect only in the resource's account.

Source: Service Authorization Reference, Amazon Personalize: GetRecommendations,
GetPersonalizedRanking and GetActionRecommendations have one resource type, campaign. Filters are
none of theirs, so a `filterArn` in a call needs no right of its own. A call that names a
recommender is taken to be judged by the recommender's ARN, as one that names a campaign is by the
campaign's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from cdk_personalize.endpoint import Endpoint

GET_RECOMMENDATIONS = "personalize:GetRecommendations"
GET_PERSONALIZED_RANKING = "personalize:GetPersonalizedRanking"
GET_ACTION_RECOMMENDATIONS = "personalize:GetActionRecommendations"

GRANT_WARNING = "cdk-personalize:grantWithoutEffect"
"""Id of the warning about a grant that lets nobody in."""

_SERVICE = "personalize:"


def grant_on(endpoint: Endpoint, grantee: iam.IGrantable, actions: Sequence[str]) -> iam.Grant:
    """Allow actions on an ARN, and warn where that cannot have an effect.

    Args:
        endpoint: What is called.
        grantee: Who calls.
        actions: Such as `personalize:GetRecommendations`.

    Raises:
        ValueError: There is no action, or one is not Amazon Personalize's.
    """
    if not actions:
        raise ValueError(f"A grant needs an action, such as {GET_RECOMMENDATIONS}.")
    for action in actions:
        if not isinstance(action, str) or not action.startswith(_SERVICE):
            name = action.rpartition(":")[2] if isinstance(action, str) else ""
            raise ValueError(
                f"{action!r} is no action of Amazon Personalize: write it as "
                f"'{_SERVICE}{name or '...'}', each action for itself."
            )
    grant = iam.Grant.add_to_principal(
        grantee=grantee, actions=list(actions), resource_arns=[endpoint.endpoint_arn]
    )
    reason = _no_effect(endpoint, grantee, grant)
    if reason is not None:
        cdk.Annotations.of(endpoint).add_warning_v2(
            GRANT_WARNING,
            f"{reason} Grant {', '.join(actions)} to a role of the {endpoint.spec.kind}'s account "
            "instead, and let the caller assume it.",
        )
    return grant


def _no_effect(endpoint: Endpoint, grantee: iam.IGrantable, grant: iam.Grant) -> str | None:
    """Why a grant lets nobody in, as far as that is known at synthesis."""
    if not grant.success:
        return (
            "The grantee has no policy of its own, and Amazon Personalize has no resource "
            "policies, so nothing was granted."
        )
    here, there = endpoint.env.account, grantee.grant_principal.principal_account
    if there is None or here == there or cdk.Token.is_unresolved(here):
        return None
    if cdk.Token.is_unresolved(there):
        return None
    return (
        f"The {endpoint.spec.kind} is in account {here}, and the grantee in {there}. Amazon "
        "Personalize has no resource policies, so it refuses calls from other accounts."
    )
