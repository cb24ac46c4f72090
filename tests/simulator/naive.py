"""A naive provider on stock crhelper, as users write it: what the simulator must find fault with.

The create is called in the first event, later events poll by a timer, and nothing is owned, fenced
or told apart. crhelper is as it ships but for its transport: its rules and permissions are a timer
of the simulation, its PUT goes over the simulated wire, and its timer thread is off.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crhelper import CfnResource

from simulator.scheduler import START_S
from simulator.world import World

POLL_S = 120
"""The least that `polling_interval` allows by default: two minutes."""


POLLS_FOR_S = 43_200
"""A rule that nobody removes polls for ever; the simulation has to come to rest."""


class NaiveProvider(CfnResource):
    """One handler for campaigns."""

    # Set by crhelper on each call, and absent from its own stubs.
    _event: dict[str, Any]

    def __init__(self, naive: Naive) -> None:
        os.environ["AWS_SAM_LOCAL"] = "true"
        try:
            super().__init__(log_level="INFO", sleep_on_delete=0)
        finally:
            del os.environ["AWS_SAM_LOCAL"]
        self._sam_local = None
        self._naive = naive
        self.create(self._create)
        self.update(self._update)
        self.delete(self._delete)
        self.poll_create(self._poll)
        self.poll_update(self._poll_update)
        self.poll_delete(self._poll_delete)

    # --- what users write ----------------------------------------------------------------------

    def _client(self) -> Any:
        return self._naive.world.wire.client("personalize")

    def _create(self, event: Mapping[str, Any], _context: Any) -> str:
        properties = event["ResourceProperties"]
        answer = self._client().create_campaign(
            name=properties.get("Name") or _name(event),
            solutionVersionArn=properties["SolutionVersionArn"],
            minProvisionedTPS=int(properties.get("MinProvisionedTPS", 1)),
        )
        self.Data["CampaignArn"] = answer["campaignArn"]
        return str(answer["campaignArn"])

    def _update(self, event: Mapping[str, Any], context: Any) -> str:
        properties, old = event["ResourceProperties"], event["OldResourceProperties"]
        if properties.get("Name") != old.get("Name"):
            return self._create(event, context)
        arn = str(event["PhysicalResourceId"])
        self._client().update_campaign(
            campaignArn=arn,
            solutionVersionArn=properties["SolutionVersionArn"],
            minProvisionedTPS=int(properties.get("MinProvisionedTPS", 1)),
        )
        self.Data["CampaignArn"] = arn
        return arn

    def _delete(self, event: Mapping[str, Any], _context: Any) -> None:
        self._client().delete_campaign(campaignArn=event["PhysicalResourceId"])

    def _poll(self, event: Mapping[str, Any], _context: Any) -> str | None:
        arn = str(event["CrHelperData"]["CampaignArn"])
        campaign = self._client().describe_campaign(campaignArn=arn)["campaign"]
        if campaign["status"] == "ACTIVE":
            return arn
        if campaign["status"] == "CREATE FAILED":
            raise RuntimeError("the campaign failed")
        return None

    def _poll_update(self, event: Mapping[str, Any], context: Any) -> bool | None:
        # As in crhelper's own example: True when done.
        return True if self._poll(event, context) else None

    def _poll_delete(self, event: Mapping[str, Any], _context: Any) -> bool | None:
        client = self._client()
        try:
            client.describe_campaign(campaignArn=event["PhysicalResourceId"])
        except client.exceptions.ResourceNotFoundException:
            return True
        return None

    # --- crhelper's surroundings -----------------------------------------------------------------

    def _set_timeout(self) -> None:
        """Without threads."""

    def _put_rule(self) -> str:
        return self._naive.add_rule()

    def _add_permission(self, _rule_arn: str) -> str:
        return "permission"

    def _put_targets(self, _function_name: str) -> None:
        self._naive.start(self._event["CrHelperRule"], self._event)

    def _remove_targets(self, rule_arn: str) -> None:
        self._naive.rules.pop(rule_arn, None)

    def _remove_permission(self, _sid: str) -> None:
        """There is none."""

    def _delete_rule(self, _rule_arn: str) -> None:
        """It went with its target."""

    @staticmethod
    def _rand_string(length: int) -> str:
        return "R4ND0MR4"[:length]

    def _send(self, status: str | None = None, reason: str = "", send_response: Any = None) -> None:
        send: Any = super()._send  # type: ignore[misc]
        send(status, reason, send_response=self._put)

    def _put(self, url: str, body: Mapping[str, Any], _ssl_verify: Any = None) -> None:
        self._naive.world.cloudformation.put(url, json.dumps(body).encode())


def _name(event: Mapping[str, Any]) -> str:
    return f"{event['StackId'].split('/')[1]}-{event['LogicalResourceId']}"


@dataclass
class Naive:
    """The provider's place in a world.

    Attributes:
        rules: The timers that run, by the ARN of what would be a rule.
    """

    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: int = 0
    world: World = field(init=False)

    def handler(self, event: dict[str, Any], context: Any) -> None:
        """The Lambda's entry; a helper each time, since the simulation's events take turns."""
        NaiveProvider(self)(event, context)

    def add_rule(self) -> str:
        self.made += 1
        return f"arn:aws:events:eu-west-1:111122223333:rule/{self.made}"

    def start(self, rule_arn: str, event: Mapping[str, Any]) -> None:
        """Poll from now on, until the rule is removed."""
        self.rules[rule_arn] = json.loads(json.dumps(event))
        self.world.scheduler.at(POLL_S, lambda: self._poll(rule_arn))

    def _poll(self, rule_arn: str) -> None:
        if rule_arn not in self.rules:
            return
        self.world.functions.invoke_later(self.world.handler.arn, self.rules[rule_arn])
        if self.world.scheduler.now_s < START_S + POLLS_FOR_S:
            self.world.scheduler.at(POLL_S, lambda: self._poll(rule_arn))


def naive_world(**settings: Any) -> World:
    """A world whose handler is the naive one."""
    naive = Naive()
    naive.world = World(handler=naive.handler, **settings)
    return naive.world
