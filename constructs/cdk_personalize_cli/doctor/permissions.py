"""May whoever deploys do what the deploy takes? By IAM's own simulation of their policies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cdk_personalize_cli.doctor.finding import Finding, Level, ok, unchecked
from cdk_personalize_cli.doctor.rights import JOB_ROLE, PROVIDER_TYPES, RIGHTS, Rights
from cdk_personalize_cli.doctor.subject import Subject
from cdk_personalize_cli.doctor.template import Template
from personalize_provider.calls import RefusedError, ServiceError, call

CHECK = "permissions"

_ALLOWED = "allowed"
_JOBS = frozenset({"batch-inference-job", "batch-segment-job"})
_NAME_IT = "Give --principal the ARN of the user or role that deploys."


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one principal has to be allowed for one stack.

    Attributes:
        principal: ARN of the user or role; "" for who asks.
        stack: Name of the stack.
        rights: What for.
    """

    principal: str
    stack: str
    rights: tuple[Rights, ...]


def check(subject: Subject) -> Iterator[Finding]:
    """One finding a stack; with a bootstrap, whether its deploy role may be assumed too."""
    for need in _needs(subject):
        try:
            principal = need.principal or _principal(subject)
            denied = _denied(subject, need, principal)
        except ServiceError as error:
            yield _not_told(error, need)
        except UnknownPrincipalError as error:
            yield unchecked(CHECK, f"{error} {_NAME_IT}", need.stack)
        else:
            yield _judged(need, principal, denied)


class UnknownPrincipalError(Exception):
    """IAM cannot simulate who asks."""


def _needs(subject: Subject) -> Iterator[Need]:
    given = subject.question.principal or ""
    for template in subject.templates:
        execution = template.artifact.get("cloudFormationExecutionRoleArn", "")
        principal = given or subject.filled(execution)
        if rights := _rights(template):
            yield Need(principal=principal, stack=template.stack, rights=rights)
        deploy = template.artifact.get("assumeRoleArn", "")
        if deploy and not given:
            assume = Rights(actions=("sts:AssumeRole",), resource=subject.filled(deploy))
            yield Need(principal="", stack=template.stack, rights=(assume,))
    if not subject.templates:
        rights = tuple(RIGHTS[each] for each in sorted(PROVIDER_TYPES))
        yield Need(principal=given, stack="any stack", rights=rights)


def _rights(template: Template) -> tuple[Rights, ...]:
    own = tuple(RIGHTS[each] for each in sorted(template.types & RIGHTS.keys()))
    makes_roles = any(
        each.spec.kind in _JOBS and not isinstance(each.at("RoleArn"), str)
        for each in template.resources
    )
    return (*own, JOB_ROLE) if makes_roles else own


def _principal(subject: Subject) -> str:
    """ARN of the user or role behind who asks.

    Raises:
        UnknownPrincipalError: IAM simulates no such thing.
        ServiceError: IAM did not tell.
    """
    kind, _, name = subject.caller.split(":", 5)[-1].partition("/")
    if kind == "user":
        return subject.caller
    if kind == "root":
        raise UnknownPrincipalError("IAM does not simulate the root user.")
    if kind != "assumed-role":
        raise UnknownPrincipalError(f"IAM does not simulate {subject.caller}.")
    role = {"RoleName": name.partition("/")[0]}
    # The session's ARN lacks the role's path.
    return str(call(subject.clients.client("iam"), "GetRole", role)["Role"]["Arn"])


def _denied(subject: Subject, need: Need, principal: str) -> list[str]:
    """The actions that the principal may not do, each with the resource that was simulated."""
    found = []
    for rights in need.rights:
        resource = rights.resource.format(
            partition=subject.partition,
            region=subject.region,
            account=subject.account,
            stack=re.sub(r"\W", "-", need.stack),
        )
        for result in _simulated(subject, principal, rights.actions, resource):
            if result["EvalDecision"] != _ALLOWED:
                found.append(f"{result['EvalActionName']} on {resource}")
    return found


def _simulated(
    subject: Subject, principal: str, actions: tuple[str, ...], resource: str
) -> Iterator[Any]:
    asked = {
        "PolicySourceArn": principal,
        "ActionNames": list(actions),
        "ResourceArns": [resource],
    }
    while True:
        answer = call(subject.clients.client("iam"), "SimulatePrincipalPolicy", asked)
        yield from answer["EvaluationResults"]
        if not answer.get("IsTruncated"):
            return
        asked = {**asked, "Marker": answer["Marker"]}


def _judged(need: Need, principal: str, denied: list[str]) -> Finding:
    if not denied:
        count = sum(len(rights.actions) for rights in need.rights)
        what = f"{principal} may do the {count} actions that IAM was asked about."
        if count == 1:
            what = f"{principal} may do {need.rights[0].actions[0]}."
        return ok(CHECK, what, need.stack)
    return Finding(
        level=Level.MISSING,
        check=CHECK,
        what=f"{principal} may not do: {'; '.join(denied)}.",
        where=need.stack,
        why="CloudFormation acts with these permissions, and the deploy fails without them.",
        way_out="Allow these actions. IAM simulates with made-up names: if the policy allows "
        "the real ones only, pass over this.",
    )


def _not_told(error: ServiceError, need: Need) -> Finding:
    if not isinstance(error, RefusedError) or "NoSuchEntity" not in str(error):
        return unchecked(CHECK, str(error), need.stack)
    return Finding(
        level=Level.MISSING,
        check=CHECK,
        what=f"There is no {need.principal or 'such principal'}.",
        where=need.stack,
        why="CloudFormation would deploy as this role.",
        way_out="Run `cdk bootstrap`, or name who deploys with --principal.",
    )
