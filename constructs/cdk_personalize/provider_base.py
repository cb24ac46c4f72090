"""IPersonalizeProvider: what serves the resources of this library, made here or elsewhere."""

from __future__ import annotations

import abc
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from cdk_personalize.faults import is_token, shown
from cdk_personalize.stack_rights import StackRights
from personalize_provider.resources import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

_FUNCTION_ARN = re.compile(r"arn:[^:]+:lambda:([^:]+):(\d{12}):function:[^:]+")
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)


class IPersonalizeProvider(Construct):
    """A provider: one that this app makes (`PersonalizeProvider`), or one that exists already.

    An abstract class, since a Python library cannot add interfaces to jsii's. What it serves is of
    its own account and region, in any number of stacks.
    """

    @property
    @abc.abstractmethod
    def service_token(self) -> str:
        """The `ServiceToken` of custom resources: ARN of the handler."""

    @property
    @abc.abstractmethod
    def handler_role_name(self) -> str | None:
        """Name of the handler's role, which other stacks give rights to; None if not known."""

    @abc.abstractmethod
    def faults(self, scope: Construct) -> tuple[Fault, ...]:
        """Why resources at a construct cannot be served; nothing if they can."""

    def rights_for(self, scope: Construct) -> StackRights:
        """What the handler may do for the stack that holds a construct."""
        return self._in_stack(scope).rights

    def serve(self, resource: cdk.CfnResource) -> None:
        """Keep everything that the handler needs alive for as long as a custom resource.

        Both ways: what is created after the provider is deleted before it.
        """
        resource.node.add_dependency(*self._before_any_resource(), *self._policies_in(resource))

    def _before_any_resource(self) -> Sequence[IConstruct]:
        """What has to be there before the first resource, of what this app makes."""
        return ()

    def _rights_everywhere(self) -> StackRights | None:
        """Takes what the handler may do whichever stack it serves; None where none can."""
        return None

    def _policies_in(self, scope: Construct) -> Sequence[IConstruct]:
        """The policies that the stack of a construct has added to the handler's role."""
        return self._in_stack(scope).policies

    def _in_stack(self, scope: Construct) -> ServedStack:
        """This provider's rights in another stack than its own; the first call makes them."""
        stack = cdk.Stack.of(scope)
        # One a provider and stack; the address tells providers of one stack apart.
        name = f"CdkPersonalizeRights{self.node.addr[-8:]}"
        existing = stack.node.try_find_child(name)
        if isinstance(existing, ServedStack):
            return existing
        return ServedStack(
            stack,
            name,
            handler_role_name=self.handler_role_name,
            everywhere=self._rights_everywhere(),
        )


class ServedStack(Construct):
    """A stack that another stack's provider serves: a policy on the handler's role, inline.

    The policy belongs to the served stack, so it names that stack alone, and goes with it. So does
    a second one, which is there if jobs are given roles.

    Args:
        scope: The stack.
        id: Name in that scope; distinguishes providers.
        handler_role_name: The role. None: a warning says what its owner has to add.
        everywhere: See StackRights.

    Attributes:
        rights: Takes what the stack's resources need.
        policies: What all of them have to wait for.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        handler_role_name: str | None,
        everywhere: StackRights | None,
    ) -> None:
        super().__init__(scope, id)
        policy: iam.Policy | None = None
        make_role_policy: Callable[[], iam.Policy] | None = None
        if handler_role_name is not None:
            # By its name, so that the role's own stack knows nothing of this one.
            role = iam.Role.from_role_name(self, "HandlerRole", handler_role_name)
            name = self._policy_name()
            policy = iam.Policy(self, "Policy", policy_name=name, roles=[role])
            make_role_policy = partial(
                iam.Policy, self, "PassedRoles", policy_name=f"{name}-roles", roles=[role]
            )
        self.policies: Sequence[IConstruct] = [policy] if policy is not None else []
        self.rights: StackRights = StackRights(
            self, policy, make_role_policy=make_role_policy, everywhere=everywhere
        )
        self.rights.ask_stack()

    def _policy_name(self) -> str:
        """A name that no other stack's policy on the same role has, now or later."""
        unique = cdk.Fn.select(2, cdk.Fn.split("/", cdk.Aws.STACK_ID))
        return f"cdk-personalize-{unique}-{self.node.addr[-8:]}"


def environment_faults(provider: Construct, scope: Construct) -> Iterator[Fault]:
    """Why a provider of this app cannot serve a construct of it."""
    theirs, ours = cdk.Stack.of(provider), cdk.Stack.of(scope)
    if cdk.Stage.of(provider) is not cdk.Stage.of(scope):
        yield Fault(
            property="ServiceToken",
            value=provider.node.path,
            rule="be of the construct's own stage, for stages are deployed apart from each other",
            way_out="Make a provider in this stage, or import that one by its service token.",
        )
    elif _place(theirs) != _place(ours):
        yield Fault(
            property="ServiceToken",
            value=f"{provider.node.path} in {_place(theirs)}",
            rule=f"be of the stack's own account and region, {_place(ours)}",
            way_out="Make one provider for each account and region.",
        )


def token_faults(service_token: object, scope: Construct) -> Iterator[Fault]:
    """Why an imported provider cannot serve a construct, as far as its ARN tells."""
    if is_token(service_token):
        return
    found = _FUNCTION_ARN.fullmatch(service_token) if isinstance(service_token, str) else None
    if found is None:
        yield Fault(
            property="ServiceToken",
            value=shown(service_token),
            rule="be the ARN of a provider's function, without version or alias "
            "(arn:aws:lambda:REGION:ACCOUNT:function:NAME)",
            way_out="Give PersonalizeProvider.service_token, as its stack exports it.",
        )
        return
    stack = cdk.Stack.of(scope)
    for what, theirs, ours in zip(
        ("region", "account"), found.groups(), (stack.region, stack.account), strict=True
    ):
        if not cdk.Token.is_unresolved(ours) and theirs != ours:
            yield Fault(
                property="ServiceToken",
                value=service_token,
                rule=f"be of the stack's own {what}, {ours}",
                way_out="Make one provider for each account and region.",
            )


def role_name_faults(handler_role_name: object) -> Iterator[Fault]:
    """What is wrong with the name of the handler's role."""
    if handler_role_name is None or is_token(handler_role_name):
        return
    if not isinstance(handler_role_name, str) or not _ROLE_NAME.fullmatch(handler_role_name):
        yield Fault(
            property="handler_role_name",
            value=shown(handler_role_name),
            rule="be the name of a role: at most 64 letters, digits and +=,.@_-",
            way_out="Give the last part of the role's ARN, behind the last slash.",
        )


def _place(stack: cdk.Stack) -> str:
    """Account and region, as far as they are known."""
    known = ("any" if cdk.Token.is_unresolved(each) else each for each in _environment(stack))
    return "/".join(known)


def _environment(stack: cdk.Stack) -> tuple[str, str]:
    return stack.account, stack.region
