"""Many campaigns over stages: the same stack for dev and for prod, each of its own size.

Run `python app.py` to synthesize all stages, or `cdk deploy "Dev/*"`. Context values change it:

    devAccount, prodAccount   the stages' accounts (default 123456789012 for both)
    region                    region of both (default us-east-1)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from cdk_personalize import (
    Campaign,
    CampaignDashboard,
    ItemExploration,
    PersonalizeProvider,
    ProviderSettings,
    SolutionVersion,
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place of the shop that shows recommendations: one campaign in each stage.

    Attributes:
        solution: Name of the solution, the same in every account.
        explores: Whether its recipe explores new items, which User-Personalization alone does.
    """

    solution: str
    explores: bool = False


PLACES: Mapping[str, Place] = {
    "HomePage": Place(solution="for-you", explores=True),
    "ProductPage": Place(solution="similar-items"),
    "Basket": Place(solution="bought-together"),
    "SearchResults": Place(solution="search-order"),
}


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large a stage is, and how closely it is watched.

    Attributes:
        versions: Id of the deployed version, by the solution's name. New models are tried in dev
            and then moved on to prod, so the stages differ.
        tps: Transactions per second that are kept (and billed), by place. Others have one.
        log_retention: How long the handler's log is kept.
        watched: Whether there are a dashboard and alarms.
    """

    versions: Mapping[str, str]
    tps: Mapping[str, int]
    log_retention: logs.RetentionDays
    watched: bool


DEV = Size(
    versions={
        "for-you": "7c01d2aa",
        "similar-items": "91be04f3",
        "bought-together": "5d20e7c8",
        "search-order": "e4a81b60",
    },
    tps={},
    log_retention=logs.RetentionDays.ONE_WEEK,
    watched=False,
)
PROD = Size(
    versions={
        "for-you": "2f6b90d1",
        "similar-items": "91be04f3",
        "bought-together": "5d20e7c8",
        "search-order": "08c7f35e",
    },
    tps={"HomePage": 20, "ProductPage": 10, "SearchResults": 5},
    log_retention=logs.RetentionDays.ONE_YEAR,
    watched=True,
)


class ShopStack(cdk.Stack):
    """The campaigns of all places, in one size.

    Args:
        scope: The stage.
        id: Its name in the stage.
        size: How large it is.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        size: Size,
    ) -> None:
        super().__init__(scope, id, description="Recommendations for every place of the shop")
        self._size = size
        campaigns = [self._campaign(name, place) for name, place in PLACES.items()]
        if size.watched:
            self._watch(campaigns)

    def _campaign(self, name: str, place: Place) -> Campaign:
        solution_arn = self.format_arn(
            service="personalize", resource="solution", resource_name=place.solution
        )
        campaign = Campaign(
            self,
            name,
            solution_version=SolutionVersion.of_solution(
                solution_arn, self._size.versions[place.solution]
            ),
            min_provisioned_tps=self._size.tps.get(name, 1),
            item_exploration=ItemExploration(weight=0.2) if place.explores else None,
        )
        cdk.CfnOutput(self, f"{name}Arn", value=campaign.campaign_arn)
        return campaign

    def _watch(self, campaigns: list[Campaign]) -> None:
        CampaignDashboard(self, "Dashboard", campaigns=campaigns)
        # jsii's classes name some parameters unlike their interfaces do, which pyright minds.
        oncall = cast("sns.ITopic", sns.Topic(self, "Oncall"))
        for campaign in campaigns:
            alarm = campaign.metric_get_recommendations_5xx_errors().create_alarm(
                campaign,
                "Errors",
                threshold=5,
                evaluation_periods=1,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            alarm.add_alarm_action(cast("cloudwatch.IAlarmAction", actions.SnsAction(oncall)))


class Shop(cdk.Stage):
    """One stage: everything that one account gets.

    Args:
        scope: The app.
        id: Name of the stage; its stacks' names start with it.
        size: How large it is.
        env: Its account and region.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        size: Size,
        env: cdk.Environment,
    ) -> None:
        super().__init__(scope, id, env=env)
        settings = ProviderSettings(log_retention=size.log_retention)
        PersonalizeProvider.configure(self, settings)
        ShopStack(self, "Recommendations", size=size)


def build(app: cdk.App) -> list[Shop]:
    """The stages, as the app's context values want them."""

    def environment(account: str) -> cdk.Environment:
        def context(key: str, default: str) -> str:
            return str(app.node.try_get_context(key) or default)

        return cdk.Environment(
            account=context(account, "123456789012"), region=context("region", "us-east-1")
        )

    return [
        Shop(app, "Dev", size=DEV, env=environment("devAccount")),
        Shop(app, "Prod", size=PROD, env=environment("prodAccount")),
    ]


if __name__ == "__main__":
    APP = cdk.App()
    build(APP)
    APP.synth()
