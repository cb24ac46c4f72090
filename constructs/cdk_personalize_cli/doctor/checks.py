"""The checks, in the order in which they are told. A new one is a file and an entry here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from cdk_personalize_cli.doctor import (
    bootstrap,
    buckets,
    explicit_names,
    permissions,
    place,
    quotas,
    region,
    solution_versions,
)
from cdk_personalize_cli.doctor.finding import Finding, unchecked
from cdk_personalize_cli.doctor.subject import Subject
from personalize_provider.calls import ServiceError

CHECKS: Mapping[str, Callable[[Subject], Iterator[Finding]]] = {
    place.CHECK: place.check,
    region.CHECK: region.check,
    bootstrap.CHECK: bootstrap.check,
    permissions.CHECK: permissions.check,
    quotas.CHECK: quotas.check,
    solution_versions.CHECK: solution_versions.check,
    buckets.CHECK: buckets.check,
    explicit_names.CHECK: explicit_names.check,
}
"""Name of a check -> the check. One that AWS does not let look is told as unchecked."""


def examine(subject: Subject) -> list[Finding]:
    """Run all checks."""
    return [finding for name in CHECKS for finding in _findings(name, subject)]


def _findings(name: str, subject: Subject) -> Iterator[Finding]:
    try:
        yield from CHECKS[name](subject)
    except ServiceError as error:
        yield unchecked(name, str(error))
