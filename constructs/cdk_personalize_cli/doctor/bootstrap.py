"""Is the account bootstrapped for the CDK? The handler is an asset, so it has to be."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_personalize_cli.doctor.finding import Finding, Level, ok
from cdk_personalize_cli.doctor.subject import DEFAULT_QUALIFIER, Subject
from personalize_provider.calls import RefusedError, call

CHECK = "bootstrap"

NEEDED_VERSION = 6
"""What the CDK's default synthesizer needs, where no manifest says another.

Source: aws-cdk-lib, `requiresBootstrapStackVersion` in a cloud assembly's manifest.
"""


def check(subject: Subject) -> Iterator[Finding]:
    """One finding a bootstrap that the templates name; else that of the default qualifier."""
    for parameter, needed in sorted(_needed(subject).items()):
        yield _bootstrapped(subject, parameter, needed)


def _needed(subject: Subject) -> dict[str, int]:
    """SSM parameter of a bootstrap -> the version that is needed of it."""
    found: dict[str, int] = {}
    for template in subject.templates:
        parameter = template.artifact.get("bootstrapStackVersionSsmParameter")
        version = template.artifact.get("requiresBootstrapStackVersion", NEEDED_VERSION)
        if parameter and not subject.question.qualifier:
            found[parameter] = max(version, found.get(parameter, 0))
    qualifier = subject.question.qualifier or DEFAULT_QUALIFIER
    return found or {f"/cdk-bootstrap/{qualifier}/version": NEEDED_VERSION}


def _bootstrapped(subject: Subject, parameter: str, needed: int) -> Finding:
    place = f"aws://{subject.account}/{subject.region}"
    bootstrap = f"Run `cdk bootstrap {place}`."
    why = "The handler's code is an asset, and the CDK puts assets into the bootstrap's bucket."
    try:
        answer = call(subject.clients.client("ssm"), "GetParameter", {"Name": parameter})
    except RefusedError as error:
        if "ParameterNotFound" not in str(error):
            raise
        what = f"{place} is not bootstrapped for the CDK: there is no SSM parameter {parameter}."
        return Finding(level=Level.MISSING, check=CHECK, what=what, why=why, way_out=bootstrap)
    version = answer["Parameter"]["Value"]
    if version.isdigit() and int(version) >= needed:
        return ok(CHECK, f"{place} is bootstrapped (version {version}, {needed} is needed).")
    what = f"The bootstrap of {place} has version {version}, and {needed} is needed ({parameter})."
    return Finding(level=Level.MISSING, check=CHECK, what=what, why=why, way_out=bootstrap)
