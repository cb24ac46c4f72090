"""What the doctor has found, for people and for scripts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from cdk_personalize_cli.doctor.finding import Finding, Level
from cdk_personalize_cli.doctor.subject import Subject
from cdk_personalize_cli.wording import safe

VERSION = "1"
"""Version of the JSON: fields are added within a version, and never removed or changed."""

_STYLES: Final = {
    Level.OK: "green",
    Level.WARNING: "yellow",
    Level.MISSING: "bold red",
    Level.UNCHECKED: "dim",
}


def is_missing_something(findings: Sequence[Finding]) -> bool:
    """Whether a deploy would fail."""
    return any(finding.level is Level.MISSING for finding in findings)


def as_text(subject: Subject, findings: Sequence[Finding]) -> RenderableType:
    """For people: a block a finding, and a last line that counts them."""
    stacks = ", ".join(template.stack for template in subject.templates)
    what = f" for {stacks}" if stacks else ""
    parts: list[RenderableType] = [Text(f"aws://{subject.account}/{subject.region}{what}")]
    parts += (line for finding in findings for line in _block(finding))
    counted = Counter(finding.level for finding in findings)
    parts.append(Text(", ".join(f"{counted[level]} {level.value}" for level in Level)))
    return Group(*parts)


def _block(finding: Finding) -> list[Text]:
    head = Text()
    head.append(f"{finding.level.value:<9} ", style=_STYLES[finding.level])
    head.append(f"{finding.check}: {safe(finding.what)}")
    if finding.where:
        head.append(f" ({finding.where})", style="dim")
    more = [
        Text(f"          {name}: {text}")
        for name, text in (("why", finding.why), ("way out", finding.way_out))
        if text
    ]
    return [head, *more]


def as_json(subject: Subject, findings: Sequence[Finding]) -> str:
    """For scripts. Schema: docs/cli.md."""
    body = {
        "version": VERSION,
        "account": subject.account,
        "region": subject.region,
        "stacks": [template.stack for template in subject.templates],
        "isMissingSomething": is_missing_something(findings),
        "findings": [
            {
                "level": finding.level.value,
                "check": finding.check,
                "what": safe(finding.what),
                "where": finding.where,
                "why": finding.why,
                "wayOut": finding.way_out,
            }
            for finding in findings
        ],
    }
    return json.dumps(body, indent=2)
