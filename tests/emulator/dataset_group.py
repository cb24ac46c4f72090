"""Dataset groups: what all datasets, solutions and filters of one application belong to.

Source: API reference, "CreateDatasetGroup" and "DeleteDatasetGroup".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.exceptions import invalid_input
from emulator.plain import PlainKind
from emulator.rules import check_role
from emulator.states import CREATE_PENDING

if TYPE_CHECKING:
    from emulator.plain import FakePlain
    from emulator.world import Request


class DatasetGroups(PlainKind):
    """A group can be deleted once nothing belongs to it any more."""

    kind = what = "dataset-group"
    noun = "DatasetGroup"
    arn_member = "datasetGroupArn"
    echoed = ("roleArn", "kmsKeyArn", "domain")
    answered = ("domain",)

    def _checked(self, request: Request) -> tuple[str, ...]:
        if ("roleArn" in request) != ("kmsKeyArn" in request):
            raise invalid_input("roleArn and kmsKeyArn have to be given together.")
        if "roleArn" in request:
            check_role(request["roleArn"], world=self._world)
        return ()

    def _register(self, made: FakePlain) -> None:
        domain = made.request.get("domain")
        self._world.catalogue.add_dataset_group(made.arn, domain=domain, status=CREATE_PENDING)
