"""What a request can refer to but the emulator does not make: solution versions and filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from emulator.exceptions import ServiceError, resource_not_found

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
class SolutionVersion:
    arn: str
    recipe: Recipe
    recipe_name: str
    dataset_group: str
    status: str

    @property
    def solution_arn(self) -> str:
        return self.arn.rpartition("/")[0]


@dataclass(frozen=True, kw_only=True)
class Filter:
    arn: str
    placeholders: tuple[str, ...]


class Catalogue:
    """The registries, by ARN; an ARN carries its region and account, so one serves them all."""

    def __init__(self) -> None:
        self._versions: dict[str, SolutionVersion] = {}
        self._filters: dict[str, Filter] = {}

    def add_solution_version(
        self, arn: str, *, recipe: str, dataset_group: str, status: str
    ) -> None:
        """Register a version; the one registered last is its solution's latest.

        Raises:
            ValueError: The recipe (a name, or an ARN that ends with it) is not known.
        """
        recipe_name = recipe.rpartition("/")[2]
        if recipe_name not in RECIPES:
            raise ValueError(f"recipe {recipe!r} is not known; known are {sorted(RECIPES)}")
        self._versions.pop(arn, None)
        self._versions[arn] = SolutionVersion(
            arn=arn,
            recipe=RECIPES[recipe_name],
            recipe_name=recipe_name,
            dataset_group=dataset_group,
            status=status,
        )

    def add_filter(self, arn: str, *, placeholders: Sequence[str]) -> None:
        self._filters[arn] = Filter(arn=arn, placeholders=tuple(placeholders))

    def find(self, arn: str) -> SolutionVersion:
        """The version of an ARN, or the latest one when the ARN is `<solution>/$LATEST`.

        Raises:
            ServiceError: There is none.
        """
        solution_arn, _, version = arn.rpartition("/")
        found = self._versions.get(arn)
        if version == LATEST:
            ofs = [each for each in self._versions.values() if each.solution_arn == solution_arn]
            found = next((each for each in reversed(ofs) if each.status == "ACTIVE"), None)
        if found is None:
            raise resource_not_found(arn)
        return found

    def solution_version(self, arn: str) -> SolutionVersion:
        """The version to deploy or to run a job on.

        Raises:
            ServiceError: There is none, or it has not been trained yet.
        """
        found = self.find(arn)
        if found.status != "ACTIVE":
            message = f"Solution version {arn} is in state {found.status}; it has to be ACTIVE."
            raise ServiceError("ResourceInUseException", message)
        return found

    def filter(self, arn: str) -> Filter:
        if arn not in self._filters:
            raise resource_not_found(arn)
        return self._filters[arn]
