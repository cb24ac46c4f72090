"""Lets services use a KMS key: its own policy where that can be changed, a warning where not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from constructs import Construct, IDependable

KEY_POLICY_WARNING = "cdk-personalize:keyPolicy"
"""Id of the warning about a key whose policy cannot be changed from this app."""


def is_key(given: object) -> bool:
    """Whether something is a key, or an alias that stands for one, and not an ARN as a text."""
    return getattr(given, "key_arn", None) is not None


def alias_of_unknown_key(key: object) -> str | None:
    """The name of an alias of another app, whose key is not known: its ARN is of no use."""
    key_arn = str(getattr(key, "key_arn", ""))
    alias = key_arn.partition(":alias/")[2]
    return f"alias/{alias}" if alias and cdk.Token.is_unresolved(key_arn) else None


def key_behind_alias(key: kms.IKey | None) -> kms.IKey | None:
    """The key itself, for services take the ARN of a key and not of an alias."""
    return key.alias_target_key if isinstance(key, kms.Alias) else key


def open_key(
    scope: Construct,
    key: kms.IKey,
    statements: Sequence[iam.PolicyStatement],
    *,
    user: str,
    told: Sequence[iam.PolicyStatement] | None = None,
) -> list[IDependable]:
    """Add statements to a key's policy.

    Args:
        scope: The construct that uses the key; the warning goes to it.
        key: The key.
        statements: What its policy must say.
        user: Who needs them, for the warning: "Amazon Personalize".
        told: The same statements, each as another template can say it, for the warning. Default:
            `statements`.

    Returns:
        What the user of the key must wait for.
    """
    left = [
        as_told
        for each, as_told in zip(statements, told or statements, strict=True)
        if not key.add_to_resource_policy(each).statement_added
    ]
    if left:
        cdk.Annotations.of(scope).add_warning_v2(
            KEY_POLICY_WARNING,
            f"The policy of the key {shown(scope, key.key_arn)} cannot be changed from this "
            f"app. {user} needs these statements in it, so ask its owner to add them: "
            f"{shown_statements(scope, left)}",
        )
    return [key] if len(left) < len(statements) else []


def shown_statements(scope: Construct, statements: Iterable[iam.PolicyStatement]) -> str:
    """Statements as JSON, with intrinsics in the words of `Fn::Sub`, for people to read."""
    return json.dumps([_plain(scope, statement.to_json()) for statement in statements])


def shown(scope: Construct, value: str) -> str:
    """A text with its tokens in the words of `Fn::Sub`, for people to read."""
    return str(_plain(scope, value))


def _plain(scope: Construct, value: object) -> Any:
    return spelled(cdk.Stack.of(scope).resolve(value))


def spelled(value: Any) -> Any:
    """A resolved value with its intrinsics in the words of `Fn::Sub`, for people to read.

    `{"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}]]}` is `arn:${AWS::Partition}`.
    """
    match value:
        case {"Ref": name}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::Join": [separator, [*parts]]}:
            return separator.join(str(spelled(part)) for part in parts)
        case dict():
            return {key: spelled(item) for key, item in value.items()}
        case list():
            return [spelled(item) for item in value]
    return value
