"""What the waiter's running executions tell: which resource each waits for, and what it has seen.

An execution's data hold CloudFormation's event, and with it the presigned address that takes the
answer. So they are read here, and nothing of them but the request's own fields and the memo leaves
this room.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from personalize_provider import names
from personalize_provider.calls import RefusedError, call
from personalize_provider.event import BadEventError, Request, parse
from personalize_provider.memo import Memo, from_json

MOST_WAITS = 100
"""Running executions of one stack that are looked at."""

_NEWEST = 60
"""Events of an execution that are read: a look is 9, and each try of one that fails 3 more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A running execution.

    Attributes:
        arn: ARN of the execution.
        request: CloudFormation's request; its address is not shown by repr either.
        memo: What the latest tick has noted.
    """

    arn: str
    request: Request
    memo: Memo

    @property
    def target_arn(self) -> str:
        """ARN of the Personalize resource, "" where only the service can tell it, and has not."""
        return self.memo.target_arn or names.target_id(self.request)

    @property
    def is_answered(self) -> bool:
        """Whether CloudFormation has its answer, so that nobody waits for this any more."""
        return bool(self.memo.answered_at_s)


def identity(stack_id: str, logical_id: str) -> str:
    """The part of an execution's name that stands for a resource of a stack."""
    return names.digest(stack_id, logical_id, length=12)


class Waits:
    """The running executions of waiters.

    Args:
        client: A botocore client of `stepfunctions`.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def running(
        self, state_machine_arn: str, stack_id: str, identities: Collection[str]
    ) -> dict[str, Wait]:
        """The newest wait of each resource, by the logical id that CloudFormation asked for.

        Args:
            state_machine_arn: The waiter, which may serve other stacks too.
            stack_id: ARN of the resources' stack.
            identities: Those of the resources of interest; empty for all.

        Raises:
            ServiceError: The executions could not be had.
        """
        found: dict[str, Wait] = {}
        for listed in self._listed(state_machine_arn, identities):
            wait = self._look(listed["executionArn"])
            if wait is None or wait.is_answered or wait.request.stack_id != stack_id:
                continue
            before = found.get(wait.request.asked_of)
            if before is None or before.request.signed_at_s <= wait.request.signed_at_s:
                found[wait.request.asked_of] = wait
        return found

    def _listed(
        self, state_machine_arn: str, identities: Collection[str]
    ) -> Iterator[Mapping[str, Any]]:
        asked: dict[str, Any] = {"stateMachineArn": state_machine_arn, "statusFilter": "RUNNING"}
        left = MOST_WAITS
        while True:
            page = call(self._client, "ListExecutions", asked)
            for listed in page["executions"]:
                if left and (not identities or not _parts(listed).isdisjoint(identities)):
                    left -= 1
                    yield listed
            if not left or not page.get("nextToken"):
                return
            asked = {**asked, "nextToken": page["nextToken"]}

    def _look(self, arn: str) -> Wait | None:
        """What an execution shows last; None where it has ended meanwhile, or is none of ours."""
        asked = {
            "executionArn": arn,
            "reverseOrder": True,
            "maxResults": _NEWEST,
            "includeExecutionData": True,
        }
        try:
            events = call(self._client, "GetExecutionHistory", asked)["events"]
        except RefusedError:
            return None
        state = next((state for event in events if (state := _state(event)) is not None), None)
        if state is None:
            return None
        try:
            request = parse(state["event"], now_s=float(state.get("accepted_at_s", 0)))
        except BadEventError:
            return None
        return Wait(arn=arn, request=request, memo=from_json(state["next"].get("memo")))


def _parts(listed: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(listed["name"].split("-"))


def _state(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """The waiter's state, if an event of the history holds all of it."""
    texts = (
        event.get("stateExitedEventDetails", {}).get("output"),
        event.get("stateEnteredEventDetails", {}).get("input"),
        event.get("executionStartedEventDetails", {}).get("input"),
    )
    text = next((text for text in texts if text), "")
    try:
        state = json.loads(text)
    except ValueError:
        return None
    is_whole = isinstance(state, dict) and {"event", "next"} <= state.keys()
    return state if is_whole else None
