"""A campaign: a solution version that serves real-time recommendations."""

from __future__ import annotations

import aws_cdk as cdk
import jsii
from constructs import Construct

from cdk_personalize.campaign_base import ICampaign, ImportedCampaign
from cdk_personalize.endpoint import arn_of_name
from cdk_personalize.existing_solution_version import (
    SolutionVersionLike,
    mark_version,
    version_arn,
    version_faults,
    warn_of_export,
)
from cdk_personalize.faults import check, removal_faults
from cdk_personalize.item_exploration import (
    ItemExplorationLike,
    exploration_faults,
    exploration_map,
)
from cdk_personalize.provider_base import IPersonalizeProvider
from cdk_personalize.ranking_influence import RankingInfluenceLike, influence_faults, influence_map
from cdk_personalize.resource import (
    adoption,
    custom_resource,
    given,
    is_off,
    number_of,
    unless_true,
)
from cdk_personalize.state_change import StateChanges, TellsStateChanges
from personalize_provider.resources import CAMPAIGN


class Campaign(TellsStateChanges, ICampaign):
    """An Amazon Personalize campaign that counts as created only once it is ACTIVE.

    A prop may be a token where its type takes one; `timeout` may not. A change of the
    configuration updates the campaign in place (UpdateCampaign) and waits until the update is
    ACTIVE; a new name is a new campaign.

    Args:
        scope: Where the campaign belongs.
        id: Its name in that scope.
        solution_version: ARN of the solution version to deploy, or `<solution ARN>/$LATEST`
            together with `sync_with_latest_solution_version`; or an ISolutionVersion: one that
            this app trains, or what `SolutionVersion.of_solution` and `latest_of` give.
        campaign_name: 1 to 63 letters, digits, `-` and `_`, unique in account and region.
            Default: made of the stack's name, the logical id and a hash.
        min_provisioned_tps: Transactions per second that are kept (and billed) at least, >= 1.
            Default: the service's, 1.
        item_exploration: How much new items are explored: an ItemExploration, or the service's
            own map of strings. Default: the service's.
        enable_metadata_with_recommendations: Whether callers may ask for items' metadata.
            Default: the service's, false.
        sync_with_latest_solution_version: Whether the campaign follows the solution's newest
            version by itself. Default: the service's, false.
        ranking_influence: How much popularity or freshness counts: a RankingInfluence, or the
            service's own map. Default: no influence.
        adopt_existing: Whether a campaign of that name that exists already, made by hand or by
            another stack, is taken over: marked as this stack's by tags, updated where it differs.
            Its name has to be given. See docs/migrating.md. Default: the deployment fails.
        delete_adopted: Whether a campaign that was taken over is deleted like one that this stack
            has made. A rollback gives it back, except where CloudFormation deletes a new stack as
            a whole: see docs/migrating.md. Default: it is given back as it is.
        timeout: How long each create or update may take, 1 minute to 48 hours, no token; each
            started hour after the first adds a wait segment to the stack. Default: 60 minutes.
        removal_policy: What becomes of the campaign when it leaves the stack, or is replaced.
            Default: it is deleted.
        state_change_events: Whether every status that a wait sees is told to EventBridge; see
            docs/events.md. Default: true.
        provider: What serves it: a PersonalizeProvider, also of another stack, or what
            `PersonalizeProvider.from_service_token` gives. Once it is deployed, another one cannot
            take over. Default: the stack's own.

    Props that break the service's rules make synthesis fail, with every fault of every construct.

    Source: Amazon Personalize API reference, CreateCampaign and UpdateCampaign.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        solution_version: SolutionVersionLike,
        campaign_name: str | None = None,
        min_provisioned_tps: jsii.Number | None = None,
        item_exploration: ItemExplorationLike | None = None,
        enable_metadata_with_recommendations: bool | cdk.IResolvable | None = None,
        sync_with_latest_solution_version: bool | cdk.IResolvable | None = None,
        ranking_influence: RankingInfluenceLike | None = None,
        adopt_existing: bool = False,
        delete_adopted: bool = False,
        timeout: cdk.Duration | None = None,
        removal_policy: cdk.RemovalPolicy | None = None,
        state_change_events: bool = True,
        provider: IPersonalizeProvider | None = None,
    ) -> None:
        super().__init__(scope, id)
        properties = given(
            {
                "Name": campaign_name,
                "SolutionVersionArn": version_arn(solution_version),
                "MinProvisionedTPS": min_provisioned_tps,
                "CampaignConfig": {
                    "ItemExplorationConfig": exploration_map(item_exploration),
                    "EnableMetadataWithRecommendations": enable_metadata_with_recommendations,
                    "SyncWithLatestSolutionVersion": sync_with_latest_solution_version,
                    "RankingInfluence": influence_map(ranking_influence),
                },
                **adoption(adopt_existing=adopt_existing, delete_adopted=delete_adopted),
                "StateChangeEvents": unless_true(state_change_events),
            }
        )
        checked = check(
            self,
            spec=CAMPAIGN,
            properties=properties,
            timeout=timeout,
            provider=provider,
            further=(
                *version_faults(
                    self, solution_version, spec=CAMPAIGN, sync=sync_with_latest_solution_version
                ),
                *exploration_faults(item_exploration, path="CampaignConfig.ItemExplorationConfig"),
                *influence_faults(ranking_influence, path="CampaignConfig.RankingInfluence"),
                *removal_faults(removal_policy, spec=CAMPAIGN),
            ),
        )
        warn_of_export(self, solution_version)
        self._min_provisioned_tps = number_of(min_provisioned_tps)
        self._chain = custom_resource(
            self, spec=CAMPAIGN, checked=checked, removal_policy=removal_policy
        )
        mark_version(self._chain.resource, solution_version)
        self._changes = StateChanges(
            scope=self,
            spec=CAMPAIGN,
            resource=self._chain.resource,
            told=not is_off(state_change_events),
        )

    @staticmethod
    def from_campaign_arn(
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        campaign_arn: str,
    ) -> ICampaign:
        """Refer to a campaign that exists already, or to a native one by its `attr_campaign_arn`.

        Args:
            scope: Where it is referred to.
            id: Its name in that scope.
            campaign_arn: The ARN, plain or a token. Account and region are taken from it.

        Raises:
            InvalidPropertiesError: It is no ARN of a campaign.
        """
        return ImportedCampaign(scope, id, campaign_arn=campaign_arn)

    @staticmethod
    def from_campaign_name(
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        campaign_name: str,
    ) -> ICampaign:
        """Refer to a campaign of the stack's own account and region.

        Args:
            scope: Where it is referred to.
            id: Its name in that scope.
            campaign_name: The name, plain or a token.

        Raises:
            InvalidPropertiesError: It is no name of a campaign.
        """
        arn = arn_of_name(scope, campaign_name, spec=CAMPAIGN)
        return ImportedCampaign(scope, id, campaign_arn=arn)

    @property
    def campaign_arn(self) -> str:
        """The campaign's ARN, as a token that makes its users wait until it is ACTIVE."""
        return self._attribute("CampaignArn")

    @property
    def campaign_name(self) -> str:
        """The campaign's name, given or made."""
        return self._attribute("Name")

    @property
    def min_provisioned_tps(self) -> jsii.Number | None:
        """Transactions per second that are kept at least: as given, or the service's default."""
        given_tps = self._min_provisioned_tps
        return CAMPAIGN.defaults["minProvisionedTPS"] if given_tps is None else given_tps

    @property
    def status(self) -> str:
        """The campaign's status when CloudFormation was told: ACTIVE."""
        return self._attribute("Status")

    @property
    def creation_date_time(self) -> str:
        """When the campaign was created, in ISO 8601."""
        return self._attribute("CreationDateTime")

    @property
    def last_updated_date_time(self) -> str:
        """When the campaign was last updated, in ISO 8601."""
        return self._attribute("LastUpdatedDateTime")

    def _attribute(self, name: str) -> str:
        return self._chain.attribute(name)
