"""Random histories: what users, their stacks and other owners do, and what goes wrong meanwhile.

A history is data drawn from a seed; running it is a pure function of that data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Literal

from emulator.oddities import Oddities
from emulator.plans import Plan
from simulator import faults
from simulator.stacks import References, Rollback
from simulator.templates import Attribute, Declared
from simulator.works import FailedGo
from simulator.world import (
    DATASET_GROUP,
    OTHER_DATASET_GROUP,
    OTHER_SOLUTION,
    OTHER_VERSION,
    SOLUTION,
    VERSION,
    campaign,
    job,
    recommender,
    segment_job,
    solution_version,
)

Verb = Literal[
    "create", "update", "delete", "pass", "foreign-create", "foreign-delete", "foreign-stop"
]

ADOPTABLE = ("Custom::PersonalizeCampaign", "Custom::PersonalizeRecommender")
_NAMED = ("Name", "AdoptExisting", "DeleteAdopted")

NAMES = ("fresh", "spare")
"""Explicit names, of campaigns that other owners use too, and of recommenders."""

STACKS = ("shop", "news")

ADOPTING = 0.3
"""Share of the histories of one stack in which it adopts what has an explicit name.

With several stacks that adopt the same, none could promise anything.
"""

KEEPING = 0.2
"""Share of the creates that are not rolled back if they fail."""

REFUSED = 0.04
"""Share of the resources that cannot be made as they are declared."""

WRONG: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "Custom::PersonalizeCampaign": (
        {"MinProvisionedTPS": 0},
        {"SolutionVersionArn": f"{OTHER_VERSION}9"},
        {"Name": "n" * 300},
    ),
    "Custom::PersonalizeSolutionVersion": ({"SolutionArn": VERSION},),
    "Custom::PersonalizeRecommender": ({"RecipeArn": VERSION}, {"Name": "n" * 300}),
}

HURRIED = 0.06
"""Share of the resources whose `timeout` is less than CloudFormation's hour."""

LONG = 0.12
"""Share of the histories in which resources are chains of wait segments."""

LONG_TAKES = (0.1, 0.7, 1.2, 1.7, 2.8)
"""How long a creation or an update takes in such a history, in hours."""

QUIET_HOUR_S = 120.0
"""How long CloudFormation waits for one link where nothing goes wrong."""

TROUBLED_HOUR_S = 300.0
"""The same where events come late and Lambda tries again: that takes minutes, not an hour."""


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing that happens.

    Attributes:
        verb: What; "foreign-stop" is somebody who stops what can be stopped.
        subject: The stack, or the name that another owner uses.
        template: What the stack is created with or updated to, wait segments left out.
        fails_after_s: When the rest of the stack fails, or None.
        keeps_failures: Whether a create that fails is not rolled back.
        then_s: Seconds until the next act; None waits until nothing happens any more.
    """

    verb: Verb
    subject: str
    template: Mapping[str, Declared] = field(default_factory=dict)
    fails_after_s: float | None = None
    keeps_failures: bool = False
    then_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class History:
    """All that is drawn.

    Attributes:
        seed: Of the scheduler's draws, and of this history.
        acts: What happens, in order.
        trouble: What goes wrong.
        plan: How long Personalize takes, and what it lets fail.
        oddities: How Personalize differs from its reference.
        rollback: How CloudFormation undoes a replacement.
        references: What CloudFormation puts in place of references in a rollback.
        failed_go: When CloudFormation deletes what failed, was kept, and is created again.
    """

    seed: int
    acts: tuple[Act, ...]
    trouble: faults.Trouble
    plan: Plan
    oddities: Oddities
    rollback: Rollback
    references: References = "evaluated again"
    failed_go: FailedGo = "last"


def draw(seed: int) -> History:
    """The history of a seed."""
    random = Random(seed)  # noqa: S311 a simulation's draws, not a secret's
    stacks = STACKS[: random.choice((1, 1, 2))]
    acts: list[Act] = []
    standing: dict[str, tuple[str, ...]] = {}
    adopts = len(stacks) == 1 and random.random() < ADOPTING
    for _ in range(random.randint(1, 3)):
        acts.append(_act(random, stacks, standing, adopts=adopts))
    acts += [Act(verb="delete", subject=stack) for stack in sorted(standing)]
    history = History(
        seed=seed,
        acts=tuple(acts),
        trouble=faults.draw(random),
        plan=_plan(random),
        oddities=_oddities(random),
        rollback=random.choice(("update-then-delete", "delete-alone")),
        references=random.choice(("evaluated again", "as before")),
        failed_go=random.choice(("first", "last")),
    )
    drawn = _long(history, random) if random.random() < LONG else history
    # Last, so that the rest of a seed's history is what it was.
    update_lag_s, tag_change_lag_s = random.choice(_LAGS_S), random.choice(_LAGS_S)
    oddities = replace(
        drawn.oddities,
        update_lag_s=update_lag_s,
        tag_change_lag_s=tag_change_lag_s,
        switch_in_use=random.random() < 0.5,
    )
    return replace(drawn, oddities=oddities)


def _long(history: History, random: Random) -> History:
    """The same history, but what is made takes longer than CloudFormation waits for one resource.

    That is minutes, not an hour, so that a history has a hundred looks and not thousands.
    """
    hour_s = QUIET_HOUR_S if history.trouble == faults.Trouble() else TROUBLED_HOUR_S

    def timed(declared: Declared) -> Declared:
        asked_s = int(hour_s * random.choice((1, 2, 2.5, 3)))
        limits = {"ServiceTimeout": int(hour_s), "Timeout": asked_s}
        return replace(declared, properties={**declared.properties, **limits})

    def taken_s() -> list[float]:
        return [hour_s * random.choice(LONG_TAKES) for _ in range(4)]

    acts = [
        replace(act, template={name: timed(each) for name, each in act.template.items()})
        for act in history.acts
    ]
    plan = replace(history.plan, create_s=taken_s(), update_s=taken_s())
    return replace(history, acts=tuple(acts), plan=plan)


def _act(
    random: Random,
    stacks: tuple[str, ...],
    standing: dict[str, tuple[str, ...]],
    *,
    adopts: bool = False,
) -> Act:
    """What happens next.

    Args:
        random: Draws.
        stacks: The stacks of the history.
        standing: Those that were created; what a create that keeps failures declared, so that the
            next update deploys it again.
        adopts: Whether templates adopt.
    """
    if random.random() < (0.4 if adopts else 0.15):
        verb: Verb = random.choice(("foreign-create", "foreign-delete", "foreign-stop"))
        return Act(verb=verb, subject=random.choice(NAMES), then_s=random.choice((0, 40)))
    stack = random.choice(stacks)
    fails_after_s = random.choice((None, None, None, 5, 15, 45))
    then_s = random.choice((None, None, None, 3, 10, 30))
    if stack not in standing:
        template = _template(random, adopts=adopts)
        keeps_failures = random.random() < KEEPING
        standing[stack] = tuple(template) if keeps_failures else ()
        return Act(
            verb="create",
            subject=stack,
            template=template,
            fails_after_s=fails_after_s,
            keeps_failures=keeps_failures,
            then_s=then_s,
        )
    if random.random() < 0.15:
        del standing[stack]
        return Act(verb="delete", subject=stack, then_s=then_s)
    return Act(
        verb="update",
        subject=stack,
        template=_template(random, adopts=adopts, again=standing[stack]),
        fails_after_s=fails_after_s,
        then_s=then_s,
    )


def _template(
    random: Random, *, adopts: bool = False, again: tuple[str, ...] = ()
) -> dict[str, Declared]:
    drawn = [name for name, (share, _) in _DRAWN.items() if random.random() < share] or ["Live"]
    wanted = again or drawn
    made = {name: _perhaps_refused(random, _DRAWN[name][1](random)) for name in wanted}
    template = {name: _perhaps_hurried(random, each) for name, each in made.items()}
    if "Model" in template and "Live" in template and random.random() < 0.7:
        # As in a whole chain: what is trained is deployed.
        live = template["Live"]
        trained = {"SolutionVersionArn": Attribute("Model", "SolutionVersionArn")}
        template["Live"] = replace(live, properties={**live.properties, **trained})
    return _adopting(random, template) if adopts else template


def _perhaps_refused(random: Random, declared: Declared) -> Declared:
    """Seldom with a value that the rules refuse, or the service: nothing is made of it."""
    if random.random() >= REFUSED:
        return declared
    wrong = random.choice(WRONG.get(declared.type, ({"NumResults": 0},)))
    return replace(declared, properties={**declared.properties, **wrong})


def _perhaps_hurried(random: Random, declared: Declared) -> Declared:
    """Seldom with a `timeout` that may not be enough."""
    if random.random() >= HURRIED:
        return declared
    limits = {"ServiceTimeout": 3600, "Timeout": random.choice((15, 30, 120))}
    return replace(declared, properties={**declared.properties, **limits})


def _adopting(random: Random, template: Mapping[str, Declared]) -> dict[str, Declared]:
    """A template that adopts what has an explicit name, each name at one place only."""
    names: set[tuple[str, str]] = set()
    result: dict[str, Declared] = {}
    for logical_id, declared in template.items():
        properties = dict(declared.properties)
        if declared.type in ADOPTABLE and random.random() < 0.8:
            properties["Name"] = random.choice(NAMES)
            if random.random() < 0.2:
                properties["DeleteAdopted"] = True
            properties["AdoptExisting"] = True
        place = (declared.type, properties.get("Name", logical_id))
        if place in names:
            properties = {key: properties[key] for key in properties if key not in _NAMED}
        names.add(place)
        result[logical_id] = replace(declared, properties=properties)
    return result


def _campaign(random: Random) -> Declared:
    properties: dict[str, Any] = {"SolutionVersionArn": random.choice((VERSION, OTHER_VERSION))}
    if random.random() < 0.5:
        properties["MinProvisionedTPS"] = random.choice((1, 2))
    if random.random() < 0.5:
        weight = random.choice(("0.3", "0.5"))
        properties["CampaignConfig"] = {"ItemExplorationConfig": {"explorationWeight": weight}}
    if random.random() < 0.3:
        properties["Name"] = random.choice(NAMES)
    return _perhaps_retained(random, campaign(**properties))


def _perhaps_retained(random: Random, declared: Declared) -> Declared:
    return _perhaps_tagged(random, replace(declared, retain=random.random() < 0.05))


def _perhaps_tagged(random: Random, declared: Declared) -> Declared:
    if random.random() < 0.8:
        return declared
    tags = [{"Key": "team", "Value": random.choice(("films", "books"))}]
    return replace(declared, properties={**declared.properties, "Tags": tags})


def _job(random: Random) -> Declared:
    properties: dict[str, Any] = {"NumResults": random.choice((10, 20))}
    if random.random() < 0.3:
        properties["Triggers"] = {"run": random.choice(("1", "2"))}
    if random.random() < 0.15:
        properties["JobName"] = "nightly"
    if random.random() < 0.3:
        properties["WaitForCompletion"] = False
    return _perhaps_tagged(random, job(**properties))


def _segment_job(random: Random) -> Declared:
    properties: dict[str, Any] = {"NumResults": random.choice((10, 20))}
    if random.random() < 0.3:
        properties["WaitForCompletion"] = False
    return segment_job(**properties)


def _solution_version(random: Random) -> Declared:
    properties: dict[str, Any] = {"SolutionArn": random.choice((SOLUTION, OTHER_SOLUTION))}
    if random.random() < 0.5:
        properties["Triggers"] = {"data": random.choice(("1", "2"))}
    if random.random() < 0.15:
        properties["Name"] = "model"
    return _perhaps_retained(random, solution_version(**properties))


def _recommender(random: Random) -> Declared:
    properties: dict[str, Any] = {
        "DatasetGroupArn": random.choice((DATASET_GROUP, DATASET_GROUP, OTHER_DATASET_GROUP))
    }
    if random.random() < 0.5:
        rate = random.choice((1, 2))
        properties["RecommenderConfig"] = {"MinRecommendationRequestsPerSecond": rate}
    if random.random() < 0.3:
        properties["Name"] = random.choice(NAMES)
    if random.random() < 0.3:
        excluded = {"ExcludedDatasetColumns": {"ITEMS": [random.choice(("PRICE", "TITLE"))]}}
        config = properties.get("RecommenderConfig", {})
        properties["RecommenderConfig"] = {**config, "TrainingDataConfig": excluded}
    if random.random() < 0.2:
        properties["Active"] = False
    return _perhaps_retained(random, recommender(**properties))


_DRAWN: Mapping[str, tuple[float, Callable[[Random], Declared]]] = {
    "Live": (0.6, _campaign),
    "Extra": (0.4, _campaign),
    "Nightly": (0.4, _job),
    "Model": (0.4, _solution_version),
    "Fans": (0.2, _segment_job),
    "ForYou": (0.3, _recommender),
}
"""Logical id -> how often it is in a template, and what it is."""


def _plan(random: Random) -> Plan:
    def seconds() -> list[float]:
        usual = (0.0, 0.0, 6.0, 18.0, 40.0)
        return [5000.0 if random.random() < 0.01 else random.choice(usual) for _ in range(4)]

    def failures(what: str) -> dict[int, str]:
        return {
            nth: f"The {what} met an internal problem, case {nth}."
            for nth in range(1, 4)
            if random.random() < 0.12
        }

    return Plan(
        create_s=seconds(),
        update_s=seconds(),
        delete_s=[random.choice((0.0, 0.0, 5.0, 20.0)) for _ in range(3)],
        create_fails=failures("creation"),
        update_fails=failures("update"),
    )


_LAGS_S = (0.0, 0.0, 0.0, 12.0, 45.0)
"""How old something is before it shows: less than the minute that the handler reckons with."""


def _oddities(random: Random) -> Oddities:
    coin = random.random
    return Oddities(
        job_pending_status=random.choice(("PENDING", "CREATE PENDING")),
        job_in_progress_status=random.choice(("IN PROGRESS", "CREATE IN_PROGRESS")),
        update_in_progress_status=random.choice(("CREATE IN_PROGRESS", "UPDATE IN_PROGRESS")),
        campaign_status_while_updating="UPDATE IN_PROGRESS" if coin() < 0.2 else None,
        echo_defaults=coin() < 0.5,
        omitted_config_on_update="keeps" if coin() < 0.5 else "resets",
        describes_not_found_after_create=random.choice((0, 0, 2)),
        describes_stale_after_update=random.choice((0, 0, 1)),
        second_delete_in_use=coin() < 0.5,
        version_names_are_unique=coin() < 0.5,
        version_list_lag_s=random.choice(_LAGS_S),
        tag_list_lag_s=random.choice(_LAGS_S),
        describe_lag_s=random.choice(_LAGS_S),
    )
