"""What Personalize shows of a resource, or else what the waiter saw of it last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cdk_personalize_cli.watch.operation import Resource
from cdk_personalize_cli.watch.waits import Wait
from personalize_provider import names
from personalize_provider.calls import DeniedError, RefusedError, ServiceError, call
from personalize_provider.event import parse
from personalize_provider.personalize import Found, Personalize
from personalize_provider.resources import SPECS, Change, ResourceSpec
from personalize_provider.segments import CLOUDFORMATION_TYPE as SEGMENT

NOT_THERE = "not there"
"""Stands for the status where Personalize knows no such resource."""

BY_PERSONALIZE = "personalize"
BY_WAITER = "waiter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A resource of Personalize, as somebody sees it.

    Attributes:
        arn: Its ARN, "" while that is not known.
        status: The service's status, with that of an update under way; "" while unknown.
        reason: The service's reason for a failure, or "".
        seen_by: BY_PERSONALIZE, or BY_WAITER where only the memo of its latest look could be had.
        dataset_group_arn: ARN of its dataset group, "" while unknown.
    """

    arn: str = ""
    status: str = ""
    reason: str = ""
    seen_by: str = ""
    dataset_group_arn: str = ""


class Sightings:
    """Looks at resources of Personalize.

    Args:
        client: A botocore client of `personalize`.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._groups: dict[str, str] = {}
        self.denied = ""
        """Why Personalize refuses to tell, once it has; then it is not asked again."""

    def of(self, resource: Resource, wait: Wait | None) -> Sighting:
        """What is seen of a resource that is waited for.

        Args:
            resource: The resource.
            wait: What its execution tells, if it could be had.
        """
        spec = SPECS.get(resource.kind)
        arn = _arn(resource, wait, spec)
        if spec is None or not arn:
            return _by_waiter(arn, wait)
        try:
            found = self._find(spec, arn)
        except ServiceError:
            return _by_waiter(arn, wait)
        if found is None:
            return Sighting(arn=arn, status=NOT_THERE, seen_by=BY_PERSONALIZE)
        return Sighting(
            arn=arn,
            status=_status(found),
            reason=found.update.failure_reason if found.update else found.failure_reason,
            seen_by=BY_PERSONALIZE,
            dataset_group_arn=self._group(found),
        )

    def _find(self, spec: ResourceSpec, arn: str) -> Found | None:
        if self.denied:
            raise DeniedError(self.denied)
        try:
            return Personalize(self._client, spec).find(arn)
        except DeniedError as error:
            self.denied = str(error)
            raise

    def _group(self, found: Found) -> str:
        """The dataset group, from the description itself or from its solution version's."""
        told = found.description.get("datasetGroupArn")
        if told:
            return str(told)
        version = found.description.get("solutionVersionArn", "")
        solution = version.rpartition("/")[0]
        if solution not in self._groups:
            self._groups[solution] = self._group_of_solution(solution)
        return self._groups[solution]

    def _group_of_solution(self, arn: str) -> str:
        try:
            answer = call(self._client, "DescribeSolution", {"solutionArn": arn})
        except (RefusedError, DeniedError):
            return ""
        return str(answer["solution"].get("datasetGroupArn", ""))


def _arn(resource: Resource, wait: Wait | None, spec: ResourceSpec | None) -> str:
    """The ARN: by the wait, by what a segment carries, by the derived name, by the physical id."""
    if wait is not None and wait.target_arn:
        return wait.target_arn
    if spec is None:
        return ""
    carried = resource.properties.get("Arn", "") if resource.type == SEGMENT else ""
    for arn in (carried, _derived(resource, spec), resource.physical_id):
        if isinstance(arn, str) and f":{spec.arn_resource}/" in arn:
            return arn
    return ""


def _derived(resource: Resource, spec: ResourceSpec) -> str:
    """The ARN that follows from the name, as the handler derives it; "" where it cannot be told.

    The generated name of a job has a hash of the request in it, which events do not tell.
    """
    named = spec.name_property in resource.properties
    is_told = spec.change is Change.IN_PLACE or named
    if resource.type == SEGMENT or resource.verb == "DELETE" or not resource.properties:
        return ""
    event = {
        "RequestType": "Create",
        "ResponseURL": "unknown",
        "RequestId": "unknown",
        "StackId": resource.stack_id,
        "LogicalResourceId": resource.logical_id,
        "ResourceType": resource.type,
        "ResourceProperties": resource.properties,
    }
    return names.own_arn(parse(event, now_s=resource.began_s)) if is_told else ""


def _by_waiter(arn: str, wait: Wait | None) -> Sighting:
    if wait is None:
        return Sighting(arn=arn)
    return Sighting(arn=arn, status=wait.memo.last_status, seen_by=BY_WAITER)


def _status(found: Found) -> str:
    if found.update is None:
        return found.status
    return f"{found.status}, update {found.update.status}"
