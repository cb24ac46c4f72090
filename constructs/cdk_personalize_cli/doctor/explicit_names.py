"""Are the names that templates give free, or ours?"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_personalize_cli.doctor.finding import Finding, Level, ok, unchecked
from cdk_personalize_cli.doctor.subject import Subject
from cdk_personalize_cli.doctor.template import UNKNOWN, Declared, is_unknown
from personalize_provider.ownership import Owner
from personalize_provider.personalize import Personalize
from personalize_provider.resources import Change
from personalize_provider.resources.spec import ADOPT_EXISTING

CHECK = "names"


def check(subject: Subject) -> Iterator[Finding]:
    """Each name that a template gives; what the library names by itself clashes with nothing."""
    for each in subject.resources:
        if each.spec.arn_from_service:
            continue
        name = each.at(each.spec.name_property)
        if name is UNKNOWN:
            yield unchecked(CHECK, "its name is known only at the deployment", each.where)
        elif name is not None:
            yield _judged(subject, each, str(name))


def _judged(subject: Subject, each: Declared, name: str) -> Finding:
    place = f"arn:{subject.partition}:personalize:{subject.region}:{subject.account}"
    arn = f"{place}:{each.spec.arn_resource}/{name}"
    service = Personalize(subject.clients.client("personalize"), each.spec)
    if service.find(arn) is None:
        return ok(CHECK, f"The name {name} is free.", each.where)
    owner = service.owner(arn)
    deployed = subject.deployed(each.stack)
    stack_id = deployed.stack_id if deployed else ""
    if owner is None or (owner.stack_id, owner.logical_id) != (stack_id, each.logical_id):
        if str(each.properties.get(ADOPT_EXISTING)).lower() == "true":
            return _adopted(each, name, owner)
        return _taken(each, name, owner)
    if each.spec.change is Change.IN_PLACE:
        return ok(CHECK, f"{name} is this stack's own.", each.where)
    if is_unknown(each.properties):
        why_not = f"{name} is this stack's own, but not all of its properties are known yet"
        return unchecked(CHECK, why_not, each.where)
    if owner.fingerprint == each.spec.fingerprint(each.properties):
        return ok(CHECK, f"{name} is this stack's own, and has run as asked for.", each.where)
    return _used_up(each, name)


def _adopted(each: Declared, name: str, owner: Owner | None) -> Finding:
    return ok(CHECK, f"{name} exists already, {_maker(owner)}, and is to be adopted.", each.where)


def _maker(owner: Owner | None) -> str:
    return f"made by {owner.logical_id} of {owner.stack_id}" if owner else "made by somebody else"


def _taken(each: Declared, name: str, owner: Owner | None) -> Finding:
    way_out = "Give another name, or none; or delete the other one first."
    if each.spec.may_be_adopted:
        way_out = "Give another name, or none; or take it over with adopt_existing."
    return Finding(
        level=Level.MISSING,
        check=CHECK,
        what=f"A {each.spec.title.lower()} {name} exists already, {_maker(owner)}.",
        where=each.where,
        why="What someone else made is neither updated nor deleted, so the stack would fail.",
        way_out=way_out,
    )


def _used_up(each: Declared, name: str) -> Finding:
    return Finding(
        level=Level.MISSING,
        check=CHECK,
        what=f"The name {name} is used up: a {each.spec.title.lower()} of this resource ran "
        "under it with other properties.",
        where=each.where,
        why="Jobs can be neither deleted nor run twice under one name.",
        way_out=f"Give another {each.spec.name_property}, or none.",
    )
