"""The shapes of properties: one description, checked at synth and in the handler alike.

A shape states what Amazon Personalize's service model states (type, range, length, pattern,
choices). CloudFormation hands every number and boolean over as a string, so `read` turns them
back while it checks them, and collects every fault instead of stopping at the first.

Source: botocore's `personalize/2018-05-22` model; a contract test compares each shape with it.
"""

from __future__ import annotations

import difflib
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Opaque = Callable[[object], bool]
"""Answers whether a value is not known yet (a CDK token) and must be left alone."""

_SHOWN_CHARACTERS = 80

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_LARGEST = Decimal(str(sys.float_info.max))


def nothing_is_opaque(_value: object) -> bool:
    """The handler's view: CloudFormation has resolved every value."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with one property.

    Attributes:
        property: Path in CloudFormation's spelling: `CampaignConfig.RankingInfluence`.
        value: What was given; None when the property is missing.
        rule: What the service demands.
        way_out: What to do about it.
    """

    property: str
    value: object
    rule: str
    way_out: str

    def __str__(self) -> str:
        """The whole message, on one line."""
        given = "is missing" if self.value is None else f"is {_shown(self.value)}"
        where = self.property if self.property.isprintable() else repr(self.property)
        return f"{where} {given}: it must {self.rule}. {self.way_out}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A string.

    Attributes:
        min_length: Fewest characters.
        max_length: Most characters, or None.
        pattern: The whole value must match it, or None.
        signs: What it may hold beside letters, digits and blanks of any script; None for anything.
        choices: The only values allowed; empty for any.
        means: What a good value looks like, for the message.
    """

    min_length: int = 0
    max_length: int | None = None
    pattern: str | None = None
    signs: str | None = None
    choices: tuple[str, ...] = ()
    means: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer:
    """A whole number within [minimum, maximum], each None for unbounded."""

    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number within [minimum, maximum], each None for unbounded."""

    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Boolean:
    """true or false."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list.

    Attributes:
        item: Shape of each item.
        max_items: Most items, or None.
    """

    item: Text | Structure
    max_items: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dictionary:
    """A map whose keys are kept as they are given.

    Attributes:
        key: Shape of each key.
        value: Shape of each value.
        max_entries: Most entries, or None.
        means: What a good map looks like, for the message.
    """

    key: Text
    value: Text | Number | Listing
    max_entries: int | None = None
    means: str = "a map of keys to values"


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A structure with named members.

    Attributes:
        members: Member name in the service's spelling -> its shape.
        required: The members that must be there.
    """

    members: Mapping[str, Shape]
    required: frozenset[str] = field(default_factory=frozenset)


Shape = Text | Integer | Number | Boolean | Listing | Dictionary | Structure


def cloudformation_name(member: str) -> str:
    """The service's `campaignConfig` as CloudFormation spells it: `CampaignConfig`."""
    return member[:1].upper() + member[1:]


def read(
    shape: Shape, value: object, *, path: str = "", opaque: Opaque = nothing_is_opaque
) -> tuple[Any, list[Fault]]:
    """Check a CloudFormation value and turn it into the service's types and spelling.

    Args:
        shape: What the value must be.
        value: What CloudFormation (or the construct) gave.
        path: Where the value stands, for the messages.
        opaque: Tells values that are not known yet; they pass unchecked and unchanged.

    Returns:
        The converted value (None where it is faulty) and every fault found in it.
    """
    if opaque(value):
        return value, []
    reader: Callable[[Any, object, str, Opaque], tuple[Any, list[Fault]]] = _READERS[type(shape)]
    return reader(shape, value, path, opaque)


def _read_text(shape: Text, value: object, path: str, _opaque: Opaque) -> tuple[Any, list[Fault]]:
    if not isinstance(value, str):
        return None, [_fault(path, value, "be a string", f"Give {shape.means or 'text'}.")]
    wrong = next(_text_rules_broken(shape, value), None)
    if wrong is None:
        return value, []
    return None, [_fault(path, value, wrong, _text_way_out(shape, value))]


def _text_way_out(shape: Text, value: str) -> str:
    by_letters = {choice.lower(): choice for choice in shape.choices}
    close = difflib.get_close_matches(value.lower(), by_letters, n=1)
    if close:
        return f"Did you mean {by_letters[close[0]]}?"
    return f"Give {shape.means or 'such a value'}."


def _text_rules_broken(shape: Text, value: str) -> Iterator[str]:
    if shape.choices and value not in shape.choices:
        yield f"be one of {', '.join(shape.choices)}"
    if len(value) < shape.min_length:
        yield f"have at least {shape.min_length} character(s)"
    if shape.max_length is not None and len(value) > shape.max_length:
        yield f"have at most {shape.max_length} characters (it has {len(value)})"
    if shape.pattern is not None and not re.fullmatch(shape.pattern, value):
        yield f"match {shape.pattern}"
    strange = [] if shape.signs is None else [c for c in value if _is_strange(c, shape.signs)]
    if strange:
        yield f"hold letters, digits, blanks and {shape.signs} alone, not {strange[0]!r}"


def _is_strange(character: str, signs: str) -> bool:
    """Whether it is neither one of the signs nor a letter, a digit or a blank of some script."""
    return character not in signs and unicodedata.category(character)[0] not in "LNZ"


def _read_integer(
    shape: Integer, value: object, path: str, _opaque: Opaque
) -> tuple[Any, list[Fault]]:
    number = as_decimal(value)
    bounds = _bounds(shape.minimum, shape.maximum)
    if number is None or number != number.to_integral_value():
        return None, [_fault(path, value, f"be a whole number{bounds}", _number_way_out(shape))]
    if _outside(number, shape.minimum, shape.maximum):
        return None, [_fault(path, value, f"be a whole number{bounds}", _number_way_out(shape))]
    return int(number), []


def _read_number(
    shape: Number, value: object, path: str, _opaque: Opaque
) -> tuple[Any, list[Fault]]:
    number = as_decimal(value)
    if number is None or _outside(number, shape.minimum, shape.maximum):
        rule = f"be a number{_bounds(shape.minimum, shape.maximum)}"
        return None, [_fault(path, value, rule, _number_way_out(shape))]
    return float(number), []


def _read_boolean(
    _shape: Boolean, value: object, path: str, _opaque: Opaque
) -> tuple[Any, list[Fault]]:
    if isinstance(value, bool):
        return value, []
    known = {"true": True, "false": False}
    if isinstance(value, str) and value.lower() in known:
        return known[value.lower()], []
    return None, [_fault(path, value, "be true or false", "Give true or false, or leave it out.")]


def _read_listing(
    shape: Listing, value: object, path: str, opaque: Opaque
) -> tuple[Any, list[Fault]]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        example = [value] if isinstance(value, str) else "a list of values"
        return None, [_fault(path, value, "be a list", f"Give {example}.")]
    result: list[Any] = []
    faults: list[Fault] = []
    if shape.max_items is not None and len(value) > shape.max_items:
        rule = f"have at most {shape.max_items} items (it has {len(value)})"
        faults.append(_fault(path, value, rule, "Leave some out."))
    for number, item in enumerate(value):
        converted, item_faults = read(shape.item, item, path=f"{path}.{number}", opaque=opaque)
        faults += item_faults
        if converted is not None:
            result.append(converted)
    return result, faults


def _read_dictionary(
    shape: Dictionary, value: object, path: str, opaque: Opaque
) -> tuple[Any, list[Fault]]:
    if not isinstance(value, Mapping):
        return None, [_fault(path, value, "be a map", f"Give {shape.means}.")]
    result: dict[str, Any] = {}
    faults: list[Fault] = []
    if shape.max_entries is not None and len(value) > shape.max_entries:
        rule = f"have at most {shape.max_entries} entries (it has {len(value)})"
        faults.append(_fault(path, value, rule, "Leave some out."))
    for key, item in value.items():
        _, key_faults = read(shape.key, key, path=f"{path} (the key)", opaque=opaque)
        converted, item_faults = read(shape.value, item, path=f"{path}.{key}", opaque=opaque)
        faults += key_faults + item_faults
        if converted is not None:
            result[key] = converted
    return result, faults


def _read_structure(
    shape: Structure, value: object, path: str, opaque: Opaque
) -> tuple[Any, list[Fault]]:
    if not isinstance(value, Mapping):
        return None, [_fault(path, value, "be a structure", "Give an object with named members.")]
    by_property = {cloudformation_name(member): member for member in shape.members}
    result: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, item in value.items():
        where = f"{path}.{name}" if path else str(name)
        member = by_property.get(name)
        if member is None:
            faults.append(_unknown_property(where, str(name), item, by_property))
            continue
        converted, found = read(shape.members[member], item, path=where, opaque=opaque)
        faults += found
        # A faulty member is left out, so that rules across members still judge the others.
        if converted is not None:
            result[member] = converted
    given = {by_property.get(name) for name in value}
    for member in sorted(shape.required - given):
        name = cloudformation_name(member)
        where = f"{path}.{name}" if path else name
        faults.append(_fault(where, None, "be given", f"Add {name}."))
    return result, faults


def _unknown_property(where: str, name: str, value: object, known: Mapping[str, str]) -> Fault:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {close[0]}?" if close else f"Known here: {', '.join(sorted(known))}."
    return _fault(where, value, "be a property of this resource", hint)


_READERS: Mapping[type, Callable[..., tuple[Any, list[Fault]]]] = {
    Text: _read_text,
    Integer: _read_integer,
    Number: _read_number,
    Boolean: _read_boolean,
    Listing: _read_listing,
    Dictionary: _read_dictionary,
    Structure: _read_structure,
}


def as_decimal(value: object) -> Decimal | None:
    """A finite number from a number or its text; None for anything else, booleans included.

    Python takes more for a number than the service does ("1_000", digits of other scripts, an
    exponent with which no integer would fit into memory), so the text is looked at first.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    return number if abs(number) <= _LARGEST else None


def _outside(number: Decimal, minimum: float | None, maximum: float | None) -> bool:
    # Through str, so that 0.1 means a tenth and not the nearest binary fraction.
    below = minimum is not None and number < Decimal(str(minimum))
    return below or (maximum is not None and number > Decimal(str(maximum)))


def _bounds(minimum: float | None, maximum: float | None) -> str:
    if minimum is not None and maximum is not None:
        return f" from {minimum} to {maximum}"
    if minimum is not None:
        return f" of at least {minimum}"
    return "" if maximum is None else f" of at most {maximum}"


def _number_way_out(shape: Integer | Number) -> str:
    bounds = _bounds(shape.minimum, shape.maximum)
    return (
        f"Give a {'whole ' if isinstance(shape, Integer) else ''}number{bounds}, or leave it out."
    )


def _fault(path: str, value: object, rule: str, way_out: str) -> Fault:
    return Fault(property=path, value=value, rule=rule, way_out=way_out)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"
