"""The tags of what exists already: the template's, and the marks of an adopted resource's owner."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from personalize_provider.event import RequestType
from personalize_provider.ownership import OWN, Origin, Owner, tags_of_returned

if TYPE_CHECKING:
    from personalize_provider.event import Request
    from personalize_provider.lifecycle import View
    from personalize_provider.personalize import Personalize

logger = logging.getLogger(__name__)


def may_differ(view: View) -> bool:
    """Whether the tags may be others than the template's: not if this request's create set them."""
    request, owner = view.request, view.owner
    if owner is None or not owner.is_same_resource(request):
        return False
    if not owner.adopted and owner.request_id == request.request_id:
        return False
    return bool(request.tags or request.old_tags)


def changes(request: Request, present: dict[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The tags to set and the keys to remove, so that those of the template are there.

    A tag is removed only if the template set it before, and nobody has changed it since. What the
    request itself changes is sent in any case: a list that lags may show the tags before the
    request that a rollback undoes.

    Args:
        request: The request.
        present: All tags that the resource has, as far as they show.
    """
    wanted, before = request.tags, request.old_tags
    is_update = request.type is RequestType.UPDATE
    missing = {
        key: value
        for key, value in wanted.items()
        if present.get(key) != value or (is_update and before.get(key) != value)
    }
    gone = tuple(
        key
        for key, value in before.items()
        if key not in wanted and present.get(key, value) == value
    )
    return missing, gone


def bring(service: Personalize, arn: str, missing: dict[str, str], gone: tuple[str, ...]) -> None:
    """Set and remove tags. Both may be done twice without harm.

    Raises:
        ServiceError: They were not changed, or it is not known whether they were.
    """
    if missing:
        service.tag(arn, missing)
        logger.info("tags of %s: set %s", arn, ", ".join(missing))
    if gone:
        service.untag(arn, gone)
        logger.info("tags of %s: removed %s", arn, ", ".join(gone))


def give_back(service: Personalize, arn: str, owner: Owner) -> None:
    """Make an adopted resource what it was before: its earlier owner's, or nobody's.

    In one call, so that it is never half of either.

    Raises:
        ServiceError: Nothing was changed, or it is not known whether something was.
    """
    if owner.origin is Origin.FOUND:
        service.untag(arn, OWN)
    else:
        service.tag(arn, tags_of_returned(owner))
