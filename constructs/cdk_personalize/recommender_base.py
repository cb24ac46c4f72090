"""What every recommender offers, whether this app makes it or only refers to it."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, ClassVar

import jsii

from cdk_personalize.endpoint import Endpoint, checked_arn, name_in
from personalize_provider.resources import RECOMMENDER

if TYPE_CHECKING:
    from constructs import Construct

    from personalize_provider.resources import ResourceSpec


class IRecommender(Endpoint):
    """A recommender: one that this app makes (`Recommender`), or one that exists already.

    An abstract class, since a Python library cannot add interfaces to jsii's.
    """

    spec: ClassVar[ResourceSpec] = RECOMMENDER

    @property
    @abc.abstractmethod
    def recommender_arn(self) -> str:
        """The recommender's ARN."""

    @property
    @abc.abstractmethod
    def recommender_name(self) -> str:
        """The recommender's name."""

    @property
    def endpoint_arn(self) -> str:
        """The recommender's ARN, which calls name."""
        return self.recommender_arn

    @property
    def min_recommendation_requests_per_second(self) -> jsii.Number | None:
        """Requests per second that are kept at least; None where that is not known."""
        return None


class ImportedRecommender(IRecommender):
    """A recommender that exists already; it adds nothing to the template.

    Args:
        scope: Where it is referred to.
        id: Its name in that scope.
        recommender_arn: The ARN, plain or a token. Account and region are taken from it.

    Raises:
        InvalidPropertiesError: It is no ARN of a recommender.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        recommender_arn: str,
    ) -> None:
        self._arn = checked_arn(scope, id, recommender_arn, spec=RECOMMENDER)
        super().__init__(scope, id, environment_from_arn=self._arn)

    @property
    def recommender_arn(self) -> str:
        """The recommender's ARN, as it was given."""
        return self._arn

    @property
    def recommender_name(self) -> str:
        """The recommender's name, taken from the ARN."""
        return name_in(self.stack, self._arn)
