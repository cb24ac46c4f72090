"""The stack's one provider: the handler, its durable waiter, its last resort, and their rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

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
from cdk_personalize.key_access import key_behind_alias, open_key
from cdk_personalize.provider_settings import ProviderSettings
from cdk_personalize.state_machine import definition

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


class PersonalizeProvider(Construct):
    """Serves every resource of this library in one stack; ten template resources.

    Made by the first construct that needs it, through `get_or_create`. How it runs is said before
    that, through `configure`.

    Attributes:
        service_token: The `ServiceToken` of custom resources: ARN of the handler.
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
        waiter_role = self._role(
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
        handler_role = self._role(
            "HandlerRole",
            assumed_by=permissions.service_principal("lambda.amazonaws.com"),
            purpose="Lets the handler of cdk-personalize manage Amazon Personalize resources",
            # A refused key is among the errors of StartExecution and StopExecution. Whose right it
            # is, the caller's or the state machine's, is not said: both have it.
            statements={**self._function_statements(), "Executions": self._key_statements(place)},
        )
        self.handler: lambda_.Function = self._handler(handler_role, waiter)
        self.service_token: str = self.handler.function_arn

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

        self._before_any_resource: list[IConstruct] = [
            self._handler_policy,
            waiter_policy,
            invocation,
            self.log_group,
        ]
        self._pass_role: iam.PolicyStatement | None = None
        self._tells_state_changes = False

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

    def serve(self, resource: cdk.CfnResource) -> None:
        """Keep everything that the handler needs alive for as long as a custom resource.

        Both ways: what is created after the provider is deleted before it.
        """
        resource.node.add_dependency(*self._before_any_resource)

    def pass_role(self, role_arn: str) -> None:
        """Let the handler hand a role to Amazon Personalize.

        Args:
            role_arn: ARN of the role, or a pattern that covers several. Named twice, it counts
                once.
        """
        if self._pass_role is None or self._pass_role.frozen:
            self._pass_role = permissions.pass_role_statement([role_arn])
            self._handler_policy.add_statements(self._pass_role)
        else:
            self._pass_role.add_resources(role_arn)

    def tell_state_changes(self) -> None:
        """Let the handler put state changes on EventBridge; said twice, it counts once."""
        if not self._tells_state_changes:
            self._tells_state_changes = True
            place = permissions.Place.of(self)
            self._handler_policy.add_statements(permissions.put_events_statement(place))

    def pass_made_roles(self) -> None:
        """Let the handler hand over the roles that the library makes in this stack."""
        path = permissions.job_role_path(cdk.Aws.STACK_NAME)
        self.pass_role(permissions.Place.of(self).role_arn(f"{path}*"))

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
        role = self._role(
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

    def _role(
        self,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        assumed_by: iam.IPrincipal,
        purpose: str,
        statements: Mapping[str, Sequence[iam.PolicyStatement]],
    ) -> iam.IRole:
        documents = {
            name: iam.PolicyDocument(statements=list(each))
            for name, each in statements.items()
            if each
        }
        role = iam.Role(
            self,
            id,
            assumed_by=assumed_by,
            description=purpose,
            inline_policies=documents or None,
        )
        # jsii's classes name some parameters unlike their interfaces do, which pyright minds.
        return cast("iam.IRole", role)
