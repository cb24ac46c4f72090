"""What one stack's resources need of a provider's handler beside its constant rights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import aws_cdk as cdk

from cdk_personalize import permissions
from cdk_personalize.key_access import shown_statements
from cdk_personalize.stack_names import stack_name_pattern

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from constructs import Construct, IConstruct

HANDLER_POLICY_WARNING = "cdk-personalize:handlerPolicy"
"""Id of the warning about a provider whose rights cannot be extended from this app."""


class StackRights:
    """Adds statements to policies of the handler's role as the resources of a stack need them.

    Args:
        scope: A construct in that stack; a warning goes to it.
        policy: What every resource waits for. None: the role is not known, so that each statement
            draws a warning.
        make_role_policy: Makes another policy, for roles that jobs are given; None without
            `policy`. A role may name a resource, so resources that do not need it must not wait
            for it.
        everywhere: Takes what does not depend on the stack, for policies have little room.
            Default: this one.
    """

    def __init__(
        self,
        scope: Construct,
        policy: iam.Policy | None,
        *,
        make_role_policy: Callable[[], iam.Policy] | None,
        everywhere: StackRights | None = None,
    ) -> None:
        self._scope = scope
        self._policy = policy
        self._make_role_policy = make_role_policy
        self._role_policy: iam.Policy | None = None
        self._everywhere = everywhere
        self._made_roles = _PassedRoles()
        self._given_roles = _PassedRoles()
        self._tells_state_changes = False

    def ask_stack(self) -> None:
        """Let the handler ask CloudFormation about the stack itself."""
        if self._policy is None:
            # Nobody else's template can say the id, and it is not known before the stack is there.
            self.ask_stacks(stack_name_pattern(self._scope))
        else:
            self._add(permissions.ask_stack_statement(cdk.Aws.STACK_ID))

    def ask_stacks(self, name_pattern: str) -> None:
        """Let the handler ask CloudFormation about the stacks of some name."""
        place = permissions.Place.of(self._scope)
        pattern = place.arn("cloudformation", f"stack/{name_pattern}/*")
        self._add(permissions.ask_stack_statement(pattern))

    def pass_role(self, role_arn: str) -> Sequence[IConstruct]:
        """Let the handler hand over a role that a job was given.

        Args:
            role_arn: ARN of the role. Named twice, it counts once.

        Returns:
            What the job must wait for.
        """
        if self._role_policy is None and self._make_role_policy is not None:
            self._role_policy = self._make_role_policy()
        for statement in self._given_roles.add(role_arn):
            self._add_to(self._role_policy, statement, is_allowed_by_name=False)
        return [] if self._role_policy is None else [self._role_policy]

    def pass_made_roles(self, name_pattern: str | None = None) -> None:
        """Let the handler hand over the roles that the library makes in stacks.

        Args:
            name_pattern: Name of the stacks. Default: this stack.
        """
        if name_pattern is None:
            # In a warning it is for people, to whom a reference says nothing of this stack.
            is_told = self._policy is None
            name_pattern = stack_name_pattern(self._scope) if is_told else cdk.Aws.STACK_NAME
        path = permissions.job_role_path(name_pattern)
        role_arns = permissions.Place.of(self._scope).role_arn(f"{path}*")
        for statement in self._made_roles.add(role_arns):
            self._add(statement)

    def tell_state_changes(self) -> None:
        """Let the handler put state changes on EventBridge; said twice, it counts once."""
        if self._everywhere is not None:
            self._everywhere.tell_state_changes()
        elif not self._tells_state_changes:
            self._tells_state_changes = True
            place = permissions.Place.of(self._scope)
            self._add(permissions.put_events_statement(place))

    def _add(self, statement: iam.PolicyStatement) -> None:
        self._add_to(self._policy, statement, is_allowed_by_name=True)

    def _add_to(
        self, policy: iam.Policy | None, statement: iam.PolicyStatement, *, is_allowed_by_name: bool
    ) -> None:
        if policy is not None:
            policy.add_statements(statement)
            return
        # Told as it is: what comes later is told by itself.
        statement.freeze()
        by_name = ", which allow_stacks of the provider does" if is_allowed_by_name else ""
        shown = shown_statements(self._scope, [statement])
        cdk.Annotations.of(self._scope).add_warning_v2(
            HANDLER_POLICY_WARNING,
            "The provider's handler_role_name is not given, so its rights cannot be extended from "
            "this app. Give it, or ask the provider's owner to add this statement to the handler's "
            f"role{by_name}: {shown}",
        )


class _PassedRoles:
    """The roles that the handler may hand over, in one statement that grows with each of them."""

    def __init__(self) -> None:
        self._role_arns: dict[str, None] = {}
        self._statement: iam.PolicyStatement | None = None

    def add(self, role_arn: str) -> list[iam.PolicyStatement]:
        """Add a role, or a pattern that covers several; the second time it is there already.

        Returns:
            The statement, if it is a new one: the last one is frozen once somebody has read it.
        """
        if role_arn in self._role_arns:
            return []
        self._role_arns[role_arn] = None
        if self._statement is not None and not self._statement.frozen:
            self._statement.add_resources(role_arn)
            return []
        self._statement = permissions.pass_role_statement([role_arn])
        return [self._statement]
