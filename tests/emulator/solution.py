"""Solutions: the recipe and the settings that versions are trained by.

Source: API reference, "CreateSolution" and "DeleteSolution". Automatic training is not emulated:
versions come from CreateSolutionVersion alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.catalogue import RECIPES, Solution
from emulator.exceptions import invalid_input, resource_not_found
from emulator.plain import PlainKind, picked
from emulator.solution_version import SolutionVersions
from emulator.states import CREATE_PENDING

if TYPE_CHECKING:
    from emulator.plain import FakePlain
    from emulator.world import Answer, Request

SETTINGS = (
    "performHPO",
    "performAutoML",
    "performIncrementalUpdate",
    "eventType",
    "solutionConfig",
)
"""What a version shows too."""
DEFAULTS = {"performHPO": False, "performAutoML": False, "performIncrementalUpdate": False}


class Solutions(PlainKind):
    """A solution takes its versions along, unless one is in training or serves a campaign."""

    kind = what = "solution"
    noun = "Solution"
    arn_member = "solutionArn"
    echoed = (*SETTINGS, "performAutoTraining", "recipeArn", "datasetGroupArn")
    unseen = frozenset({"failureReason"})

    def gone(self, found: FakePlain) -> None:
        assert found.deletion is not None
        self._region.of(SolutionVersions).take_along(found.arn, at_s=found.deletion.ends_s)

    def _checked(self, request: Request) -> tuple[str, ...]:
        recipe = request.get("recipeArn")
        if recipe is None:
            raise invalid_input("recipeArn has to be given.")
        name = recipe.rpartition("/")[2]
        if name not in RECIPES or recipe != self._place.recipe_arn(name):
            raise resource_not_found(recipe)
        return (self._world.catalogue.dataset_group(request["datasetGroupArn"]).arn,)

    def _register(self, made: FakePlain) -> None:
        request = made.request
        defaults = DEFAULTS if self._world.oddities.echo_defaults else {}
        self._world.catalogue.add_solution(
            Solution(
                arn=made.arn,
                recipe_name=request["recipeArn"].rpartition("/")[2],
                dataset_group=request["datasetGroupArn"],
                status=CREATE_PENDING,
                settings={**defaults, **picked(request, SETTINGS)},
            )
        )

    def _more(self, found: FakePlain) -> Answer:
        shown: Answer = {}
        if self._world.oddities.echo_defaults:
            given = found.request
            shown = {key: given.get(key, default) for key, default in DEFAULTS.items()}
            shown["performAutoTraining"] = given.get("performAutoTraining", True)
        versions = self._region.of(SolutionVersions)
        of = versions.of_solution(found.arn)
        return {**shown, "latestSolutionVersion": versions.summary(of[-1])} if of else shown
