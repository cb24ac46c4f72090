"""Tags: what `Tags.of(scope).add(...)` says reaches the Amazon Personalize resource."""

from __future__ import annotations

import aws_cdk as cdk
import jsii
from constructs import Construct

from cdk_personalize.faults import is_token, report_found
from personalize_provider.resources.spec import TAG_LIST, TAGS
from personalize_provider.schema import Fault, read

_ID = "Tags"


@jsii.implements(cdk.ITaggableV2)
class ResourceTags(Construct):
    """Collects a resource's tags, beside the custom resource that carries them.

    The custom resource cannot do that itself: the CDK would write them as a property in a shape of
    its own.

    Args:
        scope: The construct whose resource carries the tags.
        resource_type: Its CloudFormation type, by which tags are included or excluded.

    Attributes:
        listed: The tags in the shape of a native resource, once all aspects have run; nothing if
            there are none.
    """

    def __init__(self, scope: Construct, *, resource_type: str) -> None:
        super().__init__(scope, _ID)
        self._manager = cdk.TagManager(cdk.TagType.STANDARD, resource_type)
        self.listed: cdk.IResolvable = cdk.Lazy.any(_Listed(self._manager))
        report_found(self, self._faults)

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """What the CDK adds tags to."""
        return self._manager

    def _faults(self) -> list[Fault]:
        return read(TAG_LIST, _listed(self._manager), path=TAGS, opaque=is_token)[1]


@jsii.implements(cdk.IStableAnyProducer)
class _Listed:
    def __init__(self, manager: cdk.TagManager) -> None:
        self._manager = manager

    def produce(self) -> list[dict[str, str]] | None:
        return _listed(self._manager) or None


def _listed(manager: cdk.TagManager) -> list[dict[str, str]]:
    return [{"Key": key, "Value": each} for key, each in sorted(manager.tag_values().items())]
