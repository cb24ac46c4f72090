"""Tags: what `Tags.of(scope).add(...)` says reaches the Amazon Personalize resource."""

from __future__ import annotations

import aws_cdk as cdk
import jsii
from constructs import Construct, IValidation

from cdk_personalize.faults import is_token
from personalize_provider.resources.spec import TAG_LIST, TAGS
from personalize_provider.schema import read

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
        self.node.add_validation(_Findings(self._manager))

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """What the CDK adds tags to."""
        return self._manager


@jsii.implements(cdk.IStableAnyProducer)
class _Listed:
    def __init__(self, manager: cdk.TagManager) -> None:
        self._manager = manager

    def produce(self) -> list[dict[str, str]] | None:
        return _listed(self._manager) or None


@jsii.implements(IValidation)
class _Findings:
    """What is wrong with the tags, which nobody knows before all aspects have run."""

    def __init__(self, manager: cdk.TagManager) -> None:
        self._manager = manager

    def validate(self) -> list[str]:
        faults = read(TAG_LIST, _listed(self._manager), path=TAGS, opaque=is_token)[1]
        return [str(fault) for fault in faults]


def _listed(manager: cdk.TagManager) -> list[dict[str, str]]:
    return [{"Key": key, "Value": each} for key, each in sorted(manager.tag_values().items())]
