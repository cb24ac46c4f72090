"""What a wait carries from one tick to the next, as JSON in the execution's state.

It is a hint, never the truth: a tick that crashes after it acted leaves none, and executions
that run while the provider is deployed anew bring the memo of another version.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Memo:
    """Times are epoch seconds; 0 means never.

    Attributes:
        target_arn: The resource that the request is about, once chosen.
        rivals_settled: Whether older executions of the resource were looked for and stopped.
        lists_settled: Whether that was done once more when the list of executions shows all.
        late: Whether the request was delivered so late that a newer one may have ended before.
        rivals: Executions to stop, by ARN.
        close_behind: Whether another request of the resource is known to have begun right before.
        fence_until_s: Until then a stopped execution's last tick may still be acting.
        created_at_s: When this request's create call succeeded.
        unanswered_at_s: When a create or an update call got no answer, so that it may yet take
            effect.
        taken_at_s: When the service first said that the name is taken.
        updated_at_s: When this request's update call succeeded.
        amended: Whether it was followed by another one, since the first had been told too little.
        unstated: How an update is sent that was refused before: a number of `Unstated`.
        adopted_at_s: When this request marked what it adopts.
        refused_since_s: Since when a start is refused.
        unfit: Earlier runs that were seen not to fit, by ARN.
        verified_s: Creation time of the resource whose tags were seen to be ours.
        owner_request: The request that those tags name.
        owner_fingerprint: The properties that those tags name.
        denied_since_s: Since when IAM refuses.
        unwanted_since_s: Since when the stack does not show the resource as being worked on.
        more_time: Whether it goes on past its `timeout`, since the stack rolls back.
        troubles: Calls in a row that failed in a passing way.
        last_error: The latest error's text.
        refusal: Why the latest change was not taken, or has failed, until something is at work.
        last_status: The latest status seen.
        foreign: Whether the latest look found something that is not the request's.
        alone: Whether nothing else of the resource was being worked on, once lists had settled.
        given_back_at_s: When this request removed the marks of an adopted resource.
        left_behind: What a failed replacement left, as long as it is there.
        failure: Why a replacement failed, kept while its resource is being removed.
        failed_before: Why what had failed is made anew, kept once it is deleted.
        events: Events to put on EventBridge, as JSON.
        event_tries: How often in a row that failed.
        answered_at_s: When the request was answered; from then on this is a follow-up.
        follows: Whether the resource is looked at although the request was answered.
        looks: Looks of this execution since then.
        fresh: How many executions were started since then.
        gone_since_s: Since when the resource that is looked at cannot be found.
    """

    target_arn: str = ""
    rivals_settled: bool = False
    lists_settled: bool = False
    late: bool = False
    rivals: tuple[str, ...] = ()
    close_behind: bool = False
    fence_until_s: float = 0
    created_at_s: float = 0
    unanswered_at_s: float = 0
    taken_at_s: float = 0
    updated_at_s: float = 0
    amended: bool = False
    unstated: int = 0
    adopted_at_s: float = 0
    refused_since_s: float = 0
    unfit: tuple[str, ...] = ()
    verified_s: float = 0
    owner_request: str = ""
    owner_fingerprint: str = ""
    denied_since_s: float = 0
    unwanted_since_s: float = 0
    more_time: bool = False
    troubles: int = 0
    last_error: str = ""
    refusal: str = ""
    last_status: str = ""
    foreign: bool = False
    alone: bool = False
    given_back_at_s: float = 0
    left_behind: str = ""
    failure: str = ""
    failed_before: str = ""
    events: tuple[str, ...] = ()
    event_tries: int = 0
    answered_at_s: float = 0
    follows: bool = False
    looks: int = 0
    fresh: int = 0
    gone_since_s: float = 0

    def but(self, **changes: Any) -> Memo:
        """A memo with some fields changed."""
        return dataclasses.replace(self, **changes)

    def to_json(self) -> dict[str, Any]:
        """The fields that differ from their defaults."""
        return {
            field.name: list(value) if isinstance(value, tuple) else value
            for field in dataclasses.fields(self)
            if (value := getattr(self, field.name)) != field.default
        }


def from_json(stored: Mapping[str, Any] | None) -> Memo:
    """Read a memo; fields of another version that are not known here are passed over."""
    known = {field.name for field in dataclasses.fields(Memo)}
    fields = {key: value for key, value in (stored or {}).items() if key in known}
    lists = {key: tuple(value) for key, value in fields.items() if isinstance(value, list)}
    return Memo(**{**fields, **lists})
