"""What a role may do, asked where ministack itself does not ask.

With AUTH=true ministack holds every call over HTTP to the caller's policies: a function's calls to
those of its role. What the services do on a role's behalf inside ministack goes unasked, and is
asked here: a state machine invoking a function, Lambda handing an event to its failure
destination, Lambda writing a function's log.
"""

from __future__ import annotations


def role_allows(role_arn: str, action: str, resource_arn: str) -> bool:
    """Whether a role's policies allow an action on a resource."""
    from ministack.core import iam_evaluator

    account, region = role_arn.split(":")[4], resource_arn.split(":")[3]
    policies = iam_evaluator._gather_role_policies(role_arn.rsplit("/", 1)[-1], account)
    context = iam_evaluator.EvalContext(
        principal_arn=role_arn,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource_arn,
        region=region,
    )
    return bool(iam_evaluator.evaluate(context, policies).decision == "Allow")
