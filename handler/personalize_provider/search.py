"""What is ours among what the service lists, for kinds whose ARN only the service can tell.

Tags are set by the create call itself, so whatever it made carries them, even where the answer or
the tick's own memo was lost. Lists may lag behind.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from personalize_provider.lifecycle import AT_REST, CLOCK_SKEW_S, ENDED_BADLY, phase_of
from personalize_provider.ownership import Owner
from personalize_provider.personalize import Listed
from personalize_provider.schema import cloudformation_name
from personalize_provider.work import Work

MOST_EARLIER = 50
"""How many of the newest are looked at for one that fits."""


def made(work: Work) -> str:
    """The ARN of what this request has made, or the link before it; "" where nothing shows.

    The oldest, should there be several, so that every tick settles on the same one.
    """
    request = work.request
    began_s = request.signed_at_s - request.waited_before_s - CLOCK_SKEW_S
    recent = (each for each in _all(work) if each.created_at_s >= began_s)
    for each in sorted(recent, key=_age):
        owner = _owner(work, each)
        if owner is not None and _is_its_making(work, owner):
            return each.arn
    return ""


def earlier(work: Work) -> Iterator[Listed]:
    """What may have been made for this resource before, the newest first.

    So many at most that one tick can read all of their tags.
    """
    alive = (
        each
        for each in sorted(_all(work), key=_age, reverse=True)
        if phase_of(each.status) not in ENDED_BADLY
    )
    return itertools.islice(alive, MOST_EARLIER)


def stray(work: Work) -> Listed | None:
    """Something of this resource that is being worked on for nothing: not the request's target.

    An update that was given up leaves such a thing, and so may a crash.
    """
    for each in _all(work):
        if each.arn == work.memo.target_arn or phase_of(each.status) in AT_REST:
            continue
        if _owner(work, each) is not None:
            return each
    return None


def _all(work: Work) -> Iterator[Listed]:
    """What is listed where the request asks, and where the properties before asked."""
    request, spec = work.request, work.request.spec
    member = spec.list_filter or ""
    places: dict[str, None] = {}
    for properties in (request.properties, request.old_properties):
        # What was refused is no place, and the service may refuse to list it.
        place = spec.desired(properties).get(member)
        if place and not spec.is_faulty(properties, cloudformation_name(member)):
            places[place] = None
    for place in places:
        yield from work.services.personalize.listed(place)


def _owner(work: Work, listed: Listed) -> Owner | None:
    """Who made it, if that was this resource of this stack."""
    owner = work.services.personalize.owner(listed.arn)
    return owner if owner is not None and owner.is_same_resource(work.request) else None


def _is_its_making(work: Work, owner: Owner) -> bool:
    if work.request.continues:
        # The link that made it had a request of its own.
        return owner.fingerprint == work.fingerprint
    return owner.request_id == work.request.request_id


def _age(listed: Listed) -> tuple[float, str]:
    return listed.created_at_s, listed.arn
