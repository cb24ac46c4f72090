"""The types of Amazon Personalize that CloudFormation has itself, from dataset group to campaign.

ministack has none of them. They are AWS's own resource providers, so the emulator is called as the
stack's account, and no role is asked. A create answers once the service says ACTIVE, a delete once
the resource is gone, and a failure carries the service's reason. What the service accepted and then
failed to create is deleted in the rollback.

A changed create-only property replaces the resource. ministack does that by itself once it knows
those properties, but for datasets: a group has one of each type, so the old one goes first. Of the
other properties, a changed import job is another import, changed tags are set, and a campaign is
updated.

Source: the types' schemas in the CloudFormation registry (createOnlyProperties, readOnlyProperties,
replacementStrategy, and the permissions of the handlers); CloudFormation CLI user guide, "Resource
type handler contract" and "Handler error codes".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError
from botocore.model import ListShape, StructureShape

from local_aws.gaps.custom_resource import OwedDelete

if TYPE_CHECKING:
    from botocore.model import Shape

PREFIX: Final = "AWS::Personalize::"
LOOK_S: Final = 0.1
LOOKS: Final = 1200
"""How often a provider looks, LOOK_S apart, before it gives up."""

_IMPORT: Final = "DatasetImportJob"
_SPELT_OTHERWISE: Final = {"tagKey": "Key", "tagValue": "Value"}
_ERROR_CODES: Final = {
    "InvalidInputException": "InvalidRequest",
    "LimitExceededException": "ServiceLimitExceeded",
    "ResourceAlreadyExistsException": "AlreadyExists",
    "ResourceInUseException": "ResourceConflict",
    "ResourceNotFoundException": "NotFound",
    "TooManyTagsException": "InvalidRequest",
}
"""The service's errors as a handler answers them; others are GeneralServiceException."""

LOOK_LATER: Final = partial(time.sleep, LOOK_S)

OweDelete = Callable[[str, str, OwedDelete], None]
"""Gets the stack's name, the logical id, and what the Delete in the rollback needs."""


class HandlerError(Exception):
    """A handler failed; the text is the reason that the stack event shows."""

    def __init__(self, message: str, code: str) -> None:
        """Words the failure as CloudFormation does."""
        super().__init__(
            f'Resource handler returned message: "{message}" (HandlerErrorCode: {code})'
        )
        self.code = code


@dataclass(frozen=True)
class NativeType:
    """A type, as its schema has it.

    Attributes:
        noun: As the service's operations spell it.
        create_only: Properties whose change replaces the resource.
        attributes: What Fn::GetAtt knows beside the ARN, which Ref answers too.
        delete_first: Whether a replacement deletes the old resource before it creates the new one.
        updates: Whether the service updates it in place.
    """

    noun: str
    create_only: tuple[str, ...]
    attributes: tuple[str, ...] = ()
    delete_first: bool = False
    updates: bool = False

    @property
    def name(self) -> str:
        """The type's name in templates."""
        return f"{PREFIX}{self.noun}"


TYPES: Final = (
    NativeType("DatasetGroup", ("Name", "RoleArn", "KmsKeyArn", "Domain", "Tags")),
    NativeType("Schema", ("Name", "Schema", "Domain", "Tags")),
    NativeType(
        "Dataset",
        ("Name", "DatasetType", "DatasetGroupArn", "SchemaArn", "Tags"),
        delete_first=True,
    ),
    NativeType(
        "Solution",
        (
            *("Name", "EventType", "DatasetGroupArn", "PerformAutoML", "PerformHPO"),
            *("RecipeArn", "SolutionConfig", "Tags"),
        ),
    ),
    NativeType(
        "Filter",
        ("Name", "DatasetGroupArn", "FilterExpression"),
        ("Status", "CreationDateTime", "LastUpdatedDateTime"),
    ),
    NativeType(
        "Campaign",
        ("Name",),
        ("Status", "CreationDateTime", "LastUpdatedDateTime"),
        updates=True,
    ),
)
REPLACING: Final = {each.name: () if each.delete_first else each.create_only for each in TYPES}
"""The properties that ministack replaces a resource for, by type."""


@dataclass(frozen=True)
class Provider:
    """Creates, updates and deletes resources of one type, and blocks meanwhile.

    Attributes:
        type: The type.
        client: A boto3 client of the service, as the account of the stack at work.
        owe_delete: Notes that a create failed after the service had accepted it.
        pause: Passes LOOK_S.
    """

    type: NativeType
    client: Callable[[], Any]
    owe_delete: OweDelete
    pause: Callable[[], None]

    def create(
        self, logical_id: str, properties: Mapping[str, Any], stack_name: str
    ) -> tuple[str, dict[str, str]]:
        """The physical id, which is the ARN, and the attributes."""
        own = {name: properties[name] for name in properties if name not in (_IMPORT, "Tags")}
        arn = self._create(self.type.noun, own)
        try:
            self._await(self.type.noun, arn, end="ACTIVE")
            self._change(arn, {}, properties)
        except HandlerError:
            self.owe_delete(stack_name, logical_id, OwedDelete(arn, dict(properties)))
            raise
        return arn, self._attributes(arn)

    def update(
        self,
        arn: str,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        stack_name: str,
        logical_id: str,
    ) -> tuple[str, dict[str, str]]:
        """The physical id and the attributes; of a replacement, only one that deletes first."""
        if any(old.get(name) != new.get(name) for name in self.type.create_only):
            self.delete(arn, old)
            return self.create(logical_id, new, stack_name)
        self._change(arn, old, new)
        return arn, self._attributes(arn)

    def delete(self, arn: str, _properties: Mapping[str, Any]) -> None:
        """Deletes a resource, unless it is gone already."""
        try:
            self._call("Delete", self.type.noun, {_member(f"{self.type.noun}Arn"): arn})
        except HandlerError as error:
            if error.code != "NotFound":
                raise
        self._await(self.type.noun, arn, end=None)

    def _change(self, arn: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Brings about what differs in the properties that are not create-only."""
        tags, before = _tags(new), _tags(old)
        if gone := [key for key in before if key not in tags]:
            self._call("Untag", "Resource", {"resourceArn": arn, "tagKeys": gone})
        if tags != before and tags:
            listed = [{"tagKey": key, "tagValue": value} for key, value in tags.items()]
            self._call("Tag", "Resource", {"resourceArn": arn, "tags": listed})
        if self.type.updates and old and self._own(old) != self._own(new):
            self._update(arn, self._own(new))
        job = new.get(_IMPORT)
        if job and job != old.get(_IMPORT):
            wanted = {name: job[name] for name in job if name != f"{_IMPORT}Arn"}
            made = self._create(_IMPORT, {**wanted, f"{self.type.noun}Arn": arn})
            self._await(_IMPORT, made, end="ACTIVE")

    def _own(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """The properties that an update takes."""
        apart = (*self.type.create_only, "Tags")
        return {name: value for name, value in properties.items() if name not in apart}

    def _update(self, arn: str, properties: Mapping[str, Any]) -> None:
        noun = self.type.noun
        shape = self.client().meta.service_model.operation_model(f"Update{noun}").input_shape
        spelt = in_services_spelling(shape, properties)
        self._call("Update", noun, {_member(f"{noun}Arn"): arn, **spelt})
        for _ in range(LOOKS):
            latest = (self._seen(noun, arn) or {}).get(f"latest{noun}Update", {})
            if latest.get("status") == "ACTIVE":
                return
            if str(latest.get("status")).endswith("FAILED"):
                raise HandlerError(latest.get("failureReason", "FAILED"), "NotStabilized")
            self.pause()
        raise HandlerError(f"The update of {arn} has not ended.", "NotStabilized")

    def _create(self, noun: str, properties: Mapping[str, Any]) -> str:
        shape = self.client().meta.service_model.operation_model(f"Create{noun}").input_shape
        arn: str = self._call("Create", noun, in_services_spelling(shape, properties))[
            _member(f"{noun}Arn")
        ]
        return arn

    def _await(self, noun: str, arn: str, *, end: str | None) -> None:
        """Waits for a status; None is what is gone."""
        status: str | None = "unseen"
        for _ in range(LOOKS):
            seen = self._seen(noun, arn)
            # Schemas have no status: they are there, or not.
            status = None if seen is None else seen.get("status", "ACTIVE")
            if status == end:
                return
            if seen is not None and str(status).endswith("FAILED"):
                raise HandlerError(seen.get("failureReason", str(status)), "NotStabilized")
            self.pause()
        raise HandlerError(f"{arn} is still {status}.", "NotStabilized")

    def _seen(self, noun: str, arn: str) -> Mapping[str, Any] | None:
        try:
            answer = self._call("Describe", noun, {_member(f"{noun}Arn"): arn})
        except HandlerError as error:
            if error.code == "NotFound":
                return None
            raise
        found: Mapping[str, Any] = answer[_member(noun)]
        return found

    def _attributes(self, arn: str) -> dict[str, str]:
        seen = self._seen(self.type.noun, arn) or {}
        more = {name: str(seen[_member(name)]) for name in self.type.attributes}
        return {f"{self.type.noun}Arn": arn, **more}

    def _call(self, verb: str, noun: str, request: Mapping[str, Any]) -> Any:
        try:
            return getattr(self.client(), xform_name(f"{verb}{noun}"))(**request)
        except ClientError as error:
            told = error.response["Error"]
            code = _ERROR_CODES.get(told["Code"], "GeneralServiceException")
            raise HandlerError(told["Message"], code) from error
        except ParamValidationError as error:
            raise HandlerError(str(error), "InvalidRequest") from error


def in_services_spelling(shape: Shape, value: Any) -> Any:
    """Properties in the spelling of the service, as its model has it; maps keep their keys.

    Args:
        shape: What the service takes.
        value: What the template gives.

    Raises:
        HandlerError: The service knows no such property.
    """
    if isinstance(shape, ListShape):
        return [in_services_spelling(shape.member, each) for each in value]
    if not isinstance(shape, StructureShape):
        return value
    members = {
        _SPELT_OTHERWISE.get(name, name[:1].upper() + name[1:]): name for name in shape.members
    }
    if unknown := sorted(value.keys() - members.keys()):
        raise HandlerError(f"Unknown properties: {', '.join(unknown)}.", "InvalidRequest")
    return {
        members[name]: in_services_spelling(shape.members[members[name]], each)
        for name, each in value.items()
    }


def handlers(
    client: Callable[[], Any],
    owe_delete: OweDelete,
    *,
    pause: Callable[[], None] = LOOK_LATER,
) -> dict[str, dict[str, Any]]:
    """What ministack's registry of resource types has to hold, by the types' names."""
    providers = (Provider(each, client, owe_delete, pause) for each in TYPES)
    return {
        each.type.name: {
            "create": each.create,
            "update": each.update,
            "update_with_logical_id": True,
            "delete": each.delete,
        }
        for each in providers
    }


def off_the_loop(original: Callable[[str], bool]) -> Callable[[str], bool]:
    """ministack's choice of the types that block, and so get a thread of their own, with ours."""
    return lambda resource_type: resource_type in REPLACING or original(resource_type)


def clients(url: str) -> Callable[[], Any]:
    """Clients of the emulator at a URL, each as the account and in the region of its caller."""

    @cache
    def made(account: str, region: str) -> Any:
        create: Any = boto3.session.Session().client
        return create(
            "personalize",
            region_name=region,
            endpoint_url=url,
            aws_access_key_id=account,
            aws_secret_access_key="made-up",
        )

    def of_caller() -> Any:
        from ministack.core.responses import get_account_id, get_region

        return made(get_account_id(), get_region())

    return of_caller


def _member(property_name: str) -> str:
    return property_name[:1].lower() + property_name[1:]


def _tags(properties: Mapping[str, Any]) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in properties.get("Tags") or ()}
