"""Is there a place left for what is to be deployed?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cdk_personalize_cli.doctor.finding import Finding, Level, ok, unchecked
from cdk_personalize_cli.doctor.subject import Subject
from cdk_personalize_cli.doctor.template import Declared
from personalize_provider.calls import NotFoundError, ServiceError, call
from personalize_provider.resources import SPECS
from personalize_provider.state_change import State, state_of

CHECK = "quotas"

SERVICE = "personalize"
WHOLE_REGION = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A quota of Personalize.

    Attributes:
        name: For people.
        code: In Service Quotas; "" if it is not there.
        default: What the developer guide states.
    """

    name: str
    code: str
    default: int


QUOTAS: Mapping[str, Quota] = {
    "campaign": Quota(
        name="active campaigns in a dataset group",
        code="L-052ECD67",
        default=5,
    ),
    "recommender": Quota(name="recommenders in a dataset group", code="L-4D685096", default=5),
    "batch-inference-job": Quota(
        name="batch inference jobs pending or in progress",
        code="L-69B72005",
        default=5,
    ),
    "batch-segment-job": Quota(
        name="batch segment jobs pending or in progress", code="", default=5
    ),
    "solution-version": Quota(
        name="solution versions pending or in progress",
        code="L-9C16B368",
        default=20,
    ),
}
"""Kind -> the quota on it. Source: developer guide, "Service quotas"."""


_WAITS = {spec.kind: spec.waits_for_quota for spec in SPECS.values()}
"""Kind -> whether a place frees itself, so that the handler waits for one."""


def check(subject: Subject) -> Iterator[Finding]:
    """Each kind that is to be deployed, or all of them if nothing was named."""
    for kind in QUOTAS:
        if kind in subject.kinds or not subject.templates:
            try:
                yield from _of_kind(subject, kind)
            except ServiceError as error:
                yield unchecked(CHECK, f"{QUOTAS[kind].name}: {error}")


def _of_kind(subject: Subject, kind: str) -> Iterator[Finding]:
    groups = _Groups(subject)
    used: Counter[str] = Counter(_USED[kind](subject, groups))
    new: Counter[str] = Counter()
    for each in subject.resources:
        if each.spec.kind == kind and not subject.is_deployed(each):
            group = _place(each, groups)
            if group is None:
                yield unchecked(CHECK, "its dataset group is known only later", each.where)
            else:
                new[group] += 1
    limit, source = _limit(subject, QUOTAS[kind])
    # A group in which nothing changes is not told, unless all are asked for.
    told = new if subject.templates else used or {WHOLE_REGION: 0}
    for group in sorted(told):
        counted = f"{used[group]} in use, {new[group]} to come, {limit} allowed ({source})"
        what = f"{QUOTAS[kind].name}: {counted}."
        if used[group] + new[group] <= limit:
            yield ok(CHECK, what, group)
        else:
            yield _used_up(kind, what, group)


def _used_up(kind: str, what: str, group: str) -> Finding:
    quota = QUOTAS[kind]
    code = f" (quota {quota.code})" if quota.code else ""
    raise_it = f"ask for more in the Service Quotas console{code}"
    if _WAITS[kind]:
        return Finding(
            level=Level.WARNING,
            check=CHECK,
            what=what,
            where=group,
            why="The rest wait for a place, and their `timeout` runs meanwhile.",
            way_out=f"Give more `timeout`, deploy later, or {raise_it}.",
        )
    return Finding(
        level=Level.MISSING,
        check=CHECK,
        what=what,
        where=group,
        why="Personalize would refuse the rest, and the stack fails.",
        way_out=f"Delete what is not needed, or {raise_it}.",
    )


def _limit(subject: Subject, quota: Quota) -> tuple[int, str]:
    """The quota's value, and where it comes from."""
    default = "the documented default"
    if not quota.code:
        return quota.default, f"{default}; Service Quotas does not have it"
    asked = {"ServiceCode": SERVICE, "QuotaCode": quota.code}
    try:
        answer = call(subject.clients.client("service-quotas"), "GetServiceQuota", asked)
    except ServiceError as error:
        code = str(error).split(": ")[1]
        return quota.default, f"{default}; Service Quotas did not tell: {code}"
    return int(answer["Quota"]["Value"]), "Service Quotas"


class _Groups:
    """Dataset groups of solutions.

    Args:
        subject: What is examined.
    """

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._known: dict[str, str] = {}

    def of_version(self, arn: str) -> str:
        """The dataset group of a solution version; "" if its solution is gone."""
        solution = arn.rpartition("/")[0]
        if solution not in self._known:
            try:
                found = self._subject.describe(
                    "DescribeSolution", "solution", "solutionArn", solution
                )
            except NotFoundError:
                found = {}
            self._known[solution] = found.get("datasetGroupArn", "")
        return self._known[solution]


def _place(each: Declared, groups: _Groups) -> str | None:
    """Where a resource takes a place: a dataset group, or the region; None if that is unknown."""
    if each.spec.waits_for_quota:
        return WHOLE_REGION
    group = each.at("DatasetGroupArn")
    if isinstance(group, str):
        return group
    version = each.at("SolutionVersionArn")
    return (groups.of_version(version) or None) if isinstance(version, str) else None


def _campaigns(subject: Subject, groups: _Groups) -> Iterator[str]:
    """The dataset group of each campaign."""
    for listed in _listed(subject, "ListCampaigns", "campaigns"):
        arn = listed["campaignArn"]
        try:
            found = subject.describe("DescribeCampaign", "campaign", "campaignArn", arn)
        except NotFoundError:
            continue
        yield groups.of_version(found.get("solutionVersionArn", ""))


def _recommenders(subject: Subject, _groups: _Groups) -> Iterator[str]:
    """The dataset group of each recommender."""
    for listed in _listed(subject, "ListRecommenders", "recommenders"):
        yield listed.get("datasetGroupArn", "")


def _unfinished(operation: str, member: str) -> Callable[[Subject, _Groups], Iterator[str]]:
    def count(subject: Subject, _groups: _Groups) -> Iterator[str]:
        for listed in _listed(subject, operation, member):
            if state_of(listed.get("status", "")) in (State.PENDING, State.IN_PROGRESS):
                yield WHOLE_REGION

    return count


_USED: Mapping[str, Callable[[Subject, _Groups], Iterator[str]]] = {
    "campaign": _campaigns,
    "recommender": _recommenders,
    "batch-inference-job": _unfinished("ListBatchInferenceJobs", "batchInferenceJobs"),
    "batch-segment-job": _unfinished("ListBatchSegmentJobs", "batchSegmentJobs"),
    "solution-version": _unfinished("ListSolutionVersions", "solutionVersions"),
}
"""Kind -> the place of each that is in use."""


def _listed(subject: Subject, operation: str, member: str) -> Iterator[Any]:
    client = subject.clients.client("personalize")
    asked: dict[str, Any] = {"maxResults": 100}
    while True:
        answer = call(client, operation, asked)
        yield from answer.get(member, [])
        if not answer.get("nextToken"):
            return
        asked = {**asked, "nextToken": answer["nextToken"]}
