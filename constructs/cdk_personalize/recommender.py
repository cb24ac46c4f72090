"""A recommender: one use case of a domain dataset group, trained and served by the service."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import aws_cdk as cdk
import jsii
from aws_cdk.interfaces import aws_personalize as references
from constructs import Construct

from cdk_personalize.endpoint import arn_of_name
from cdk_personalize.faults import check, missing_faults, removal_faults
from cdk_personalize.item_exploration import (
    ItemExplorationLike,
    exploration_faults,
    exploration_map,
)
from cdk_personalize.native_reference import NativeReference
from cdk_personalize.provider_base import IPersonalizeProvider
from cdk_personalize.recommender_base import ImportedRecommender, IRecommender
from cdk_personalize.resource import (
    adoption,
    custom_resource,
    given,
    is_off,
    number_of,
    unless_true,
)
from cdk_personalize.state_change import StateChanges, TellsStateChanges
from personalize_provider.resources import RECOMMENDER

DEFAULT_TIMEOUT_H = 3
"""Hours that a create or an update may take where `timeout` is left out.

Both may train models: more than an hour is common, and a wait that ends early gives them up.
"""

DatasetGroupLike = str | references.IDatasetGroupRef
"""What `dataset_group` takes: the group's ARN, or a native `CfnDatasetGroup`."""

ColumnsLike = Mapping[str, Sequence[str]] | cdk.IResolvable
"""What the columns' props take: a dataset's type, such as ITEMS -> names of its columns."""

_COLUMNS = "RecommenderConfig.TrainingDataConfig"
_DATASET_GROUP = NativeReference(
    title="dataset group", construct="CfnDatasetGroup", taken_by="DatasetGroupArn"
)
_RECIPE_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]*")


class Recommender(TellsStateChanges, IRecommender):
    """An Amazon Personalize recommender that counts as created only once it is ACTIVE.

    A prop may be a token where its type takes one; `timeout` may not. A change of
    `dataset_group`, `recipe_arn` or `recommender_name` is a new recommender, which is made before
    the old one goes; where the name is given, give another one at the same time. A change of the
    rest of the configuration updates the recommender in place (UpdateRecommender) and waits until
    the update is ACTIVE; the old configuration serves all the while. Other columns are a new
    training.

    A recommender that someone stopped by hand (INACTIVE) is started again whenever CloudFormation
    updates it, and is billed from then on. Nothing notices before. With `active=False` the stack
    itself stops it.

    Args:
        scope: Where the recommender belongs.
        id: Its name in that scope.
        dataset_group: The domain dataset group: its ARN, or a native `CfnDatasetGroup`. Its data
            must have been imported.
        recipe_arn: The use case: ARN of its recipe, or the recipe's name alone, such as
            `aws-ecomm-recommended-for-you`. It must be of the group's domain.
        recommender_name: 1 to 63 letters, digits, `-` and `_`, unique in account and region.
            Default: made of the stack's name, the logical id and a hash.
        min_recommendation_requests_per_second: Requests per second that are kept (and billed) at
            least, >= 1. Default: the service's, 1.
        item_exploration: How much new items are explored: an ItemExploration, or the service's
            own map of strings. Only for use cases that recommend to a user. Default: the
            service's.
        enable_metadata_with_recommendations: Whether callers may ask for items' metadata, at an
            extra price. Default: the service's, false.
        excluded_dataset_columns: Columns that are not trained on, by the type of their dataset:
            `{"ITEMS": ["TITLE"]}`. At most 3 datasets, and 50 columns of each. Default: none.
        included_dataset_columns: Columns that are trained on, likewise. Default: the service's,
            all.
        active: Whether the recommender serves. If not, it is stopped once it is as asked for, and
            counts as done when it is INACTIVE: it answers no requests, is not retrained and not
            billed, and keeps its ARN. A change of its configuration starts it for as long as the
            update takes. Default: true.
        adopt_existing: Whether a recommender of that name that exists already, made by hand or by
            another stack, is taken over: marked as this stack's by tags, updated where it differs.
            Its name has to be given. See docs/migrating.md. Default: the deployment fails.
        delete_adopted: Whether a recommender that was taken over is deleted like one that this
            stack has made. A rollback gives it back, except where CloudFormation deletes a new
            stack as a whole: see docs/migrating.md. Default: it is given back as it is.
        timeout: How long each create or update may take, 1 minute to 48 hours, no token; each
            started hour after the first adds a wait segment to the stack. Default: 3 hours.
        removal_policy: What becomes of the recommender when it leaves the stack, or is replaced.
            Default: it is deleted.
        state_change_events: Whether every status that a wait sees is told to EventBridge; see
            docs/events.md. Default: true.
        provider: What serves it: a PersonalizeProvider, also of another stack, or what
            `PersonalizeProvider.from_service_token` gives. Once it is deployed, another one cannot
            take over. Default: the stack's own.

    Props that break the service's rules make synthesis fail, with every fault of every construct.

    Source: Amazon Personalize API reference, CreateRecommender and UpdateRecommender.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        dataset_group: DatasetGroupLike,
        recipe_arn: str,
        recommender_name: str | None = None,
        min_recommendation_requests_per_second: jsii.Number | None = None,
        item_exploration: ItemExplorationLike | None = None,
        enable_metadata_with_recommendations: bool | cdk.IResolvable | None = None,
        excluded_dataset_columns: ColumnsLike | None = None,
        included_dataset_columns: ColumnsLike | None = None,
        active: bool = True,
        adopt_existing: bool = False,
        delete_adopted: bool = False,
        timeout: cdk.Duration | None = None,
        removal_policy: cdk.RemovalPolicy | None = None,
        state_change_events: bool = True,
        provider: IPersonalizeProvider | None = None,
    ) -> None:
        super().__init__(scope, id)
        timeout = cdk.Duration.hours(DEFAULT_TIMEOUT_H) if timeout is None else timeout
        properties = given(
            {
                "Name": recommender_name,
                "DatasetGroupArn": _DATASET_GROUP.arn_of(dataset_group),
                "RecipeArn": _recipe_arn(recipe_arn),
                "RecommenderConfig": {
                    "ItemExplorationConfig": exploration_map(item_exploration),
                    "MinRecommendationRequestsPerSecond": min_recommendation_requests_per_second,
                    "EnableMetadataWithRecommendations": enable_metadata_with_recommendations,
                    "TrainingDataConfig": {
                        "ExcludedDatasetColumns": _columns(excluded_dataset_columns),
                        "IncludedDatasetColumns": _columns(included_dataset_columns),
                    },
                },
                "Active": unless_true(active),
                **adoption(adopt_existing=adopt_existing, delete_adopted=delete_adopted),
                "StateChangeEvents": unless_true(state_change_events),
            }
        )
        checked = check(
            self,
            spec=RECOMMENDER,
            properties=properties,
            timeout=timeout,
            provider=provider,
            further=(
                *_DATASET_GROUP.faults(self, dataset_group),
                *exploration_faults(
                    item_exploration, path="RecommenderConfig.ItemExplorationConfig"
                ),
                *missing_faults(f"{_COLUMNS}.ExcludedDatasetColumns", excluded_dataset_columns),
                *missing_faults(f"{_COLUMNS}.IncludedDatasetColumns", included_dataset_columns),
                *removal_faults(removal_policy, spec=RECOMMENDER),
            ),
        )
        self._min_requests_per_second = number_of(min_recommendation_requests_per_second)
        self._chain = custom_resource(
            self, spec=RECOMMENDER, checked=checked, removal_policy=removal_policy
        )
        self._changes = StateChanges(
            scope=self,
            spec=RECOMMENDER,
            resource=self._chain.resource,
            told=not is_off(state_change_events),
        )

    @staticmethod
    def from_recommender_arn(
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        recommender_arn: str,
    ) -> IRecommender:
        """Refer to a recommender that exists already.

        Args:
            scope: Where it is referred to.
            id: Its name in that scope.
            recommender_arn: The ARN, plain or a token. Account and region are taken from it.

        Raises:
            InvalidPropertiesError: It is no ARN of a recommender.
        """
        return ImportedRecommender(scope, id, recommender_arn=recommender_arn)

    @staticmethod
    def from_recommender_name(
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        recommender_name: str,
    ) -> IRecommender:
        """Refer to a recommender of the stack's own account and region.

        Args:
            scope: Where it is referred to.
            id: Its name in that scope.
            recommender_name: The name, plain or a token.

        Raises:
            InvalidPropertiesError: It is no name of a recommender.
        """
        arn = arn_of_name(scope, recommender_name, spec=RECOMMENDER)
        return ImportedRecommender(scope, id, recommender_arn=arn)

    @property
    def recommender_arn(self) -> str:
        """The recommender's ARN, as a token that makes its users wait until it is ACTIVE."""
        return self._chain.attribute("RecommenderArn")

    @property
    def recommender_name(self) -> str:
        """The recommender's name, given or made."""
        return self._chain.attribute("Name")

    @property
    def min_recommendation_requests_per_second(self) -> jsii.Number | None:
        """Requests per second that are kept at least: as given, or the service's default."""
        config = RECOMMENDER.defaults["recommenderConfig"]
        asked = self._min_requests_per_second
        return config["minRecommendationRequestsPerSecond"] if asked is None else asked

    @property
    def status(self) -> str:
        """The recommender's status when CloudFormation was told: ACTIVE, or INACTIVE as asked."""
        return self._chain.attribute("Status")

    @property
    def creation_date_time(self) -> str:
        """When the recommender was created, in ISO 8601."""
        return self._chain.attribute("CreationDateTime")

    @property
    def last_updated_date_time(self) -> str:
        """When the recommender was last updated, in ISO 8601."""
        return self._chain.attribute("LastUpdatedDateTime")


def _recipe_arn(recipe: str) -> str:
    """A recipe's ARN, where its name alone was given; what is neither is left to the rules."""
    if not isinstance(recipe, str) or not _RECIPE_NAME.fullmatch(recipe):
        return recipe
    return f"arn:{cdk.Aws.PARTITION}:personalize:::recipe/{recipe}"


def _columns(columns: ColumnsLike | None) -> object:
    """The map with lists, as templates have them; what is no sequence is left to the rules."""
    if not isinstance(columns, Mapping):
        return columns
    return {
        kind: list(names) if isinstance(names, Sequence) and not isinstance(names, str) else names
        for kind, names in columns.items()
    }
