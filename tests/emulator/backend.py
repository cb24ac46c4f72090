"""The emulated service as a whole: one backend, and in it a region a pair of account and region."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from emulator.catalogue import Catalogue, Solution
from emulator.journal import Journal
from emulator.kind import AnyKind, FakeResource, Kind, Operation
from emulator.kinds import KINDS
from emulator.oddities import Oddities, Quotas
from emulator.plans import DEFAULTS, Plan, PlanBook
from emulator.tags import Tags
from emulator.world import Place, World

if TYPE_CHECKING:
    from emulator.batch import ObjectStore

DEFAULT_ACCOUNT = "000000000000"
DEFAULT_DATASET_GROUP = "default"


def any_role_exists(_arn: str) -> bool:
    return True


class RegionBackend:
    """The resources of one account's region, and the operations on them by their API names."""

    def __init__(self, *, world: World, place: Place) -> None:
        self._kinds: dict[type[Kind[Any]], Kind[Any]] = {
            each: each(world=world, place=place, region=self) for each in KINDS
        }
        self.kinds: Sequence[Kind[Any]] = tuple(self._kinds.values())
        rooms: Sequence[Kind[Any] | Tags] = (*self.kinds, Tags(world=world, region=self))
        self.rooms: Mapping[str, Kind[Any] | Tags] = {
            operation: room for room in rooms for operation in room.operations
        }
        """Which room an operation belongs to."""
        self.operations: Mapping[str, Operation] = {
            name: operation for room in rooms for name, operation in room.operations.items()
        }

    def of(self, kind: type[AnyKind]) -> AnyKind:
        """The room of a kind."""
        return cast("AnyKind", self._kinds[kind])

    def resource(self, arn: str) -> FakeResource | None:
        """The resource of an ARN, whatever its kind; None when there is none."""
        found = (kind.all().get(arn) for kind in self.kinds)
        return next((each for each in found if each is not None), None)

    def holder(self, arn: str) -> FakeResource | None:
        """A resource because of which another one can not be deleted now; None: it can."""
        everything = (each for kind in self.kinds for each in kind.all().values())
        return next((each for each in everything if arn in each.holds), None)

    def advance(self) -> None:
        for kind in self.kinds:
            kind.advance()


class PersonalizeBackend:
    """Personalize on an injected clock; everything it does follows from its calls and the clock.

    Args:
        clock: The present in epoch seconds; must never go back.
        s3: A boto3 S3 client, or what looks like one; None: jobs end well without reading anything.
        role_exists: Whether a job's role can be assumed.
        account: The account of requests that name none.
        defaults: How long things take, and how they end, where no plan says otherwise.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        s3: ObjectStore | None = None,
        role_exists: Callable[[str], bool] = any_role_exists,
        account: str = DEFAULT_ACCOUNT,
        oddities: Oddities | None = None,
        quotas: Quotas | None = None,
        defaults: Plan = DEFAULTS,
    ) -> None:
        self.account = account
        self._defaults = defaults
        self._oddities = oddities or Oddities()
        self._quotas = quotas or Quotas()
        self.world = World(
            clock=clock,
            s3=s3,
            role_exists=role_exists,
            plans=PlanBook(defaults),
            journal=Journal(),
            catalogue=Catalogue(),
            oddities=self._oddities,
            quotas=self._quotas,
        )
        self._regions: dict[Place, RegionBackend] = {}

    def add_solution(
        self,
        arn: str,
        *,
        recipe: str = "aws-user-personalization",
        dataset_group: str = DEFAULT_DATASET_GROUP,
        status: str = "ACTIVE",
    ) -> None:
        """Make a solution known, so that versions of it can be trained."""
        self.world.catalogue.add_solution(
            Solution(
                arn=arn,
                recipe_name=recipe.rpartition("/")[2],
                dataset_group=dataset_group,
                status=status,
            )
        )

    def add_solution_version(
        self,
        arn: str,
        *,
        recipe: str = "aws-user-personalization",
        dataset_group: str = DEFAULT_DATASET_GROUP,
        status: str = "ACTIVE",
    ) -> None:
        """Make a solution version known; the last one of a solution is its `$LATEST`."""
        self.world.catalogue.add_solution_version(
            arn, recipe=recipe, dataset_group=dataset_group, status=status
        )

    def add_dataset_group(
        self, arn: str, *, domain: str | None = None, status: str = "ACTIVE"
    ) -> None:
        """Make a dataset group known; ECOMMERCE or VIDEO_ON_DEMAND, or a custom one by default."""
        self.world.catalogue.add_dataset_group(arn, domain=domain, status=status)

    def add_filter(self, arn: str, *, placeholders: Sequence[str] = ()) -> None:
        """Make a filter known, with the parameters to which a job's input has to give values."""
        self.world.catalogue.add_filter(arn, placeholders=placeholders)

    def plan(self, glob: str, plan: Plan) -> None:
        """Say how resources whose names match `glob` fare from now on."""
        self.world.plans.put(glob, plan)

    def set_oddities(self, **switches: Any) -> None:
        """Change some fields of `Oddities`; raises TypeError for an unknown one."""
        self.world.oddities = replace(self.world.oddities, **switches)

    def set_quotas(self, **limits: int) -> None:
        """Change some fields of `Quotas`; raises TypeError for an unknown one."""
        self.world.quotas = replace(self.world.quotas, **limits)

    def region(self, place: Place) -> RegionBackend:
        if place not in self._regions:
            self._regions[place] = RegionBackend(world=self.world, place=place)
        return self._regions[place]

    def look(self) -> float:
        """Read the clock, bring everything to the present, and tell the time in epoch seconds."""
        self.world.now_s = self.world.clock()
        for region in self._regions.values():
            region.advance()
        return self.world.now_s

    def log(self) -> list[Mapping[str, Any]]:
        """What was seen and done until now, in time order; see `Journal` for the entries."""
        self.look()
        return self.world.journal.entries()

    def resources(self) -> list[Mapping[str, Any]]:
        """What exists now: ARN, kind, status, the latest update's status, and tags."""
        self.look()
        return [
            {
                "arn": each.arn,
                "kind": kind.kind,
                "status": each.status,
                "update_status": each.update_status,
                "tags": each.tags,
            }
            for region in self._regions.values()
            for kind in region.kinds
            for each in kind.all().values()
        ]

    def reset(self) -> None:
        """Forget resources, plans, registries and the log; switches and quotas start anew."""
        self._regions.clear()
        self.world.plans = PlanBook(self._defaults)
        self.world.journal = Journal()
        self.world.catalogue = Catalogue()
        self.world.oddities, self.world.quotas = self._oddities, self._quotas
