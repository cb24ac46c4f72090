"""Tags, of whatever kind of resource carries them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.exceptions import resource_in_use, resource_not_found
from emulator.rules import checked_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.backend import RegionBackend
    from emulator.kind import FakeResource, Operation
    from emulator.world import Answer, Request, World


class Tags:
    """Tag, untag and list, for the resources of one place."""

    def __init__(self, *, world: World, region: RegionBackend) -> None:
        self._world = world
        self._region = region
        self._before: dict[tuple[str, float], list[tuple[float, dict[str, str]]]] = {}

    @property
    def operations(self) -> Mapping[str, Operation]:
        return {
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": self.list_all,
        }

    def tag(self, request: Request) -> Answer:
        resource = self._changeable(request["resourceArn"])
        tags = checked_tags(request, world=self._world, present=resource.tags)
        self._change(resource, tags)
        return {}

    def untag(self, request: Request) -> Answer:
        resource = self._changeable(request["resourceArn"])
        unwanted = set(request["tagKeys"])
        self._change(
            resource, {key: each for key, each in resource.tags.items() if key not in unwanted}
        )
        return {}

    def list_all(self, request: Request) -> Answer:
        found = self._find(request["resourceArn"])
        if self._world.now_s < found.creation.started_s + self._world.oddities.tag_list_lag_s:
            raise resource_not_found(found.arn)
        shown = self._shown(found).items()
        return {"tags": [{"tagKey": key, "tagValue": each} for key, each in shown]}

    def plan_name(self, request: Mapping[str, Any]) -> str:
        """The name by which plans know the resource; the request is not checked yet."""
        arn = request.get("resourceArn")
        if not isinstance(arn, str):
            return ""
        found = self._region.resource(arn)
        return found.name if found else arn.rpartition("/")[2]

    def policy_resource(self, request: Mapping[str, Any]) -> str:
        """The ARN: IAM knows a resource type for each kind that carries tags."""
        arn = request.get("resourceArn")
        return arn if isinstance(arn, str) else "*"

    def _change(self, resource: FakeResource, tags: dict[str, str]) -> None:
        """Set tags; a list that lags goes on to show those before."""
        if self._world.oddities.tag_change_lag_s:
            self._before.setdefault(_identity(resource), []).append(
                (self._world.now_s, resource.tags)
            )
        resource.tags = tags

    def _shown(self, resource: FakeResource) -> Mapping[str, str]:
        since_s = self._world.now_s - self._world.oddities.tag_change_lag_s
        hidden = (
            before for at_s, before in self._before.get(_identity(resource), ()) if at_s > since_s
        )
        return next(hidden, resource.tags)

    def _find(self, arn: str) -> FakeResource:
        found = self._region.resource(arn)
        if found is None:
            raise resource_not_found(arn)
        return found

    def _changeable(self, arn: str) -> FakeResource:
        found = self._find(arn)
        if found.deleting:
            raise resource_in_use(arn, found.status)
        return found


def _identity(resource: FakeResource) -> tuple[str, float]:
    """What tells a resource from its successor of the same name."""
    return resource.arn, resource.creation.started_s
