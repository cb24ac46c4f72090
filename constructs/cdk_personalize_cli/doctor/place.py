"""Is what is to be deployed for this account and region? If not, nothing else of it is checked."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_personalize_cli.doctor.finding import Finding, unchecked
from cdk_personalize_cli.doctor.subject import Subject

CHECK = "place"


def check(subject: Subject) -> Iterator[Finding]:
    """The stacks whose `env` names another account or region."""
    for place in dict.fromkeys(template.place for template in subject.elsewhere):
        stacks = [each.stack for each in subject.elsewhere if each.place == place]
        why_not = (
            f"it is for {place}, and this is aws://{subject.account}/{subject.region}. "
            "Run the doctor once more with --profile and --region of there."
        )
        yield unchecked(CHECK, why_not, ", ".join(stacks))
