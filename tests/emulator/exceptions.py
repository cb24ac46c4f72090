"""What the emulated service refuses with: one error class, and a name for each of its codes.

The codes are those of botocore's service model; the wordings follow the developer guide's list of
error messages where it has one, and AWS's usual phrasing otherwise.
"""

from __future__ import annotations


class ServiceError(Exception):
    """An answer other than success: the error code, its message, and the HTTP status it travels on.

    AWS JSON 1.1 services send their client errors with 400, whatever the code.
    """

    def __init__(self, code: str, message: str, *, http_status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.http_status = http_status


class ConnectionDroppedError(Exception):
    """A plan wants this connection cut: the caller gets no answer at all."""

    def __init__(self, *, after_effect: bool) -> None:
        moment = "after" if after_effect else "before"
        super().__init__(f"the connection was cut {moment} the operation took effect")
        self.after_effect = after_effect


def invalid_input(message: str) -> ServiceError:
    return ServiceError("InvalidInputException", message)


def resource_not_found(arn: str) -> ServiceError:
    return ServiceError("ResourceNotFoundException", f"Resource with Arn {arn} does not exist.")


def resource_already_exists(arn: str) -> ServiceError:
    message = f"Another resource with Arn {arn} already exists."
    return ServiceError("ResourceAlreadyExistsException", message)


def resource_in_use(arn: str, status: str | None) -> ServiceError:
    message = f"Resource {arn} is in state {status}, and can not be changed or deleted now."
    return ServiceError("ResourceInUseException", message)


def resource_held(arn: str, *, by: str) -> ServiceError:
    message = f"Resource {arn} can not be deleted as long as {by} uses it."
    return ServiceError("ResourceInUseException", message)


def limit_exceeded(message: str) -> ServiceError:
    return ServiceError("LimitExceededException", message)


def too_many_tags(limit: int) -> ServiceError:
    return ServiceError("TooManyTagsException", f"A resource can have at most {limit} tags.")


def too_many_tag_keys(limit: int) -> ServiceError:
    message = f"At most {limit} tag keys can be removed in one call."
    return ServiceError("TooManyTagKeysException", message)


def invalid_next_token() -> ServiceError:
    return ServiceError("InvalidNextTokenException", "The token for the next page is not valid.")
