"""The stack's one provider: the handler, its durable waiter, its last resort, and their rights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct, IConstruct

import personalize_provider
from cdk_personalize import permissions
from cdk_personalize import provider_settings as settled
from cdk_personalize.asset import handler_folder
from cdk_personalize.faults import report
from cdk_personalize.imported_provider import ImportedProvider
from cdk_personalize.key_access import key_behind_alias, open_key
from cdk_personalize.provider_base import IPersonalizeProvider, environment_faults
from cdk_personalize.provider_role import provider_role
from cdk_personalize.provider_settings import ProviderSettings
from cdk_personalize.stack_rights import StackRights
from cdk_personalize.state_machine import definition
from personalize_provider.resources import Fault

# The logical ids of everything below follow from this id, and CloudFormation refuses to change a
# resource's ServiceToken: whoever renames it breaks every deployed stack.
_ID = "CdkPersonalizeProvider"

_DISABLE_STAGING = "aws:cdk:disable-asset-staging"
"""Context key by which the CDK is told to leave assets where they are."""

HANDLER_TIMEOUT_S = 30
LAST_RESORT_MEMORY_MB = 128
MAXIMUM_EVENT_AGE_S = 300
"""Seconds that Lambda keeps an event it cannot deliver, before the last resort answers it."""

RETRY_ATTEMPTS = 2


class PersonalizeProvider(IPersonalizeProvider):
    """Serves every resource of this library in one stack, or in several; ten template resources.

    Made by the first construct that needs it, through `get_or_create`; then it serves that
    construct's stack. One that an app makes itself is handed to constructs as their `provider`, in
    its own stack and in others, or exported for other apps: docs/provider.md, "One for many
    stacks". How it runs is said before it is made, through `configure`.

    Attributes:
        handler: The function that CloudFormation calls, for alarms and dashboards.
        log_group: Where the functions log.

    Raises:
        AssetError: The installed crhelper is not one that the handler can work with.
    """

    def __init__(self, scope: Construct, id: str) -> None:  # noqa: A002 (the CDK's own name)
        super().__init__(scope, id)
        place = permissions.Place.of(self)
        self._settings = settled.settings_for(self)
        self._key = key_behind_alias(self._settings.encryption_key)
        report(self, settled.key_place_faults(self, self._key))
        if self._key is not None:
            statement = permissions.log_key_statement(place)
            open_key(self, self._key, [statement], user="Amazon CloudWatch Logs")

        self.log_group: logs.LogGroup = logs.LogGroup(
            self,
            "Logs",
            retention=self._settings.log_retention,
            encryption_key=self._key,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        last_resort = self._last_resort()
        waiter_role = provider_role(
            self,
            "WaiterRole",
            assumed_by=permissions.waiter_principal(place),
            purpose="Lets the waiter of cdk-personalize call its two functions",
            statements={"Key": self._key_statements(place)},
        )
        waiter = stepfunctions.CfnStateMachine(
            self,
            "Waiter",
            role_arn=waiter_role.role_arn,
            state_machine_type="STANDARD",
            definition_string=cdk.Stack.of(self).to_json_string(
                definition(partition=place.partition, last_resort_arn=last_resort.function_arn)
            ),
            encryption_configuration=self._waiter_encryption(),
        )
        self._handler_role = handler_role = provider_role(
            self,
            "HandlerRole",
            assumed_by=permissions.service_principal("lambda.amazonaws.com"),
            purpose="Lets the handler of cdk-personalize manage Amazon Personalize resources",
            # A refused key is among the errors of StartExecution and StopExecution. Whose right it
            # is, the caller's or the state machine's, is not said: both have it.
            statements={**self._function_statements(), "Executions": self._key_statements(place)},
        )
        self.handler: lambda_.Function = self._handler(handler_role, waiter)

        # Policies of their own: the handler's names the waiter, the waiter's names the handler.
        self._handler_policy = iam.Policy(
            self,
            "HandlerPolicy",
            roles=[handler_role],
            statements=permissions.handler_statements(
                place,
                state_machine_arn=waiter.attr_arn,
                state_machine_name=waiter.attr_name,
                last_resort_arn=last_resort.function_arn,
                log_group_arn=self.log_group.log_group_arn,
            ),
        )
        waiter_policy = iam.Policy(
            self,
            "WaiterPolicy",
            roles=[waiter_role],
            statements=permissions.waiter_statements(
                handler_arn=self.handler.function_arn, last_resort_arn=last_resort.function_arn
            ),
        )
        invocation = lambda_.CfnEventInvokeConfig(
            self,
            "HandlerInvocation",
            function_name=self.handler.function_name,
            qualifier="$LATEST",
            maximum_event_age_in_seconds=MAXIMUM_EVENT_AGE_S,
            maximum_retry_attempts=RETRY_ATTEMPTS,
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(
                    destination=last_resort.function_arn
                )
            ),
        )
        # Lambda refuses a destination that the function's role may not use.
        invocation.node.add_dependency(self._handler_policy)

        self._parts: list[IConstruct] = [
            self._handler_policy,
            waiter_policy,
            invocation,
            self.log_group,
        ]
        self._own_rights = StackRights(
            self, self._handler_policy, make_role_policy=self._role_policy
        )

    @staticmethod
    def get_or_create(scope: Construct) -> PersonalizeProvider:
        """The provider of the stack that holds `scope`; the first call in a stack makes it."""
        stack = cdk.Stack.of(scope)
        existing = stack.node.try_find_child(_ID)
        if isinstance(existing, PersonalizeProvider):
            return existing
        return PersonalizeProvider(stack, _ID)

    @staticmethod
    def configure(scope: Construct, settings: ProviderSettings) -> None:
        """Say how the providers within a scope are to run, before the first of them is made.

        Settings of a stack win over those of its stage or app, as a whole. A nested stack is
        within its parent.

        Args:
            scope: An app, a stage or a stack; any other construct stands for its stack.
            settings: How the providers there run.

        Raises:
            ProviderSettingsError: A provider exists there already, or the scope has settings.
        """
        place = settled.configurable(scope)
        made = (each for each in place.node.find_all() if isinstance(each, PersonalizeProvider))
        settled.configure(place, settings, late=next(made, None))

    @staticmethod
    def from_service_token(
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        service_token: str,
        *,
        handler_role_name: str | None = None,
    ) -> IPersonalizeProvider:
        """Refer to a provider of another app, of the same account and region.

        Args:
            scope: Where it is referred to.
            id: Its name in that scope.
            service_token: ARN of its handler, plain or a token such as `Fn.import_value(...)`.
            handler_role_name: Name of the handler's role. Each stack that uses the provider adds a
                policy to it, which names that stack and the roles of its jobs. Default: not
                known; warnings then say which statements the provider's owner has to add.
        """
        return ImportedProvider(
            scope, id, service_token=service_token, handler_role_name=handler_role_name
        )

    @property
    def service_token(self) -> str:
        """The `ServiceToken` of custom resources: ARN of the handler."""
        return self.handler.function_arn

    @property
    def handler_role_name(self) -> str:
        """Name of the handler's role, to which other stacks add their policies."""
        return self._handler_role.role_name

    def export(self, prefix: str) -> None:
        """Export what other apps and plain templates need, as outputs of the provider's stack.

        The handler may then put state changes on EventBridge, whoever asks it to.

        Args:
            prefix: The exports are `<prefix>-service-token` and `<prefix>-handler-role-name`.
        """
        for id_, name, value in (
            ("ServiceToken", "service-token", self.service_token),
            ("HandlerRoleName", "handler-role-name", self.handler_role_name),
        ):
            cdk.CfnOutput(self, id_, value=value, export_name=f"{prefix}-{name}")
        self._own_rights.tell_state_changes()

    def allow_stacks(self, *stack_names: str) -> None:
        """Let other apps' stacks use the provider without adding policies to the handler's role.

        The handler may then ask CloudFormation about stacks of these names, hand over the roles
        that the library makes in them, and put state changes on EventBridge.

        Args:
            stack_names: Names, or beginnings of names with a `*` behind: `shop-*`.

        Raises:
            ProviderSettingsError: One is no name, or would stand for every stack.
        """
        settled.refuse_stack_names(stack_names)
        for name in stack_names:
            self._own_rights.ask_stacks(name)
            self._own_rights.pass_made_roles(name)
        self._own_rights.tell_state_changes()

    def faults(self, scope: Construct) -> tuple[Fault, ...]:
        """Why resources at a construct cannot be served; nothing if they can."""
        return tuple(environment_faults(self, scope))

    def rights_for(self, scope: Construct) -> StackRights:
        """What the handler may do for the stack that holds a construct."""
        return self._own_rights if self._is_own(scope) else super().rights_for(scope)

    def _rights_everywhere(self) -> StackRights:
        return self._own_rights

    def _before_any_resource(self) -> Sequence[IConstruct]:
        return self._parts

    def _policies_in(self, scope: Construct) -> Sequence[IConstruct]:
        return () if self._is_own(scope) else super()._policies_in(scope)

    def _role_policy(self) -> iam.Policy:
        return iam.Policy(self, "PassedRoles", roles=[self._handler_role])

    def _is_own(self, scope: Construct) -> bool:
        return cdk.Stack.of(scope) is cdk.Stack.of(self)

    def _handler(self, role: iam.IRole, waiter: stepfunctions.CfnStateMachine) -> lambda_.Function:
        log_level = self._settings.log_level
        unstaged = bool(self.node.try_get_context(_DISABLE_STAGING))
        with handler_folder(keep=unstaged) as folder:
            return lambda_.Function(
                self,
                "Handler",
                description="Creates, updates and deletes Amazon Personalize resources for "
                "CloudFormation (cdk-personalize)",
                handler="personalize_provider.entry.handler",
                code=lambda_.Code.from_asset(str(folder)),
                timeout=cdk.Duration.seconds(HANDLER_TIMEOUT_S),
                memory_size=self._settings.memory_mb,
                role=role,
                environment={
                    "STATE_MACHINE_ARN": waiter.attr_arn,
                    **({"LOG_LEVEL": log_level} if log_level else {}),
                },
                **self._function_props(),
            )

    def _last_resort(self) -> lambda_.Function:
        source = Path(personalize_provider.__file__).with_name("last_resort.py")
        role = provider_role(
            self,
            "LastResortRole",
            assumed_by=permissions.service_principal("lambda.amazonaws.com"),
            purpose="Lets the last resort of cdk-personalize write its log",
            statements={
                "Logs": [permissions.log_statement(self.log_group.log_group_arn)],
                **self._function_statements(),
            },
        )
        return lambda_.Function(
            self,
            "LastResort",
            description="Answers CloudFormation when the handler cannot (cdk-personalize)",
            handler="index.handler",
            code=lambda_.Code.from_inline(source.read_text(encoding="utf-8")),
            timeout=cdk.Duration.seconds(HANDLER_TIMEOUT_S),
            memory_size=LAST_RESORT_MEMORY_MB,
            role=role,
            **self._function_props(),
        )

    def _function_props(self) -> dict[str, Any]:
        """What both functions have in common."""
        settings = self._settings
        return {
            "runtime": settings.runtime or lambda_.Runtime.PYTHON_3_13,
            "architecture": settings.architecture,
            "log_group": self.log_group,
            "environment_encryption": self._key,
            "vpc": settings.vpc,
            "vpc_subnets": settings.vpc_subnets,
            "security_groups": settings.security_groups,
        }

    def _function_statements(self) -> dict[str, list[iam.PolicyStatement]]:
        """What the settings ask of both functions' roles, before the functions exist.

        In the roles themselves, for Lambda tries these rights while it makes a function.
        """
        key, in_vpc = self._key, self._settings.vpc is not None
        return {
            "Key": [permissions.environment_key_statement(key.key_arn)] if key else [],
            "Network": [permissions.network_statement()] if in_vpc else [],
        }

    def _key_statements(self, place: permissions.Place) -> list[iam.PolicyStatement]:
        if self._key is None:
            return []
        return [permissions.execution_key_statement(place, self._key.key_arn)]

    def _waiter_encryption(
        self,
    ) -> stepfunctions.CfnStateMachine.EncryptionConfigurationProperty | None:
        if self._key is None:
            return None
        return stepfunctions.CfnStateMachine.EncryptionConfigurationProperty(
            type="CUSTOMER_MANAGED_KMS_KEY", kms_key_id=self._key.key_arn
        )
