"""A provider that exists already, in a stack that another app or a plain template made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdk_personalize.provider_base import IPersonalizeProvider, role_name_faults, token_faults

if TYPE_CHECKING:
    from constructs import Construct

    from personalize_provider.resources import Fault


class ImportedProvider(IPersonalizeProvider):
    """See `PersonalizeProvider.from_service_token`."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's own name for it)
        *,
        service_token: str,
        handler_role_name: str | None,
    ) -> None:
        super().__init__(scope, id)
        self._service_token = service_token
        self._handler_role_name = handler_role_name

    @property
    def service_token(self) -> str:
        """The `ServiceToken` of custom resources: ARN of the handler."""
        return self._service_token

    @property
    def handler_role_name(self) -> str | None:
        """Name of the handler's role; None if it was not given."""
        return self._handler_role_name

    def faults(self, scope: Construct) -> tuple[Fault, ...]:
        """Why resources at a construct cannot be served; nothing if they can."""
        return (
            *token_faults(self._service_token, scope),
            *role_name_faults(self._handler_role_name),
        )
