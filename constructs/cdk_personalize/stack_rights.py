"""What one stack's resources need of a provider's handler beside its constant rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from cdk_personalize import permissions
from cdk_personalize.key_access import shown_statements
from cdk_personalize.stack_names import stack_name_pattern

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from constructs import Construct

HANDLER_POLICY_WARNING = "cdk-personalize:handlerPolicy"
"""Id of the warning about a provider whose rights cannot be extended from this app."""


class StackRights:
    """Adds statements to a policy of the handler's role as the resources of a stack need them.

    Args:
        scope: A construct in that stack; a warning goes to it.
        policy: The policy. None: the role is not known, so that each statement draws a warning.
        everywhere: Takes what does not depend on the stack, for policies have little room.
            Default: this one.
    """

    def __init__(
        self,
        scope: Construct,
        policy: iam.Policy | None,
        *,
        everywhere: StackRights | None = None,
    ) -> None:
        self._scope = scope
        self._policy = policy
        self._everywhere = everywhere
        self._passed: dict[str, None] = {}
        self._pass_role: iam.PolicyStatement | None = None
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

    def pass_role(self, role_arn: str, *, is_made_here: bool = False) -> None:
        """Let the handler hand a role to Amazon Personalize.

        Args:
            role_arn: ARN of the role, or a pattern that covers several. Named twice, it counts
                once.
            is_made_here: Whether it stands for roles that the library makes. Default: no.
        """
        if role_arn in self._passed:
            return
        self._passed[role_arn] = None
        if self._policy is None or self._pass_role is None or self._pass_role.frozen:
            self._pass_role = permissions.pass_role_statement([role_arn])
            self._add(self._pass_role, is_allowed_by_name=is_made_here)
        else:
            self._pass_role.add_resources(role_arn)

    def pass_made_roles(self, name_pattern: str = cdk.Aws.STACK_NAME) -> None:
        """Let the handler hand over the roles that the library makes in stacks.

        Args:
            name_pattern: Name of the stacks. Default: this stack.
        """
        path = permissions.job_role_path(name_pattern)
        self.pass_role(permissions.Place.of(self._scope).role_arn(f"{path}*"), is_made_here=True)

    def tell_state_changes(self) -> None:
        """Let the handler put state changes on EventBridge; said twice, it counts once."""
        if self._everywhere is not None:
            self._everywhere.tell_state_changes()
        elif not self._tells_state_changes:
            self._tells_state_changes = True
            place = permissions.Place.of(self._scope)
            self._add(permissions.put_events_statement(place))

    def _add(self, statement: iam.PolicyStatement, *, is_allowed_by_name: bool = True) -> None:
        if self._policy is not None:
            self._policy.add_statements(statement)
            return
        by_name = ", which allow_stacks of the provider does" if is_allowed_by_name else ""
        shown = shown_statements(self._scope, [statement])
        cdk.Annotations.of(self._scope).add_warning_v2(
            HANDLER_POLICY_WARNING,
            "The provider's handler_role_name is not given, so its rights cannot be extended from "
            "this app. Give it, or ask the provider's owner to add this statement to the handler's "
            f"role{by_name}: {shown}",
        )
