"""Solution versions: the fake resource, and the operations on those of one account's region.

Source: API reference, CreateSolutionVersion, DescribeSolutionVersion, ListSolutionVersions and
StopSolutionVersionCreation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator.catalogue import Solution
from emulator.exceptions import (
    invalid_input,
    limit_exceeded,
    resource_already_exists,
    resource_in_use,
)
from emulator.kind import FakeResource, Kind, Operation
from emulator.rules import checked_tags, page
from emulator.states import ACTIVE, ManagedStatus, Outcome, Words, ended

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.world import Answer, Request

FULL, UPDATE = "FULL", "UPDATE"
UPDATABLE_RECIPES = ("aws-user-personalization",)
"""Those whose versions can be trained further. Source: API reference, CreateSolutionVersion."""
ID_STRIDE = 0x9E3779B1
"""Odd, so that multiples of it modulo 2**32 come back to none of those before."""


@dataclass(kw_only=True)
class FakeSolutionVersion(FakeResource):
    """`name` is the one given, or else the id: the last part of the ARN."""

    solution: Solution
    given_name: str | None
    mode: str
    stopping: bool = False

    @property
    def holds(self) -> tuple[str, ...]:
        return (self.solution.arn,) if self.creation.running else ()

    def trains_on(self, dataset_group: str) -> bool:
        """Whether it is being trained on the data of a group now."""
        return self.creation.running and self.solution.dataset_group == dataset_group


class SolutionVersions(Kind[FakeSolutionVersion]):
    """Create, describe, list and stop; versions are only deleted along with their solution."""

    kind = "solution-version"
    what = "solution-version"
    arn_member = "solutionVersionArn"
    _made = 0

    @property
    def operations(self) -> Mapping[str, Operation]:
        return {
            "CreateSolutionVersion": self.create,
            "DescribeSolutionVersion": self.describe,
            "ListSolutionVersions": self.list_all,
            "StopSolutionVersionCreation": self.stop,
        }

    def create(self, request: Request) -> Answer:
        world, name = self._world, request.get("name")
        solution = self._checked_solution(request)
        tags = checked_tags(request, world=world, present={})
        self._check_name(solution, name)
        quota = world.quotas.solution_versions_in_training
        if sum(version.creation.running for version in self._by_arn.values()) >= quota:
            raise limit_exceeded(f"More than {quota} resources with PENDING or IN_PROGRESS status.")
        self._made += 1
        made_id = f"{self._made * ID_STRIDE % 2**32:08x}"
        version = FakeSolutionVersion(
            name=name or made_id,
            arn=f"{solution.arn}/{made_id}",
            tags=tags,
            solution=solution,
            given_name=name,
            mode=request.get("trainingMode", FULL),
        )
        # No version is created twice, so the nth create is the nth that goes by the same name.
        counted = f"{solution.arn}/{name or '*'}"
        course = world.plans.course("create", arn=counted, name=version.name)
        version.creation = ManagedStatus(
            words=Words(
                world.oddities.version_pending_status, world.oddities.version_in_progress_status
            ),
            started_s=world.now_s,
            duration_s=course.duration_s,
            finish=lambda: ended(course.failure),
        )
        world.catalogue.add_solution_version(
            version.arn,
            recipe=solution.recipe_name,
            dataset_group=solution.dataset_group,
            status=world.oddities.version_pending_status,
            training_mode=version.mode,
        )
        self._by_arn[version.arn] = version
        self.advance()
        return {"solutionVersionArn": version.arn}

    def stop(self, request: Request) -> None:
        world = self._world
        version = self.find(request["solutionVersionArn"])
        if not version.creation.running:
            raise invalid_input(
                f"The creation of {version.arn} can not be stopped, for it is in state "
                f"{version.status}."
            )
        if version.stopping:
            raise resource_in_use(version.arn, version.status)
        duration_s, by = 0.0, None
        if not version.creation.pending:
            course = world.plans.course("delete", arn=version.arn, name=version.name)
            duration_s, by = course.duration_s, world.oddities.version_stopping_status
        stopped = Outcome(world.oddities.version_stopped_status)
        version.stopping = True
        version.creation.divert(world.now_s, by=by, duration_s=duration_s, finish=lambda: stopped)
        self.advance()

    def describe(self, request: Request) -> Answer:
        version = self.described(request)
        solution = version.solution
        group = solution.dataset_group
        shown = {
            **solution.settings,
            **self.summary(version),
            "solutionArn": solution.arn,
            "recipeArn": self._place.recipe_arn(solution.recipe_name),
            "datasetGroupArn": (
                group if group.startswith("arn:") else self._place.arn("dataset-group", group)
            ),
        }
        if version.given_name is not None:
            shown["name"] = version.given_name
        if version.status == ACTIVE:
            creation = version.creation
            shown["trainingHours"] = round((creation.changed_s - creation.started_s) / 3600, 6)
        return {"solutionVersion": shown}

    def list_all(self, request: Request) -> Answer:
        of = request.get("solutionArn")
        if of is not None:
            self._check_place(of)
            self._world.catalogue.solution(of)
        since_s = self._world.now_s - self._world.oddities.version_list_lag_s
        shown = [
            self.summary(version)
            for version in self._by_arn.values()
            if of in (None, version.solution.arn) and version.creation.started_s <= since_s
        ]
        versions, further = page(shown, request)
        return {"solutionVersions": list(versions), **further}

    def of_solution(self, solution_arn: str) -> list[FakeSolutionVersion]:
        """A solution's versions, the newest last."""
        return [each for each in self._by_arn.values() if each.solution.arn == solution_arn]

    def take_along(self, solution_arn: str, *, at_s: float) -> None:
        """Let a solution's versions go as it goes, at a time in epoch seconds."""
        for version in self.of_solution(solution_arn):
            version.deletion = ManagedStatus(
                words=None,
                started_s=at_s,
                duration_s=0,
                finish=lambda: Outcome(None),
                before=version.status,
            )

    def summary(self, version: FakeSolutionVersion) -> Answer:
        shown = {
            "solutionVersionArn": version.arn,
            "status": version.status,
            "trainingMode": version.mode,
            "trainingType": "MANUAL",
            "creationDateTime": version.creation.started_s,
            "lastUpdatedDateTime": version.changed_s,
        }
        return {**shown, "failureReason": version.reason} if version.reason else shown

    def plan_name(self, request: Mapping[str, Any]) -> str:
        """As for any kind; a create without a name goes by its solution's."""
        solution_arn = request.get("solutionArn")
        of = solution_arn.rpartition("/")[2] if isinstance(solution_arn, str) else ""
        return super().plan_name(request) or of

    def policy_resource(self, request: Mapping[str, Any]) -> str:
        """IAM has no resource type for versions: their ARNs are below their solution's."""
        arn = request.get(self.arn_member, request.get("solutionArn"))
        return arn if isinstance(arn, str) else "*"

    def _check_place(self, arn: str) -> None:
        """Whether an ARN is that of a solution of this place.

        Raises:
            ServiceError: It is not.
        """
        start, _, name = arn.rpartition("/")
        if self._world.oddities.wrong_arns_are_invalid and (
            not name or start != self._place.arn("solution", "").rstrip("/")
        ):
            raise invalid_input(f"The ARN {arn} is not that of a solution of this region.")

    def _checked_solution(self, request: Request) -> Solution:
        solution = self._world.catalogue.solution(request["solutionArn"])
        if solution.status != ACTIVE:
            raise resource_in_use(solution.arn, solution.status)
        if request.get("trainingMode") == UPDATE:
            if solution.recipe_name not in UPDATABLE_RECIPES:
                raise invalid_input(
                    f"The trainingMode {UPDATE} is not supported by the recipe "
                    f"{solution.recipe_name}; use {FULL}."
                )
            if not self._world.catalogue.trained_in_full(solution.arn):
                raise invalid_input(
                    f"The trainingMode {UPDATE} needs an ACTIVE version of {solution.arn} that "
                    f"was trained with {FULL}."
                )
        return solution

    def _check_name(self, solution: Solution, name: str | None) -> None:
        if name is None or not self._world.oddities.version_names_are_unique:
            return
        for version in self.of_solution(solution.arn):
            if version.given_name == name:
                raise resource_already_exists(version.arn)
