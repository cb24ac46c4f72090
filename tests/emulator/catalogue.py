"""What requests refer to: dataset groups, solutions and their versions, and filters.

They come from the emulator's own operations, which keep their statuses up to date, or from outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from emulator.exceptions import ServiceError, resource_in_use, resource_not_found
from emulator.states import ACTIVE, DELETE_IN_PROGRESS, DELETE_PENDING
from emulator.use_cases import DOMAINS

LATEST = "$LATEST"


class Record(Enum):
    """What a line of a batch job's input holds, by family of recipes."""

    USER = ("userId",)
    RANKING = ("userId", "itemList")
    ITEM = ("itemId",)
    ATTRIBUTES = ("itemAttributes",)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a recipe allows.

    Args:
        record: The lines of a batch inference job's input; None: there are no such jobs for it.
        segment: The lines of a batch segment job's input; None: there are no such jobs for it.
        max_segments: How many lines a file of them may have.
        explores: It takes an itemExplorationConfig.
        themes: It takes the mode THEME_GENERATION.
    """

    record: Record | None = None
    segment: Record | None = None
    max_segments: int = 0
    explores: bool = False
    themes: bool = False


RECIPES = {
    "aws-user-personalization": Recipe(record=Record.USER, explores=True),
    "aws-user-personalization-v2": Recipe(record=Record.USER, explores=True),
    "aws-popularity-count": Recipe(record=Record.USER),
    "aws-hrnn": Recipe(record=Record.USER),
    "aws-personalized-ranking": Recipe(record=Record.RANKING),
    "aws-personalized-ranking-v2": Recipe(record=Record.RANKING),
    "aws-similar-items": Recipe(record=Record.ITEM, themes=True),
    "aws-sims": Recipe(record=Record.ITEM),
    "aws-trending-now": Recipe(),
    "aws-next-best-action": Recipe(),
    "aws-item-affinity": Recipe(segment=Record.ITEM, max_segments=500),
    "aws-item-attribute-affinity": Recipe(segment=Record.ATTRIBUTES, max_segments=10),
}
"""Source: developer guide, "Batch inference job output examples", "Preparing input data for user
segments" and the recipes' own pages."""


@dataclass(frozen=True, kw_only=True)
class Solution:
    """What a version is trained by.

    Args:
        settings: The members of the CreateSolution that a version of it shows too.
    """

    arn: str
    recipe_name: str
    dataset_group: str
    status: str = ACTIVE
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SolutionVersion:
    arn: str
    recipe: Recipe
    recipe_name: str
    dataset_group: str
    status: str
    training_mode: str = "FULL"

    @property
    def solution_arn(self) -> str:
        return self.arn.rpartition("/")[0]


@dataclass(frozen=True, kw_only=True)
class Filter:
    arn: str
    placeholders: tuple[str, ...]
    status: str = ACTIVE


@dataclass(frozen=True, kw_only=True)
class DatasetGroup:
    arn: str
    domain: str | None
    """None: it is a custom one, without recommenders."""
    status: str = ACTIVE


class Catalogue:
    """The registries, by ARN; an ARN carries its region and account, so one serves them all."""

    def __init__(self) -> None:
        self._solutions: dict[str, Solution] = {}
        self._versions: dict[str, SolutionVersion] = {}
        self._filters: dict[str, Filter] = {}
        self._dataset_groups: dict[str, DatasetGroup] = {}

    def add_solution(self, solution: Solution) -> None:
        """Register a solution.

        Raises:
            ValueError: The recipe is not known.
        """
        known_recipe(solution.recipe_name)
        self._solutions[solution.arn] = solution

    def add_solution_version(
        self,
        arn: str,
        *,
        recipe: str,
        dataset_group: str,
        status: str,
        training_mode: str = "FULL",
    ) -> None:
        """Register a version; the one registered last is its solution's latest.

        Raises:
            ValueError: The recipe (a name, or an ARN that ends with it) is not known.
        """
        recipe_name = known_recipe(recipe)
        self._versions.pop(arn, None)
        self._versions[arn] = SolutionVersion(
            arn=arn,
            recipe=RECIPES[recipe_name],
            recipe_name=recipe_name,
            dataset_group=dataset_group,
            status=status,
            training_mode=training_mode,
        )

    def add_filter(self, arn: str, *, placeholders: Sequence[str], status: str = ACTIVE) -> None:
        self._filters[arn] = Filter(arn=arn, placeholders=tuple(placeholders), status=status)

    def note(self, arn: str, status: str | None) -> None:
        """Bring the status of what is registered up to date; None: it is gone."""
        if status is None and arn in self._solutions:
            for version in [each for each in self._versions.values() if each.solution_arn == arn]:
                del self._versions[version.arn]
        registries: tuple[dict[str, Any], ...] = (
            self._dataset_groups,
            self._solutions,
            self._versions,
            self._filters,
        )
        for registry in registries:
            if arn in registry and status is None:
                del registry[arn]
            elif arn in registry and registry[arn].status != status:
                registry[arn] = replace(registry[arn], status=status)

    def solution(self, arn: str) -> Solution:
        if arn not in self._solutions:
            raise resource_not_found(arn)
        return self._solutions[arn]

    def trained_in_full(self, solution_arn: str) -> bool:
        """Whether a solution has a version that an update could start from."""
        return any(
            (each.solution_arn, each.status, each.training_mode) == (solution_arn, ACTIVE, "FULL")
            for each in self._versions.values()
        )

    def add_dataset_group(self, arn: str, *, domain: str | None, status: str = ACTIVE) -> None:
        """Register a dataset group.

        Raises:
            ValueError: The domain is not known.
        """
        if domain is not None and domain not in DOMAINS:
            raise ValueError(f"domain {domain!r} is not known; known are {', '.join(DOMAINS)}")
        self._dataset_groups[arn] = DatasetGroup(arn=arn, domain=domain, status=status)

    def find(self, arn: str) -> SolutionVersion:
        """The version of an ARN, or the latest one when the ARN is `<solution>/$LATEST`.

        Raises:
            ServiceError: There is none.
        """
        solution_arn, _, version = arn.rpartition("/")
        found = self._versions.get(arn)
        if version == LATEST:
            ofs = [each for each in self._versions.values() if each.solution_arn == solution_arn]
            found = next((each for each in reversed(ofs) if each.status == ACTIVE), None)
        if found is None:
            raise resource_not_found(arn)
        return found

    def solution_version(self, arn: str) -> SolutionVersion:
        """The version to deploy or to run a job on.

        Raises:
            ServiceError: There is none, or it has not been trained yet, or it is about to go.
        """
        found = self.find(arn)
        if found.status != ACTIVE:
            message = f"Solution version {arn} is in state {found.status}; it has to be ACTIVE."
            raise ServiceError("ResourceInUseException", message)
        solution = self._solutions.get(found.solution_arn)
        if solution is not None and solution.status in (DELETE_PENDING, DELETE_IN_PROGRESS):
            raise resource_in_use(solution.arn, solution.status)
        return found

    def filter(self, arn: str) -> Filter:
        """The filter to apply.

        Raises:
            ServiceError: There is none, or it is not ACTIVE.
        """
        if arn not in self._filters:
            raise resource_not_found(arn)
        found = self._filters[arn]
        if found.status != ACTIVE:
            raise resource_in_use(arn, found.status)
        return found

    def dataset_group(self, arn: str) -> DatasetGroup:
        """The dataset group to serve from.

        Raises:
            ServiceError: There is none, or it is not ACTIVE.
        """
        if arn not in self._dataset_groups:
            raise resource_not_found(arn)
        found = self._dataset_groups[arn]
        if found.status != ACTIVE:
            raise resource_in_use(arn, found.status)
        return found


def known_recipe(recipe: str) -> str:
    """The name of a recipe that is given by its name, or by an ARN that ends with it.

    Raises:
        ValueError: It is not known.
    """
    name = recipe.rpartition("/")[2]
    if name not in RECIPES:
        raise ValueError(f"recipe {recipe!r} is not known; known are {sorted(RECIPES)}")
    return name
