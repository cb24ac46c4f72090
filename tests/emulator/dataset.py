"""Datasets: one of each type in a dataset group.

Source: API reference, "CreateDataset" and "DeleteDataset".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.exceptions import invalid_input, resource_held
from emulator.plain import PlainKind
from emulator.schema import Schemas
from emulator.solution_version import SolutionVersions

if TYPE_CHECKING:
    from emulator.plain import FakePlain
    from emulator.world import Answer, Request

TYPES = ("INTERACTIONS", "ITEMS", "USERS", "ACTIONS", "ACTION_INTERACTIONS")


class Datasets(PlainKind):
    """A dataset's ARN tells its group and its type in place of its name."""

    kind = what = "dataset"
    noun = "Dataset"
    arn_member = "datasetArn"
    echoed = ("datasetGroupArn", "schemaArn")
    unseen = frozenset({"failureReason"})

    def delete(self, request: Request) -> None:
        """Not while an import runs, which holds on to it, nor while a version of its group trains.

        Source: API reference, "DeleteDataset".
        """
        found = self.find(request[self.arn_member])
        for version in self._region.of(SolutionVersions).all().values():
            if version.trains_on(found.request["datasetGroupArn"]):
                raise resource_held(found.arn, by=version.arn)
        self.start_delete(found)

    def _checked(self, request: Request) -> tuple[str, ...]:
        if request["datasetType"].upper() not in TYPES:
            raise invalid_input(
                f"datasetType is {request['datasetType']}; it has to be one of {', '.join(TYPES)}."
            )
        group = self._world.catalogue.dataset_group(request["datasetGroupArn"])
        schema = self._active(Schemas, request["schemaArn"])
        return group.arn, schema.arn

    def _new_arn(self, request: Request) -> str:
        group = request["datasetGroupArn"].rpartition("/")[2]
        return self._place.arn(self.kind, f"{group}/{request['datasetType'].upper()}")

    def _more(self, found: FakePlain) -> Answer:
        return {"datasetType": found.request["datasetType"].upper()}
