"""How a stack's provider runs, where the defaults do not fit a platform's rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_personalize.faults import is_dummy, is_token
from cdk_personalize.key_access import alias_of_unknown_key, is_key
from personalize_provider.resources import Fault

HANDLER_MEMORY_MB = 256
SMALLEST_MEMORY_MB = 128
LARGEST_MEMORY_MB = 10_240
"""Limits of Lambda. Source: AWS Lambda API reference, CreateFunction, MemorySize."""

OLDEST_PYTHON = (3, 11)
"""The oldest Python that the handler runs on."""

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LOG_LEVELS: tuple[str, ...] = get_args(LogLevel)

_ID = "CdkPersonalizeProviderSettings"


_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}\*?")


class ProviderSettingsError(ValueError):
    """Settings of the provider that cannot hold: bad ones, or ones that come too late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """How a provider runs. Handed over by `PersonalizeProvider.configure`.

    Attributes:
        runtime: Of both functions: a Python of at least 3.11. Default: Python 3.13.
        memory_mb: Of the handler, 128 to 10,240. Default: 256.
        architecture: Of both functions. Default: Lambda's, x86_64.
        log_level: What the handler logs. Default: INFO.
        log_retention: How long the log is kept. Default: one month.
        encryption_key: KMS key of the log group, the functions' environment and the state machine.
            A key of this app gets the policy that CloudWatch Logs needs; an imported one draws a
            warning that says what to add. Default: keys that AWS owns.
        vpc: Where both functions run. They must reach S3, Amazon Personalize, CloudFormation, Step
            Functions and EventBridge from there, through a NAT gateway or endpoints. Default: no
            VPC.
        vpc_subnets: Which of the VPC's subnets. Default: the CDK's choice, private ones.
        security_groups: Of both functions. Default: one is made for each.
    """

    runtime: lambda_.Runtime | None = None
    memory_mb: int = HANDLER_MEMORY_MB
    architecture: lambda_.Architecture | None = None
    log_level: LogLevel | None = None
    log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH
    encryption_key: kms.IKey | None = None
    vpc: ec2.IVpc | None = None
    vpc_subnets: ec2.SubnetSelection | None = None
    security_groups: Sequence[ec2.ISecurityGroup] | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot hold.

        Raises:
            ProviderSettingsError: With everything that is wrong.
        """
        faults = list(self._faults())
        if faults:
            raise ProviderSettingsError("; ".join(faults))

    def _faults(self) -> Iterator[str]:
        runtime = self.runtime
        if runtime is not None and _python_of(runtime) < OLDEST_PYTHON:
            yield (
                f"runtime is {getattr(runtime, 'name', repr(runtime))}: it must be Python 3.11 or "
                "newer, such as Runtime.PYTHON_3_13"
            )
        if not _is_memory(self.memory_mb):
            yield (
                f"memory_mb is {self.memory_mb!r}: it must be a whole number from "
                f"{SMALLEST_MEMORY_MB} to {LARGEST_MEMORY_MB}; leave it out for {HANDLER_MEMORY_MB}"
            )
        if not isinstance(self.log_retention, logs.RetentionDays):
            yield (
                f"log_retention is {self.log_retention!r}: it must be one of RetentionDays; leave "
                "it out for RetentionDays.ONE_MONTH"
            )
        yield from _key_faults(self.encryption_key)
        if self.log_level is not None and self.log_level not in LOG_LEVELS:
            yield (f"log_level is {self.log_level!r}: it must be one of {', '.join(LOG_LEVELS)}")
        if self.vpc is None and (self.vpc_subnets or self.security_groups):
            yield "vpc_subnets and security_groups need a vpc: give it, or leave them out"


class ScopedSettings(Construct):
    """Settings for every provider within a scope; adds nothing to a template.

    Args:
        scope: An app, a stage or a stack.
        settings: What holds there.
    """

    def __init__(self, scope: Construct, settings: ProviderSettings) -> None:
        super().__init__(scope, _ID)
        self.settings = settings


def configure(scope: Construct, settings: ProviderSettings, *, late: Construct | None) -> None:
    """Keep settings for the providers that are made within a scope from now on.

    Args:
        scope: An app, a stage or a stack; another construct stands for its stack.
        settings: What holds there.
        late: A provider that exists there already, or None.

    Raises:
        ProviderSettingsError: The scope has settings already, or a provider; or these are none.
    """
    if not isinstance(settings, ProviderSettings):
        raise ProviderSettingsError(
            f"settings is {settings!r}: PersonalizeProvider.configure takes ProviderSettings(...)."
        )
    where = scope.node.path or "the app"
    if scope.node.try_find_child(_ID) is not None:
        raise ProviderSettingsError(
            f"The provider of {where} is configured already: give all settings in one call."
        )
    if late is not None:
        raise ProviderSettingsError(
            f"{late.node.path} exists already, made by the first construct of this library in "
            f"its stack, so settings for {where} come too late: call "
            "PersonalizeProvider.configure before that."
        )
    ScopedSettings(scope, settings)


def settings_for(scope: Construct) -> ProviderSettings:
    """The settings that hold for a stack: the nearest ones, from the stack up to the app."""
    for each in reversed(scope.node.scopes):
        found = each.node.try_find_child(_ID)
        if isinstance(found, ScopedSettings):
            return found.settings
    return ProviderSettings()


def configurable(scope: Construct) -> Construct:
    """What settings are kept at: the app, the stage or the stack that is meant by a construct."""
    is_whole = cdk.App.is_app(scope) or cdk.Stage.is_stage(scope)
    return scope if is_whole else cdk.Stack.of(scope)


def refuse_stack_names(names: Iterable[str]) -> None:
    """Refuse what names no stack, or all of them.

    Raises:
        ProviderSettingsError: With every name that is wrong.
    """
    wrong = [each for each in names if not _is_stack_name(each)]
    if wrong:
        raise ProviderSettingsError(
            f"stack_names has {', '.join(map(repr, wrong))}: each must be a stack's name, or the "
            "beginning of one with a * behind, such as shop-*; a * alone would stand for every "
            "stack of the account"
        )


def _is_stack_name(name: object) -> bool:
    return is_dummy(name) or (isinstance(name, str) and bool(_STACK_NAME.fullmatch(name)))


def _is_memory(megabytes: object) -> bool:
    is_whole = isinstance(megabytes, int) and not isinstance(megabytes, bool)
    return is_whole and SMALLEST_MEMORY_MB <= megabytes <= LARGEST_MEMORY_MB  # type: ignore[operator]


def _key_faults(key: object) -> Iterator[str]:
    if key is not None and not is_key(key):
        yield (
            f"encryption_key is {key!r}: it must be a key; for a key's ARN there is "
            "kms.Key.from_key_arn"
        )
    alias = alias_of_unknown_key(key)
    if alias is not None:
        yield (
            f"encryption_key is {alias}: it must be a key, not an alias; give "
            "kms.Key.from_key_arn, or kms.Key.from_lookup with its alias"
        )


def _python_of(runtime: object) -> tuple[int, ...]:
    """`python3.13` -> (3, 13); nothing for other languages, and for what is no runtime."""
    name = str(getattr(runtime, "name", "")).removeprefix("python")
    parts = name.split(".")
    return tuple(int(part) for part in parts) if all(p.isdecimal() for p in parts) else ()


def key_place_faults(scope: Construct, key: kms.IKey | None) -> Iterator[Fault]:
    """What is wrong with where the key is: services take one of their own region.

    Args:
        scope: The provider.
        key: Its key. One whose region is not known is left alone, and another account's is allowed.
    """
    there, here = key.env.region if key else "", cdk.Stack.of(scope).region
    if not there or is_token(there) or is_token(here) or there == here:
        return
    yield Fault(
        property="encryption_key",
        value=f"of {there}",
        rule=f"be of the provider's own region, {here}",
        way_out="Give each stack, or each stage, settings with a key of its region.",
    )
