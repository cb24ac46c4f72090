"""Lets a batch job into its buckets and keys: the role, and the resources' policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from cdk_personalize import permissions
from cdk_personalize.faults import report_found
from cdk_personalize.job_location import JobLocation
from cdk_personalize.key_access import open_key, shown, shown_statements
from cdk_personalize.stack_names import stack_name_pattern
from personalize_provider.resources import Fault

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from constructs import Construct, IDependable

    from cdk_personalize.job_location import JobInput, JobOutput

BUCKET_POLICY_WARNING = "cdk-personalize:bucketPolicy"
"""Id of the warning about a bucket whose policy cannot be changed from this app."""


def make_role(scope: Construct, *, job_input: JobInput, job_output: JobOutput) -> iam.IRole:
    """The role of one job, its policy inline so that it is one template resource.

    Args:
        scope: The job.
        job_input: What the role may read.
        job_output: What the role may write.
    """
    place = permissions.Place.of(scope)
    role = iam.Role(
        scope,
        "Role",
        path=permissions.job_role_path(cdk.Aws.STACK_NAME),
        assumed_by=permissions.personalize_principal(place),
        description="Lets Amazon Personalize read and write the files of a batch job",
        inline_policies={
            "Files": iam.PolicyDocument(
                statements=permissions.job_role_statements(
                    job_input=job_input, job_output=job_output
                )
            )
        },
    )
    report_found(scope, lambda: _path_faults(scope, role))
    # jsii's classes name some parameters unlike their interfaces do, which pyright minds.
    return cast("iam.IRole", role)


def is_made(role: iam.IRole) -> bool:
    """Whether the template makes a role; not where `iam.Role.customize_roles` names another."""
    return isinstance(role.node.default_child, iam.CfnRole)


def open_locations(
    scope: Construct, *, job_input: JobInput, job_output: JobOutput, role_is_made: bool
) -> list[IDependable]:
    """Add to the policies of buckets and keys what the service needs beside the role.

    Args:
        scope: The job; warnings about what cannot be changed from here go to it.
        job_input: What the service reads.
        job_output: Where the service writes.
        role_is_made: Whether the role is under the path of the stack's own, which the policies of
            keys then let in. Any other one is let in by whoever made it.

    Returns:
        What the job must wait for.
    """
    place = permissions.Place.of(scope)
    principal = permissions.personalize_principal(place)
    waits: list[IDependable] = []
    for location, statements in (
        (job_input, permissions.input_statements(job_input, principal)),
        (job_output, permissions.output_statements(job_output, principal)),
    ):
        waits += _open_bucket(scope, location, statements)
    for key in _keys(job_input, job_output):
        names = _stack_name_pattern(scope, key), stack_name_pattern(scope)
        statements, told = (
            permissions.key_policy_statements(
                place, stack_name_pattern=name if role_is_made else None
            )
            for name in names
        )
        waits += open_key(scope, key, statements, user="Amazon Personalize", told=told)
    return waits


def _open_bucket(
    scope: Construct, location: JobLocation, statements: Iterable[iam.PolicyStatement]
) -> list[IDependable]:
    waits: list[IDependable] = []
    left: list[iam.PolicyStatement] = []
    for statement in statements:
        if location.bucket is None:
            left.append(statement)
            continue
        added = location.bucket.add_to_resource_policy(statement)
        if not added.statement_added:
            left.append(statement)
        elif added.policy_dependable is not None:
            waits.append(added.policy_dependable)
    if left:
        cdk.Annotations.of(scope).add_warning_v2(
            BUCKET_POLICY_WARNING,
            f"The policy of the bucket {shown(scope, location.bucket_arn)} cannot be changed "
            "from this app. Amazon Personalize needs these statements in it, so ask its owner to "
            f"add them: {shown_statements(scope, left)}",
        )
    return waits


def _keys(*locations: JobLocation) -> list[kms.IKey]:
    """The keys of the locations, each once."""
    keys = {
        location.encryption_key.key_arn: location.encryption_key
        for location in locations
        if location.encryption_key is not None
    }
    return list(keys.values())


def _path_faults(scope: Construct, role: iam.Role) -> Iterator[Fault]:
    """What is wrong with where a made role is: Aspects may have moved it."""
    made = role.node.default_child
    if not isinstance(made, iam.CfnRole):
        return
    ours = shown(scope, permissions.job_role_path(cdk.Aws.STACK_NAME))
    path = shown(scope, made.path or "/")
    if not path.startswith(ours):
        yield Fault(
            property="RoleArn",
            value=f"a role under the path {path}",
            rule=f"be under the path {ours}, for of the roles that the library makes the handler "
            "may pass no others",
            way_out="Leave the roles under that path alone in the Aspect that moves them, or give "
            "the job a role of your own as `role`.",
        )


def _stack_name_pattern(scope: Construct, key: kms.IKey) -> str:
    """The name of the job's stack, as the template that holds the key can say it."""
    if cdk.Stack.of(scope) is cdk.Stack.of(key):
        return cdk.Aws.STACK_NAME
    # Naming a nested stack exactly would make the key's stack wait for it.
    return stack_name_pattern(scope)
