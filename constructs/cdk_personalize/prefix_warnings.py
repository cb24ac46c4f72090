"""Warnings about what a batch job reads by accident, since its input is matched by prefix.

Source: Amazon Personalize Developer Guide, "Preparing input data for batch recommendations": of a
path that names a folder or a prefix, the job reads all files under it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from cdk_personalize.faults import is_token

if TYPE_CHECKING:
    from constructs import Construct

    from cdk_personalize.job_location import JobInput, JobOutput

INPUT_PREFIX_WARNING = "cdk-personalize:inputPrefix"
"""Id of the warning about an input that looks like a folder without its slash."""

OUTPUT_WITHIN_INPUT_WARNING = "cdk-personalize:outputWithinInput"
"""Id of the warning about an input whose prefix takes in the job's own output."""


def warn_of_prefixes(scope: Construct, *, job_input: JobInput, job_output: JobOutput) -> None:
    """Warn of an input that reads more than its name says, as far as the keys are known.

    Args:
        scope: The job; the warnings go to it.
        job_input: What is read.
        job_output: Where is written.
    """
    key = job_input.key
    if key is None or is_token(key):
        return
    at = f"{job_input.property_path} has the key {key!r}"
    if job_output.bucket_arn == job_input.bucket_arn and (job_output.key or "").startswith(key):
        if job_output.key is None:
            return
        cdk.Annotations.of(scope).add_warning_v2(
            OUTPUT_WITHIN_INPUT_WARNING,
            f"{at}, and the job writes under it, to {job_output.key!r}. Amazon Personalize reads "
            "every file whose key starts with the input's, so the next job would read the output "
            "of this one. Give a folder of its own to each, such as 'input/' and 'output/'.",
        )
    elif not key.endswith("/") and "." not in key.rpartition("/")[2]:
        cdk.Annotations.of(scope).add_warning_v2(
            INPUT_PREFIX_WARNING,
            f"{at}, which looks like a folder. Amazon Personalize reads every file whose key "
            f"starts with it, such as {key + '_old/users.json'!r} too. "
            + (f"Give {key + '/'!r} for the folder alone." if key else "Give a folder or a file."),
        )
