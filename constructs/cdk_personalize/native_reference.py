"""Native resources in the place of ARNs: which reference has which ARN, and what is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk.interfaces import aws_personalize as references

from cdk_personalize.faults import place_faults, shown
from personalize_provider.resources import Fault

if TYPE_CHECKING:
    from constructs import Construct

FilterLike = str | references.IFilterRef
"""What `filter_arn` takes: a filter's ARN, or a native `CfnFilter`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeReference:
    """A kind of resource that is given as its ARN, or as the CDK's own construct for it.

    Attributes:
        title: For people, in lower case: "dataset group".
        construct: The CDK's own construct: `CfnDatasetGroup`.
        taken_by: The property that takes the ARN, for faults: `DatasetGroupArn`.
    """

    title: str
    construct: str
    taken_by: str

    def arn_of(self, given: object) -> str | None:
        """The ARN that goes into the template.

        Args:
            given: What was given. None stays None. What is no such resource, which `faults`
                refuses, gives a token without a value, so that no other rule stumbles over it.
        """
        if given is None or isinstance(given, str):
            return given
        reference = self._reference(given)
        arn = None if reference is None else getattr(reference, f"{self._key}_arn")
        return cdk.Aws.NO_VALUE if arn is None else str(arn)

    def faults(self, scope: Construct, given: object) -> tuple[Fault, ...]:
        """What is wrong with something that is neither an ARN nor such a resource, or elsewhere.

        Args:
            scope: What uses it.
            given: What was given.
        """
        if given is None or isinstance(given, str):
            return ()
        if self._reference(given) is not None:
            member = self.taken_by[:1].lower() + self.taken_by[1:]
            return place_faults(scope, given, at=(member,))
        return (
            Fault(
                property=self.taken_by,
                value=shown(given),
                rule=f"be the ARN of a {self.title}, or a native {self.title} ({self.construct})",
                way_out=f"Give the {self.title} itself, or its ARN as a string.",
            ),
        )

    @property
    def _key(self) -> str:
        return self.title.replace(" ", "_")

    def _reference(self, given: object) -> Any:
        return getattr(given, f"{self._key}_ref", None)


FILTER = NativeReference(title="filter", construct="CfnFilter", taken_by="FilterArn")
