"""Does the region have Personalize, and theme generation where a job asks for it?"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_personalize_cli.doctor.finding import Finding, Level, ok
from cdk_personalize_cli.doctor.subject import Subject
from personalize_provider.resources.batch_inference_job import THEME_REGIONS

CHECK = "region"


def check(subject: Subject) -> Iterator[Finding]:
    """Personalize by botocore's list of regions, theme generation by the service's own."""
    regions = sorted(subject.clients.regions_of("personalize"))
    if subject.region in regions:
        yield ok(CHECK, f"Amazon Personalize is in {subject.region}.")
    else:
        yield Finding(
            level=Level.MISSING,
            check=CHECK,
            what=f"Amazon Personalize is not in {subject.region}, as far as botocore knows.",
            why="Every call to Personalize would fail.",
            way_out=f"Deploy to one of {', '.join(regions) or 'another partition'}; "
            "or, if the region is new, update boto3.",
        )
    for job in subject.resources:
        if job.at("BatchInferenceJobMode") == "THEME_GENERATION":
            yield _themes(subject.region, job.where)


def _themes(region: str, where: str) -> Finding:
    if region in THEME_REGIONS:
        return ok(CHECK, f"Theme generation is in {region}.", where)
    return Finding(
        level=Level.MISSING,
        check=CHECK,
        what=f"Theme generation is not in {region}.",
        where=where,
        why="Personalize would refuse the job.",
        way_out=f"Run the job in one of {', '.join(THEME_REGIONS)}, or without themes.",
    )
