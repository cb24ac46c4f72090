"""AWS CDK constructs for Amazon Personalize that are done only once they are ACTIVE."""

from cdk_personalize.asset import AssetError
from cdk_personalize.batch_inference_job import BatchInferenceJob
from cdk_personalize.batch_segment_job import BatchSegmentJob
from cdk_personalize.campaign import Campaign
from cdk_personalize.campaign_base import ICampaign
from cdk_personalize.campaign_dashboard import CampaignDashboard, campaign_widgets
from cdk_personalize.existing_solution_version import ExistingSolutionVersion, ISolutionVersion
from cdk_personalize.faults import InvalidPropertiesError
from cdk_personalize.item_exploration import ItemExploration
from cdk_personalize.job_location import JobInput, JobOutput
from cdk_personalize.metrics import MetricProps
from cdk_personalize.provider import PersonalizeProvider
from cdk_personalize.provider_base import IPersonalizeProvider
from cdk_personalize.provider_settings import ProviderSettings, ProviderSettingsError
from cdk_personalize.ranking_influence import RankingInfluence
from cdk_personalize.recommender import Recommender
from cdk_personalize.recommender_base import IRecommender
from cdk_personalize.solution_version import SolutionVersion
from cdk_personalize.state_change import RuleProps, StateChangeEvent
from cdk_personalize.theme_generation import ThemeGeneration

__all__ = [
    "AssetError",
    "BatchInferenceJob",
    "BatchSegmentJob",
    "Campaign",
    "CampaignDashboard",
    "ExistingSolutionVersion",
    "ICampaign",
    "IPersonalizeProvider",
    "IRecommender",
    "ISolutionVersion",
    "InvalidPropertiesError",
    "ItemExploration",
    "JobInput",
    "JobOutput",
    "MetricProps",
    "PersonalizeProvider",
    "ProviderSettings",
    "ProviderSettingsError",
    "RankingInfluence",
    "Recommender",
    "RuleProps",
    "SolutionVersion",
    "StateChangeEvent",
    "ThemeGeneration",
    "campaign_widgets",
]
