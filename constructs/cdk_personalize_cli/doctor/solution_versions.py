"""Are the solution versions there and ACTIVE, and do their recipes take what is asked of them?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cdk_personalize_cli.doctor.finding import Finding, Level, ok, unchecked
from cdk_personalize_cli.doctor.subject import Subject
from cdk_personalize_cli.doctor.template import UNKNOWN, Declared
from personalize_provider.calls import NotFoundError

CHECK = "solution versions"

EXPLORING = "aws-user-personalization"
"""What the names of the recipes that explore start with.

Source: developer guide, "User-Personalization recipe"; Personalize refuses it for others.
"""

THEMATIC = "aws-similar-items"
"""The recipe of theme generation. Source: developer guide, "Batch recommendations with themes"."""

_LATEST = "$LATEST"
_WHY = "Personalize would refuse the {title}, and with it the stack fails."


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a property asks of the recipe.

    Attributes:
        asked: The property, for people.
        family: What the recipe's name has to start with.
        way_out: What to do if it does not.
    """

    asked: str
    family: str
    way_out: str


def check(subject: Subject) -> Iterator[Finding]:
    """Each campaign's and each job's."""
    for each in subject.resources:
        arn = each.at("SolutionVersionArn")
        if arn is UNKNOWN:
            yield unchecked(CHECK, "its ARN is known only at the deployment", each.where)
        elif arn is not None:
            yield from _judged(subject, each, str(arn))


def _judged(subject: Subject, each: Declared, arn: str) -> Iterator[Finding]:
    place = (subject.region, subject.account)
    if tuple(arn.split(":")[3:5]) != place:
        what = f"{arn} is of another region or account than {' / '.join(place)}."
        yield _missing(each, what, "Give one of this account and region.")
        return
    try:
        status, recipe = _described(subject, arn)
    except NotFoundError:
        way_out = "`aws personalize list-solution-versions` shows those that exist."
        yield _missing(each, f"There is no solution version {arn}.", way_out)
        return
    if status != "ACTIVE":
        what = f"{arn} is {status or 'not trained'}, not ACTIVE."
        yield _missing(each, what, "Wait for it, or train one: see docs/solution-version.md.")
    else:
        yield ok(CHECK, f"{arn} is ACTIVE (recipe {_name(recipe)}).", each.where)
    for rule in _rules(each):
        if not _name(recipe).startswith(rule.family):
            what = f"{rule.asked} is given, and the recipe {_name(recipe)} does not take it."
            yield _missing(each, what, rule.way_out)


def _described(subject: Subject, arn: str) -> tuple[str, str]:
    """Status and recipe of a version; of the latest one for `<solution ARN>/$LATEST`."""
    solution_arn, _, version = arn.rpartition("/")
    if version != _LATEST:
        found = subject.describe(
            "DescribeSolutionVersion", "solutionVersion", "solutionVersionArn", arn
        )
        return found.get("status", ""), found.get("recipeArn", "")
    found = subject.describe("DescribeSolution", "solution", "solutionArn", solution_arn)
    latest: Any = found.get("latestSolutionVersion", {})
    return latest.get("status", ""), found.get("recipeArn", "")


def _rules(each: Declared) -> Iterator[Rule]:
    for config in ("CampaignConfig", "BatchInferenceJobConfig"):
        if each.at(config, "ItemExplorationConfig") not in (None, {}):
            yield Rule(
                asked=f"{config}.ItemExplorationConfig",
                family=EXPLORING,
                way_out="Leave item_exploration out, or take a solution version of a "
                "User-Personalization recipe.",
            )
    if each.at("BatchInferenceJobMode") == "THEME_GENERATION":
        yield Rule(
            asked="BatchInferenceJobMode THEME_GENERATION",
            family=THEMATIC,
            way_out="Leave the themes out, or take a solution version of Similar-Items.",
        )


def _name(recipe_arn: str) -> str:
    return recipe_arn.rpartition("/")[2]


def _missing(each: Declared, what: str, way_out: str) -> Finding:
    return Finding(
        level=Level.MISSING,
        check=CHECK,
        what=what,
        where=each.where,
        why=_WHY.format(title=each.spec.title.lower()),
        way_out=way_out,
    )
