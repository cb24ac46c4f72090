"""Which filter is used: an ARN, or a native filter."""

from __future__ import annotations

from aws_cdk.interfaces import aws_personalize as references

from personalize_provider.resources import Fault

FilterLike = str | references.IFilterRef
"""What `filter_arn` takes: a filter's ARN, or a native `CfnFilter`."""


def filter_arn_of(given: FilterLike | None) -> str | None:
    """The ARN that goes into the template; None for no filter, and for what is none.

    Args:
        given: What was given. `filter_faults` refuses what is no filter.
    """
    if given is None or isinstance(given, str):
        return given
    reference = getattr(given, "filter_ref", None)
    return None if reference is None else str(reference.filter_arn)


def filter_faults(given: FilterLike | None) -> tuple[Fault, ...]:
    """What is wrong with something that is neither an ARN nor a native filter.

    Args:
        given: What was given.
    """
    if given is None or isinstance(given, str) or hasattr(given, "filter_ref"):
        return ()
    return (
        Fault(
            property="FilterArn",
            value=type(given).__name__,
            rule="be the ARN of a filter, or a native filter (CfnFilter)",
            way_out="Give the filter itself, or its ARN as a string.",
        ),
    )
