"""Amazon Personalize: find, create, update, delete. The only room that calls its client.

Not-found is an answer, not an error; what may pass by itself is told apart from what will not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from personalize_provider.calls import NotFoundError, RefusedError, call
from personalize_provider.ownership import Owner, owner_of
from personalize_provider.resources import ResourceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestUpdate:
    """The latest update of a resource that changes in place.

    Attributes:
        status: The update's own status.
        failure_reason: The service's words, or "".
        created_at_s: Epoch seconds.
        changed_at_s: Epoch seconds of its latest change of status.
        description: The configuration that it asked for, in the service's spelling.
    """

    status: str
    failure_reason: str
    created_at_s: float
    changed_at_s: float
    description: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A resource as a list shows it.

    Attributes:
        arn: Its ARN.
        status: The service's status, as it is.
        created_at_s: Epoch seconds.
    """

    arn: str
    status: str
    created_at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A resource as the service describes it.

    Attributes:
        arn: Its ARN.
        status: The service's status, as it is.
        failure_reason: The service's words, or "".
        created_at_s: Epoch seconds; with the ARN it tells one resource from its successor.
        description: The whole description, in the service's spelling.
        update: The latest update, or None.
    """

    arn: str
    status: str
    failure_reason: str
    created_at_s: float
    description: Mapping[str, Any]
    update: LatestUpdate | None = None

    @property
    def failure(self) -> str:
        """What has failed, and why; "" where the service tells no reason."""
        return f"{self.status}: {self.failure_reason}" if self.failure_reason else ""


class Personalize:
    """The service, for one kind of resource.

    Args:
        client: A botocore client of `personalize`.
        spec: The kind.
    """

    def __init__(self, client: Any, spec: ResourceSpec) -> None:
        self._client = client
        self._spec = spec

    def find(self, arn: str) -> Found | None:
        """Describe a resource; None where there is none.

        Raises:
            ServiceError: The description could not be had.
        """
        spec = self._spec
        try:
            answer = self._call(spec.operations.describe, {spec.arn_member: arn})
        except NotFoundError:
            return None
        described = answer[spec.described_member]
        latest = described.get(spec.update_member) if spec.update_member else None
        return Found(
            arn=arn,
            status=described.get("status", ""),
            failure_reason=described.get("failureReason", ""),
            created_at_s=_epoch(described.get("creationDateTime")),
            description=described,
            update=latest
            and LatestUpdate(
                status=latest.get("status", ""),
                failure_reason=latest.get("failureReason", ""),
                created_at_s=_epoch(latest.get("creationDateTime")),
                changed_at_s=_epoch(latest.get("lastUpdatedDateTime")),
                description=latest,
            ),
        )

    def owner(self, arn: str) -> Owner | None:
        """Who made a resource, from its tags; None where they name no owner of ours.

        Raises:
            ServiceError: The tags could not be read.
        """
        return owner_of(self.tags(arn))

    def tags(self, arn: str) -> dict[str, str]:
        """All tags of a resource; none where there is no such resource.

        Raises:
            ServiceError: The tags could not be read.
        """
        try:
            answer = self._call("ListTagsForResource", {"resourceArn": arn})
        except NotFoundError:
            return {}
        return {tag["tagKey"]: tag["tagValue"] for tag in answer.get("tags", [])}

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Set tags, and leave all others as they are.

        Raises:
            ServiceError: They were not set, or it is not known whether they were.
        """
        self._call("TagResource", {"resourceArn": arn, "tags": _listed(tags)})

    def untag(self, arn: str, keys: Iterable[str]) -> None:
        """Remove tags; those that are not there are no error.

        Raises:
            ServiceError: They were not removed, or it is not known whether they were.
        """
        self._call("UntagResource", {"resourceArn": arn, "tagKeys": sorted(keys)})

    def create(self, desired: Mapping[str, Any], tags: Mapping[str, str]) -> str:
        """Create a resource, with its tags in the same call, so that none is ever unmarked.

        Returns:
            Its ARN.

        Raises:
            ServiceError: It was not created, or it is not known whether it was.
        """
        answer = self._call(self._spec.operations.create, {**desired, "tags": _listed(tags)})
        return str(answer[self._spec.arn_member])

    def update(self, arn: str, desired: Mapping[str, Any]) -> None:
        """Change a resource in place.

        Raises:
            ServiceError: It was not changed, or it is not known whether it was.
        """
        operation = self._spec.operations.update
        if operation is None:
            raise RefusedError(f"{self._spec.title} cannot be updated")
        own = {key: value for key, value in desired.items() if key != self._spec.name_member}
        self._call(operation, {self._spec.arn_member: arn, **own})

    def delete(self, arn: str) -> None:
        """Start to delete a resource; one that is gone already is no error.

        Raises:
            ServiceError: The deletion did not start, or it is not known whether it did.
        """
        self._call_on(self._spec.operations.delete, arn, "deleted")

    def stop(self, arn: str) -> None:
        """Stop the work on a resource; one that is gone is no error.

        Raises:
            ServiceError: It was not stopped, or it is not known whether it was.
        """
        self._call_on(self._spec.operations.stop, arn, "stopped")

    def start(self, arn: str) -> None:
        """Bring an inactive resource back.

        Raises:
            ServiceError: It was not started, or it is not known whether it was.
        """
        self._call_on(self._spec.operations.start, arn, "started")

    def listed(self, filter_value: str) -> Iterator[Listed]:
        """All resources of the kind that match the list's filter, in no certain order.

        Raises:
            ServiceError: The list could not be had.
        """
        spec = self._spec
        if spec.operations.list is None or spec.list_member is None or spec.list_filter is None:
            return
        token: dict[str, str] = {}
        while True:
            asked = {spec.list_filter: filter_value, "maxResults": 100, **token}
            try:
                answer = self._call(spec.operations.list, asked)
            except NotFoundError:
                # What it is narrowed to is gone, and with it all that it would list.
                return
            for summary in answer[spec.list_member]:
                if all(summary.get(name, is_) == is_ for name, is_ in spec.list_only.items()):
                    yield Listed(
                        arn=summary[spec.arn_member],
                        status=summary.get("status", ""),
                        created_at_s=_epoch(summary.get("creationDateTime")),
                    )
            if not answer.get("nextToken"):
                return
            token = {"nextToken": answer["nextToken"]}

    def _call_on(self, operation: str | None, arn: str, done: str) -> None:
        """A call that takes nothing but the ARN; a resource that is gone is no error."""
        if operation is None:
            raise RefusedError(f"{self._spec.title} cannot be {done}")
        try:
            self._call(operation, {self._spec.arn_member: arn})
        except NotFoundError:
            return

    def _call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        return call(self._client, operation, request)


def _listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"tagKey": key, "tagValue": value} for key, value in tags.items()]


def _epoch(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0
