"""What a kind of resource is, as data: the one place where kinds differ.

A kind is a `ResourceSpec`; the lifecycle, the waiter and the answer read it and never ask which
kind it is. How to add one: docs/adding-a-kind.md.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from personalize_provider.schema import (
    Boolean,
    Dictionary,
    Fault,
    Integer,
    Listing,
    Opaque,
    Shape,
    Structure,
    Text,
    nothing_is_opaque,
    read,
)

LONGEST_TIMEOUT_S = 48 * 3600
"""The longest `Timeout`: two days, which is 47 wait segments."""

WAIT_FOR_COMPLETION = "WaitForCompletion"
STATE_CHANGE_EVENTS = "StateChangeEvents"
ACTIVE = "Active"
ADOPT_EXISTING = "AdoptExisting"
DELETE_ADOPTED = "DeleteAdopted"
TAGS = "Tags"

_TAG_SIGNS = "_.:/=+-@"

TAG_LIST = Listing(
    item=Structure(
        members={
            "key": Text(
                min_length=1,
                max_length=128,
                pattern=r"(?![aA][wW][sS]:|cdk-personalize:).*",
                signs=_TAG_SIGNS,
                means="a key that does not start with aws: or cdk-personalize:",
            ),
            "value": Text(max_length=256, signs=_TAG_SIGNS),
        },
        required=frozenset({"key", "value"}),
    ),
    max_items=190,
)
"""The user's own tags: of the 200 that the service takes, the library needs up to seven.

In the shape of native resources. Source: the service model's Tags, TagKey and TagValue; keys that
start with `aws:` are reserved.
"""

CONTROL_PROPERTIES: Mapping[str, Shape] = {
    "ServiceToken": Text(min_length=1, means="the ARN of the provider's function"),
    "ServiceTimeout": Integer(minimum=1, maximum=3600),
    "Timeout": Integer(minimum=1, maximum=LONGEST_TIMEOUT_S),
    STATE_CHANGE_EVENTS: Boolean(),
    TAGS: TAG_LIST,
}
"""Properties of the machinery, which no kind's identity depends on. Seconds."""

TRIGGERS = Dictionary(
    key=Text(min_length=1, means="each trigger a name"),
    value=Text(means="a string, such as '2'; a changed one asks for another run"),
    means="a map of strings, such as {'data': '2'}",
)

PROVIDER = "serviceToken"
"""Where rules find the ARN of the provider's function: the service is called in its region."""

Rule = Callable[[Mapping[str, Any], Opaque], Iterable[Fault]]
"""A rule across properties: the properties in the service's spelling -> what is wrong.

Beside those there is PROVIDER, where it is known.
"""


class Change(enum.Enum):
    """What a changed property does to the resource."""

    IN_PLACE = "in place"
    REPLACEMENT = "replacement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """Names of the service's operations for one kind; None where the service has none.

    Attributes:
        create: For example `CreateCampaign`.
        describe: For example `DescribeCampaign`.
        update: None when the resource cannot be changed.
        delete: None when the resource cannot be deleted.
        stop: Makes a resource inactive, or ends the work on one that cannot be deleted; None when
            there is no such way.
        start: Brings an inactive resource back; None when the kind knows no such status.
        list: Lists resources of the kind; only needed when ARNs cannot be told beforehand.
    """

    create: str
    describe: str
    update: str | None = None
    delete: str | None = None
    stop: str | None = None
    start: str | None = None
    list: str | None = None

    def all(self) -> tuple[str, ...]:
        """All of the service's operations for the kind."""
        every = (self.create, self.describe, self.update, self.delete, self.stop, self.start)
        return tuple(each for each in (*every, self.list) if each is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceSpec:
    """One kind of Amazon Personalize resource.

    Attributes:
        title: For people: "Campaign".
        cloudformation_type: `Custom::PersonalizeCampaign`.
        arn_resource: The part of the ARN that names the kind: `campaign`.
        arn_from_service: Whether only the answer of the create call tells the ARN.
        name_member: Member that holds the name: `name`, `jobName`.
        arn_member: Member that holds the ARN, in requests and answers alike.
        described_member: Member of the describe's answer that holds the resource.
        update_member: Member of the description that holds the latest update, or None.
        list_member: Member of the list's answer that holds the summaries, or None.
        list_filter: Member by which the list is narrowed, or None.
        list_only: Members of a summary, and what they say of what a create call has made; a
            summary that says something else is passed over.
        operations: The service's operations.
        properties: The create call's input, without tags.
        created_from: What the create call is judged by beside the resource, by the part of the
            ARN that names its kind: `solution`.
        fixed_members: Members that no update can change, so that a change replaces the resource.
        has_triggers: Whether `Triggers` is a property.
        may_be_left: Whether `WaitForCompletion` is a property: a wait may end while it runs.
        change: What a change of any property but the name and the fixed members does.
        defaults: What the service takes where a property is left out, in the service's spelling.
        attributes: CloudFormation attribute -> path into the description.
        told: Field of a state-change event -> path into the description.
        emptied: Paths of maps of lists. A key that a template states no longer is emptied, since
            the service knows no default for it.
        equivalent: Member -> whether a described value is what a desired one means.
        waits_for_quota: Whether a used-up quota frees itself, so that waiting helps.
        rules: Rules across properties.
    """

    title: str
    cloudformation_type: str
    arn_resource: str
    name_member: str
    arn_member: str
    described_member: str
    operations: Operations
    properties: Structure
    change: Change
    attributes: Mapping[str, tuple[str, ...]]
    arn_from_service: bool = False
    update_member: str | None = None
    list_member: str | None = None
    list_filter: str | None = None
    list_only: Mapping[str, str] = field(default_factory=dict)
    created_from: tuple[str, ...] = ()
    fixed_members: tuple[str, ...] = ()
    has_triggers: bool = False
    may_be_left: bool = False
    told: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    emptied: tuple[tuple[str, ...], ...] = ()
    equivalent: Mapping[str, Callable[[Any, Any], bool]] = field(default_factory=dict)
    waits_for_quota: bool = False
    rules: tuple[Rule, ...] = ()

    @property
    def name_property(self) -> str:
        """The name as the template spells it: `Name`, `JobName`."""
        return self.name_member[:1].upper() + self.name_member[1:]

    @property
    def kind(self) -> str:
        """The kind in lower case and hyphens, for machines: `batch-inference-job`."""
        return self.title.lower().replace(" ", "-")

    @property
    def can_be_undone(self) -> bool:
        """Whether a Delete can do anything: delete the resource, or stop the work on it."""
        return bool(self.operations.delete or self.operations.stop)

    @property
    def may_rest(self) -> bool:
        """Whether `Active` is a property: the resource can be stopped and started again."""
        return bool(self.operations.start and self.operations.stop)

    @property
    def may_be_adopted(self) -> bool:
        """Whether `AdoptExisting` is a property: what exists can be brought to what is asked."""
        return self.operations.update is not None and not self.arn_from_service

    @property
    def updatable_members(self) -> tuple[str, ...]:
        """What an update can change: all but the name and the fixed members."""
        kept = (self.name_member, *self.fixed_members)
        return tuple(name for name in self.properties.members if name not in kept)

    @property
    def control_properties(self) -> dict[str, Shape]:
        """The properties that are the library's own, and not the create call's."""
        control: dict[str, Shape] = dict(CONTROL_PROPERTIES)
        if self.has_triggers:
            control["Triggers"] = TRIGGERS
        if self.may_be_left:
            control[WAIT_FOR_COMPLETION] = Boolean()
        if self.may_rest:
            control[ACTIVE] = Boolean()
        if self.may_be_adopted:
            control |= {ADOPT_EXISTING: Boolean(), DELETE_ADOPTED: Boolean()}
        return control

    def faults(
        self, properties: Mapping[str, Any], *, opaque: Opaque = nothing_is_opaque
    ) -> tuple[Fault, ...]:
        """Everything that is wrong with a resource's CloudFormation properties.

        Args:
            properties: The properties as the template (or the event) carries them.
            opaque: Tells values that are not known yet; they are left alone.
        """
        return self._read(properties, opaque)[1]

    def is_faulty(self, properties: Mapping[str, Any], name: str) -> bool:
        """Whether the value of one property breaks a rule, so that nothing can have it.

        A rollback may hand the properties of a newer version over, with which that version has
        created something. So other faults count for nothing.
        """
        return any(fault.property == name for fault in self.faults(properties))

    def desired(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """The create call's input, in the service's spelling and types, from good properties."""
        return self._read(properties, nothing_is_opaque)[0]

    def fingerprint(self, properties: Mapping[str, Any]) -> str:
        """64 hexadecimal digits that name the resource's own properties.

        The machinery's properties (CONTROL_PROPERTIES, WaitForCompletion, Active) do not count, and
        "1" and 1 are the same, so that only a change of the resource itself changes it.
        """
        own = {**self.desired(properties), "triggers": properties.get("Triggers") or {}}
        text = json.dumps(own, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def _adoption_faults(self, properties: Mapping[str, Any], opaque: Opaque) -> tuple[Fault, ...]:
        """What is wrong with an adoption: without a name nobody could tell what to adopt."""
        asked = properties.get(ADOPT_EXISTING, False)
        if self.name_property in properties or opaque(asked) or str(asked).lower() != "true":
            return ()
        return (
            Fault(
                property=self.name_property,
                value=None,
                rule=f"be given when {ADOPT_EXISTING} is true",
                way_out=f"Give the name of the {self.title.lower()} that is to be taken over.",
            ),
        )

    def _read(
        self, properties: Mapping[str, Any], opaque: Opaque
    ) -> tuple[dict[str, Any], tuple[Fault, ...]]:
        own = dict(properties)
        faults: list[Fault] = []
        for name, control_shape in self.control_properties.items():
            if name in own:
                faults += read(control_shape, own.pop(name), path=name, opaque=opaque)[1]
        faults += self._adoption_faults(properties, opaque)
        # The name is required by the call, but left to the library when it is not given.
        shape = Structure(
            members=self.properties.members,
            required=self.properties.required - {self.name_member},
        )
        desired, found = read(shape, own, opaque=opaque)
        faults += found
        # What is faulty by itself was left out, so that a rule would judge its default instead.
        faulty = tuple(fault.property for fault in faults)
        token = properties.get("ServiceToken")
        home = {PROVIDER: token} if isinstance(token, str) or opaque(token) else {}
        judged = {**home, **desired}
        for rule in self.rules:
            faults += (
                fault for fault in rule(judged, opaque) if not _is_within(fault.property, faulty)
            )
        return desired, tuple(faults)


def tags_in(properties: Mapping[str, Any]) -> dict[str, str]:
    """The tags that properties state; nothing of what is faulty."""
    listed = read(TAG_LIST, properties.get(TAGS) or [])[0] or []
    return {tag["key"]: tag["value"] for tag in listed if len(tag) == 2}


def text_at(description: Mapping[str, Any], path: tuple[str, ...]) -> str:
    """What a description holds at a path, as text; "" where it holds nothing.

    Args:
        description: The service's description.
        path: Members, from the outside in.
    """
    value: Any = description
    for member in path:
        value = (value or {}).get(member)
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else str(value)


def _is_within(property_path: str, others: tuple[str, ...]) -> bool:
    return any(f"{property_path}.".startswith(f"{other}.") for other in others)
