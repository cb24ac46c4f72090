"""Calls to AWS, and what goes wrong with them, sorted by what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from botocore import __version__, xform_name
from botocore.exceptions import ClientError, HTTPClientError, ParamValidationError
from botocore.exceptions import ConnectionError as BotocoreConnectionError

_NOT_FOUND = "ResourceNotFoundException"
_DENIED = frozenset(
    {
        "AccessDeniedException",
        "AccessDenied",
        "UnauthorizedOperation",
        # Of a role that was made a moment ago.
        "InvalidClientTokenId",
        "UnrecognizedClientException",
    }
)
_BUSY = frozenset({"ResourceInUseException"})
_TAKEN = frozenset({"ResourceAlreadyExistsException"})
_QUOTA = frozenset({"LimitExceededException"})
_PASSING = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestTimeout",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "ExpiredToken",
        "ExpiredTokenException",
    }
)


class ServiceError(Exception):
    """A call did not succeed. The text is `Operation: Code: the service's own words`."""


class PassingError(ServiceError):
    """Throttling, a server's error, a broken connection: it may pass by itself.

    Attributes:
        may_act: Whether the call may take effect all the same, now or a little later.
    """

    def __init__(self, message: str, *, may_act: bool = False) -> None:
        super().__init__(message)
        self.may_act = may_act


class DeniedError(ServiceError):
    """IAM refuses, or the service cannot assume a role: true for a while after a first deploy."""


class BusyError(ServiceError):
    """The resource is in a state that forbids the call for now."""


class TakenError(ServiceError):
    """The name exists already."""


class QuotaError(ServiceError):
    """A quota of the account is used up."""


class RefusedError(ServiceError):
    """The service refuses the call, and will go on refusing it."""


class NotFoundError(RefusedError):
    """The service knows no such resource."""


def call(client: Any, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Call an operation, and sort what goes wrong by what can be done about it.

    Args:
        client: Any botocore client.
        operation: `CreateCampaign`.
        request: Its input.

    Raises:
        ServiceError: One of its subclasses; anything else is a defect and passes through.
    """
    method: Callable[..., dict[str, Any]] = getattr(client, xform_name(operation))
    try:
        return method(**request)
    except ClientError as error:
        _raise_sorted(operation, error)
    except (HTTPClientError, BotocoreConnectionError) as error:
        raise PassingError(f"{operation}: {type(error).__name__}", may_act=True) from error
    except ParamValidationError as error:
        # Not the service's words: the runtime's botocore is older than a property, for one.
        raise RefusedError(f"{operation}: botocore {__version__} refuses: {error}") from error


def _raise_sorted(operation: str, error: ClientError) -> NoReturn:
    details = error.response.get("Error", {})
    code = details.get("Code", "Unknown")
    words = f"{operation}: {code}: {details.get('Message', '')}"
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == _NOT_FOUND:
        raise NotFoundError(words) from error
    if code in _PASSING or status >= 500 or status == 429:
        raise PassingError(words, may_act=status >= 500) from error
    for codes, kind in _SORTED:
        if code in codes:
            raise kind(words) from error
    # A role that was made a moment ago is refused like one that will never do.
    if code == "InvalidInputException" and "role" in words.lower():
        raise DeniedError(words) from error
    raise RefusedError(words) from error


_SORTED: tuple[tuple[frozenset[str], type[ServiceError]], ...] = (
    (_DENIED, DeniedError),
    (_BUSY, BusyError),
    (_TAKEN, TakenError),
    (_QUOTA, QuotaError),
)
