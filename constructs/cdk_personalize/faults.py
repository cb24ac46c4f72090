"""What is wrong with a construct's props: told by the CDK's validation, or raised at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import jsii
from constructs import Construct, IValidation
from jsii.errors import JSIIError

from personalize_provider.resources import LONGEST_TIMEOUT_S, Fault
from personalize_provider.resources.regions import CHINA, one_place
from personalize_provider.resources.spec import PROVIDER

if TYPE_CHECKING:
    from cdk_personalize.provider_base import IPersonalizeProvider
    from personalize_provider.resources import ResourceSpec

SHORTEST_TIMEOUT_S = 60

_DUMMIES = ("dummy-value-for-", ":role/DUMMY_ARN")
"""What the CDK hands out until its command line has looked something up.

Source: aws-cdk-lib, `StringParameter.value_from_lookup` and `Role.from_lookup`.
"""


class InvalidPropertiesError(ValueError):
    """What stands for an existing resource names none; all faults are named at once.

    Raised where nothing sensible can follow: a reference without an ARN gives its users nothing.
    Faults of the props of what this app makes are not raised but told by synthesis: see `check`.

    Attributes:
        construct_path: Path of the construct in the app.
        faults: Each with property, value, rule and way out.
    """

    def __init__(self, *, construct_path: str, faults: Iterable[Fault]) -> None:
        self.construct_path: str = construct_path
        self.faults: tuple[Fault, ...] = tuple(faults)
        lines = "\n".join(f"  - {fault}" for fault in self.faults)
        super().__init__(f"{construct_path} has {len(self.faults)} fault(s):\n{lines}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Props that a template can be made of, even where synthesis will refuse them.

    Attributes:
        properties: The CloudFormation properties. If some are faulty, what could not be carried
            to a template is a text that shows it.
        timeout: As given, or None if it cannot be kept.
        provider: As given, or None if it cannot serve.
    """

    properties: Mapping[str, Any]
    timeout: cdk.Duration | None
    provider: IPersonalizeProvider | None


def check(
    scope: Construct,
    *,
    spec: ResourceSpec,
    properties: Mapping[str, Any],
    timeout: cdk.Duration | None,
    provider: IPersonalizeProvider | None,
    further: Iterable[Fault] = (),
) -> Checked:
    """Check the props of a construct. Tokens are left alone: the handler checks those.

    Faults are not raised but reported: synthesis fails with those of all constructs at once. So
    the construct has to be whole in the meantime, and the answer is what it can be made of.

    Args:
        scope: The construct, whose path synthesis puts in front of each fault.
        spec: The kind, which knows the service's rules.
        properties: The CloudFormation properties, without what was left out.
        timeout: What the user asked for.
        provider: What is to serve it, or None for the stack's own provider.
        further: Faults that only the construct can see, such as those of a value class. What the
            rules find at the same property comes first, and alone.
    """
    found = list(spec.faults({**_home(scope), **properties}, opaque=is_token))
    seen = {fault.property for fault in found}
    found += (fault for fault in further if fault.property not in seen)
    late = timeout_faults(timeout)
    unfit = _provider_faults(provider, scope)
    if not found and not late and not unfit:
        return Checked(properties=properties, timeout=timeout, provider=provider)
    report(scope, [*found, *late, *unfit])
    return Checked(
        properties={name: _carried(value) for name, value in properties.items()},
        timeout=None if late else timeout,
        provider=None if unfit else provider,
    )


def _provider_faults(provider: object, scope: Construct) -> tuple[Fault, ...]:
    """What is wrong with what is to serve a construct; nothing of the stack's own provider."""
    if provider is None:
        return ()
    judge = getattr(provider, "faults", None)
    if judge is not None:
        found: tuple[Fault, ...] = judge(scope)
        return found
    return (
        type_fault(
            "ServiceToken",
            provider,
            rule="be of a provider",
            way_out="Give a PersonalizeProvider; for the ARN of one's function there is "
            "PersonalizeProvider.from_service_token.",
        ),
    )


def report(scope: Construct, faults: Iterable[Fault]) -> None:
    """Make synthesis fail with these faults, beside those of all other constructs.

    The CDK validates the constructs of a stage together, and each stage by itself, before the
    constructs around it.

    Args:
        scope: What is at fault; its path is put in front of each fault.
        faults: What is wrong.
    """
    known = tuple(faults)
    report_found(scope, lambda: known)


def report_found(scope: Construct, find: Callable[[], Iterable[Fault]]) -> None:
    """The same for faults that nobody can tell before all aspects have run.

    Args:
        scope: What is at fault.
        find: Finds what is wrong, when synthesis asks.
    """
    # jsii keeps what it was handed for as long as the process lives, so nobody else has to.
    scope.node.add_validation(_Findings(find))


@jsii.implements(IValidation)
class _Findings:
    """Faults, as the CDK asks a construct for them."""

    def __init__(self, find: Callable[[], Iterable[Fault]]) -> None:
        self._find = find

    def validate(self) -> list[str]:
        return [str(fault) for fault in self._find()]


def is_dummy(value: object) -> bool:
    """Whether a text is, or holds, what stands for a value that is still to be looked up.

    The command line looks up only what a synthesis without faults has asked for, and then
    synthesizes again.
    """
    return isinstance(value, str) and any(dummy in value for dummy in _DUMMIES)


def is_token(value: object) -> bool:
    """Whether a value is not known yet, to CloudFormation alone or to nobody: it is left alone.

    The CDK is asked what it can be asked: jsii carries neither NaN nor what Python alone knows,
    and takes a construct for a token.
    """
    if is_dummy(value):
        return True
    if value is None or isinstance(value, (bool, Mapping, Construct)):
        return False
    if isinstance(value, float) and not isfinite(value):
        return False
    try:
        return cdk.Token.is_unresolved(value)
    except (AttributeError, JSIIError):
        return False


def place_faults(
    scope: Construct,
    made: object,
    *,
    at: tuple[str, ...],
    service: str = "personalize",
    is_regional: bool = True,
) -> tuple[Fault, ...]:
    """What is wrong with where a construct is whose ARN is a token: what the rules say of ARNs.

    Args:
        scope: What uses it.
        made: What was given; what has no environment is left alone.
        at: Where its ARN goes, as members of the create call.
        service: Whose resource it is, as ARNs spell it.
        is_regional: Whether it belongs to a region, and not to the account alone.
    """
    there, home = getattr(made, "env", None), _home(scope).get("ServiceToken")
    if there is None or home is None:
        return ()
    stack = cdk.Stack.of(scope)
    region, account = _known(there.region), _known(there.account)
    where = (region if is_regional else "") or _known(stack.region) or "REGION"
    partition = CHINA if where.startswith("cn-") else "aws"
    judged: Any = f"arn:{partition}:{service}:{where}:{account}:RESOURCE"
    for member in reversed(at):
        judged = {member: judged}
    place = f"{account or 'any'}/{region or 'any'}"
    return tuple(
        replace(fault, value=f"{shown(made)} in {place}")
        for fault in one_place(at)({PROVIDER: home, **judged}, is_token)
    )


def text_faults(property_path: str, number: object) -> tuple[Fault, ...]:
    """What is wrong with a number that is given as a text, where the prop takes a number.

    Args:
        property_path: The property that it becomes.
        number: What was given. What is no number at all is left to the rules.
    """
    if not isinstance(number, str) or is_token(number):
        return ()
    return (
        Fault(
            property=property_path,
            value=number,
            rule="be given as a number, not as a text",
            way_out=f"Give {number}, without quotes.",
        ),
    )


def missing_faults(property_path: str, entries: object) -> tuple[Fault, ...]:
    """Which entries of a user's own map have no value; a template would be made without them.

    Args:
        property_path: The property that the map becomes.
        entries: What was given, whatever it is.
    """
    if not isinstance(entries, Mapping):
        return ()
    return tuple(
        Fault(
            property=f"{property_path}.{key}",
            value=None,
            rule="be given with its key",
            way_out="Give the value, or leave the key out too.",
        )
        for key, value in entries.items()
        if value is None
    )


def type_fault(property_path: str, given: object, *, rule: str, way_out: str) -> Fault:
    """A fault of what is not even of the right type.

    Args:
        property_path: The property that it would have become.
        given: What was given; a construct is shown by its path, an object by its type.
        rule: What it must be.
        way_out: What to give instead.
    """
    return Fault(property=property_path, value=shown(given), rule=rule, way_out=way_out)


def shown(given: object) -> object:
    """A value for a message: plain values as they are, a construct by its type and path."""
    if given is None or isinstance(given, (str, int, float, list, tuple, dict)):
        return given
    kind = type(given).__name__
    return f"{kind} {given.node.path}" if isinstance(given, Construct) else kind


def timeout_faults(timeout: object) -> tuple[Fault, ...]:
    """What is wrong with a `timeout`: a plain Duration, 1 minute to 48 hours, in whole seconds."""
    if timeout is None:
        return ()
    if not isinstance(timeout, cdk.Duration):
        return (_no_duration(timeout),)
    if timeout.is_unresolved():
        return (
            Fault(
                property="Timeout",
                value="a token",
                rule="be known at synthesis",
                way_out="Give a plain Duration, such as Duration.minutes(45), not a token.",
            ),
        )
    seconds = timeout.to_seconds(integral=False)
    if seconds > LONGEST_TIMEOUT_S:
        rule = "be at most 48 hours"
        way_out = (
            "Give at most Duration.hours(48). What is still running then fails the deployment; "
            "where it takes longer, make it outside the stack."
        )
    elif seconds < SHORTEST_TIMEOUT_S:
        rule = "be at least 1 minute"
        way_out = "Give at least Duration.minutes(1); a campaign often takes 10 to 20 minutes."
    elif seconds != int(seconds):
        rule = "be a whole number of seconds"
        way_out = f"Give Duration.seconds({int(seconds) + 1})."
    else:
        return ()
    return (Fault(property="Timeout", value=timeout.to_human_string(), rule=rule, way_out=way_out),)


def _no_duration(given: object) -> Fault:
    is_number = (
        isinstance(given, (int, float)) and not isinstance(given, bool) and not is_token(given)
    )
    return type_fault(
        "Timeout",
        given,
        rule="be a Duration",
        way_out=f"Give Duration.seconds({given}), if these are seconds."
        if is_number
        else "Give one such as Duration.minutes(45).",
    )


def removal_faults(policy: object, *, spec: ResourceSpec) -> tuple[Fault, ...]:
    """What CloudFormation would refuse: custom resources have no snapshots."""
    taken = isinstance(policy, cdk.RemovalPolicy) and policy is not cdk.RemovalPolicy.SNAPSHOT
    if policy is None or taken:
        return ()
    return (
        Fault(
            property="DeletionPolicy",
            value=policy.name if isinstance(policy, cdk.RemovalPolicy) else shown(policy),
            rule="be DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE, for there are no snapshots"
            if isinstance(policy, cdk.RemovalPolicy)
            else "be a RemovalPolicy",
            way_out=f"Give RemovalPolicy.RETAIN to keep the {spec.title.lower()} itself.",
        ),
    )


def _home(scope: Construct) -> dict[str, str]:
    """The stack's region and account, where they are known, as the rules get to know them.

    In the handler the provider's own ARN tells them; here that is still a token.
    """
    stack = cdk.Stack.of(scope)
    region, account = _known(stack.region), _known(stack.account)
    if not region and not account:
        return {}
    return {"ServiceToken": f"arn:PARTITION:lambda:{region}:{account}:function:PROVIDER"}


def _known(part: str) -> str:
    """An account or a region; "" where it is not known."""
    return "" if is_token(part) else part


def _carried(value: object) -> Any:
    """A value that jsii can carry to the template, which will not be written."""
    if value is None or isinstance(value, (bool, int, str)) or is_token(value):
        return value
    if isinstance(value, float) and isfinite(value):
        return value
    if isinstance(value, Mapping):
        return {str(key): _carried(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [_carried(item) for item in value]
    return repr(value)
