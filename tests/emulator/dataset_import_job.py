"""Dataset import jobs: CSV files from S3 into a dataset.

Source: API reference, "CreateDatasetImportJob"; developer guide, "Importing bulk data".
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from emulator.batch import FailedError, read, s3_location
from emulator.dataset import Datasets
from emulator.exceptions import invalid_input
from emulator.plain import PlainKind
from emulator.rules import check_role
from emulator.schema import Schemas, required_columns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emulator.plain import FakePlain
    from emulator.world import Answer, Request


class DatasetImportJobs(PlainKind):
    """A job can not be deleted; its dataset can, once the job has ended."""

    kind = what = "dataset-import-job"
    noun = "DatasetImportJob"
    arn_member = "datasetImportJobArn"
    name_member = "jobName"
    # botocore's model gives the role of a describe the pattern of Personalize's own ARNs, which
    # no role has; so it is not shown.
    echoed = ("datasetArn", "dataSource", "importMode", "publishAttributionMetricsToS3")
    deletable = False
    lets_go = True

    def _checked(self, request: Request) -> tuple[str, ...]:
        location = request["dataSource"].get("dataLocation")
        if location is None or s3_location(location) is None:
            raise invalid_input(f"Invalid S3 input path: {location}")
        if "roleArn" in request:
            check_role(request["roleArn"], world=self._world)
        return (self._active(Datasets, request["datasetArn"]).arn,)

    def _finish(self, made: FakePlain) -> str | None:
        """Read every file, as far as to see that its header has what the schema needs."""
        if self._world.s3 is None:
            return None
        dataset = self._region.of(Datasets).find(made.request["datasetArn"])
        schema = self._region.of(Schemas).find(dataset.request["schemaArn"])
        wanted = required_columns(schema.request["schema"])
        try:
            for _, body in read(made.request["dataSource"]["dataLocation"], self._world.s3):
                missing = _missing(wanted, body.decode("utf-8", "replace").splitlines())
                if missing:
                    return f"The input lacks the columns {', '.join(missing)} of the schema."
        except FailedError as failed:
            return str(failed)
        return None

    def _more(self, _found: FakePlain) -> Answer:
        return {"importMode": "FULL"} if self._world.oddities.echo_defaults else {}


def _missing(wanted: Iterable[str], lines: list[str]) -> list[str]:
    header = next(csv.reader(lines), [])
    return [column for column in wanted if column not in header]
