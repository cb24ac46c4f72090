"""Properties are checked, and turned from CloudFormation's strings into the service's types."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_provider.schema import (
    Boolean,
    Dictionary,
    Fault,
    Integer,
    Listing,
    Number,
    Shape,
    Structure,
    Text,
    as_decimal,
    cloudformation_name,
    read,
)

LETTERS = Text(min_length=2, max_length=4, pattern="^[a-z]*", means="two to four letters")
ADDRESS = Structure(
    members={
        "streetName": LETTERS,
        "number": Integer(minimum=1),
        "share": Number(minimum=0, maximum=1),
        "isFlat": Boolean(),
        "extras": Dictionary(key=Text(max_length=3), value=Number(maximum=9), max_entries=2),
        "names": Listing(item=LETTERS, max_items=2),
    },
    required=frozenset({"streetName"}),
)


@pytest.mark.parametrize(
    ("shape", "given", "meant"),
    [
        (LETTERS, "ab", "ab"),
        (LETTERS, "abcd", "abcd"),
        (Text(), "", ""),
        (Text(choices=("A", "B")), "B", "B"),
        (Integer(), "0", 0),
        (Integer(minimum=1), "1", 1),
        (Integer(minimum=1), 1, 1),
        (Integer(), "-3", -3),
        (Integer(), "25.0", 25),
        (Integer(), 25.0, 25),
        (Integer(), "2147483647", 2_147_483_647),
        (Number(minimum=0, maximum=1), "0", 0.0),
        (Number(minimum=0, maximum=1), "1.0", 1.0),
        (Number(minimum=0.1), "0.1", 0.1),
        (Number(), "3e-2", 0.03),
        (Number(), 0.3, 0.3),
        (Listing(item=LETTERS), [], []),
        (Listing(item=LETTERS, max_items=2), ["ab", "cd"], ["ab", "cd"]),
        (Listing(item=Text()), ("b", "a"), ["b", "a"]),
        (Boolean(), "true", True),
        (Boolean(), "false", False),
        (Boolean(), "True", True),
        (Boolean(), False, False),
        (Dictionary(key=Text(), value=Text()), {}, {}),
        (Dictionary(key=Text(), value=Number()), {"a": "0.5"}, {"a": 0.5}),
        (ADDRESS, {"StreetName": "ab"}, {"streetName": "ab"}),
        (
            ADDRESS,
            {"StreetName": "ab", "Number": "7", "IsFlat": "true", "Extras": {"x": "9"}},
            {"streetName": "ab", "number": 7, "isFlat": True, "extras": {"x": 9.0}},
        ),
    ],
)
def test_a_good_value_is_read_into_the_services_type(
    shape: Shape, given: object, meant: object
) -> None:
    value, faults = read(shape, given, path="P")
    assert (value, type(value), faults) == (meant, type(meant), [])


@pytest.mark.parametrize(
    ("shape", "given", "rule"),
    [
        (LETTERS, "a", "have at least 2 character(s)"),
        (LETTERS, "abcde", "have at most 4 characters (it has 5)"),
        (LETTERS, "AB", "match ^[a-z]*"),
        (LETTERS, "ab\n", "match ^[a-z]*"),
        (LETTERS, 12, "be a string"),
        (LETTERS, ["ab"], "be a string"),
        (Text(choices=("A", "B")), "a", "be one of A, B"),
        (Integer(minimum=1), "0", "be a whole number of at least 1"),
        (Integer(maximum=3), "4", "be a whole number of at most 3"),
        (Integer(minimum=1, maximum=3), "1.5", "be a whole number from 1 to 3"),
        (Integer(), "", "be a whole number"),
        (Integer(), "two", "be a whole number"),
        (Integer(), "NaN", "be a whole number"),
        (Integer(), "-Infinity", "be a whole number"),
        (Integer(), "true", "be a whole number"),
        (Integer(), True, "be a whole number"),
        (Integer(), None, "be a whole number"),
        (Integer(), {"a": "1"}, "be a whole number"),
        (Number(minimum=0, maximum=1), "1.0000000000000000000001", "be a number from 0 to 1"),
        (Number(minimum=0, maximum=1), "-0.1", "be a number from 0 to 1"),
        (Number(), "inf", "be a number"),
        (Number(), False, "be a number"),
        (Boolean(), "yes", "be true or false"),
        (Boolean(), "1", "be true or false"),
        (Boolean(), 1, "be true or false"),
        (Dictionary(key=Text(), value=Text()), "a=b", "be a map"),
        (Dictionary(key=Text(), value=Text()), ["a"], "be a map"),
        (ADDRESS, "street", "be a structure"),
    ],
)
def test_a_bad_value_is_refused_with_its_rule(shape: Shape, given: object, rule: str) -> None:
    value, (fault,) = read(shape, given, path="Where")
    assert value is None
    assert (fault.property, fault.value, fault.rule) == ("Where", given, rule)
    assert fault.way_out


@pytest.mark.parametrize("text", ["1e400", "1e99999999999", "1_000", "٣", "0x10", "1,5", "1 0"])
def test_what_only_python_takes_for_a_number_is_none(text: str) -> None:
    assert as_decimal(text) is None
    assert read(Integer(), text)[1]


def test_every_fault_is_reported_at_once() -> None:
    value, faults = read(
        ADDRESS,
        {
            "StretName": "ab",
            "Number": "0",
            "Share": "2",
            "IsFlat": "maybe",
            "Extras": {"long": "1", "b": "10", "c": "x"},
        },
    )
    assert [fault.property for fault in faults] == [
        "StretName",
        "Number",
        "Share",
        "IsFlat",
        "Extras",
        "Extras (the key)",
        "Extras.b",
        "Extras.c",
        "StreetName",
    ]
    assert value == {"extras": {"long": 1.0}}


def test_an_unknown_property_names_the_one_that_may_have_been_meant() -> None:
    _, faults = read(ADDRESS, {"StretName": "ab", "StreetName": "ab"})
    assert [str(fault) for fault in faults] == [
        "StretName is 'ab': it must be a property of this resource. Did you mean StreetName?"
    ]


def test_an_unknown_property_that_resembles_none_lists_the_known_ones() -> None:
    _, (fault,) = read(ADDRESS, {"StreetName": "ab", "Quux": "1"}, path="Home")
    assert fault.property == "Home.Quux"
    assert fault.way_out == "Known here: Extras, IsFlat, Names, Number, Share, StreetName."


def test_the_services_own_spelling_is_pointed_to_cloudformations() -> None:
    _, faults = read(ADDRESS, {"streetName": "ab"})
    assert [fault.way_out for fault in faults] == [
        "Did you mean StreetName?",
        "Add StreetName.",
    ]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            Fault(property="A.B", value="x", rule="be y", way_out="Give y."),
            "A.B is 'x': it must be y. Give y.",
        ),
        (
            Fault(property="A", value=None, rule="be given", way_out="Add A."),
            "A is missing: it must be given. Add A.",
        ),
        (
            Fault(property="A", value="two\nlines", rule="match b", way_out="Give b."),
            r"A is 'two\nlines': it must match b. Give b.",
        ),
    ],
)
def test_a_fault_says_property_value_rule_and_way_out(fault: Fault, message: str) -> None:
    assert str(fault) == message


def test_a_long_value_is_shown_by_its_head() -> None:
    message = str(Fault(property="A", value="x" * 5000, rule="be short", way_out="Cut it."))
    assert message.startswith("A is 'xxx")
    assert "x…: it must be short. Cut it." in message
    assert len(message) < 150


class Token:
    """A value that is not known yet."""


def is_token(value: object) -> bool:
    return isinstance(value, Token) or (isinstance(value, str) and "${Token" in value)


@pytest.mark.parametrize("shape", [LETTERS, Integer(), Number(), Boolean(), ADDRESS])
def test_an_opaque_value_is_left_alone(shape: Shape) -> None:
    token = Token()
    assert read(shape, token, opaque=is_token) == (token, [])


def test_opaque_values_inside_pass_and_the_others_are_checked() -> None:
    token = Token()
    value, faults = read(
        ADDRESS,
        {"StreetName": "${Token[X.1]}", "Number": token, "Extras": {"a": token, "b": "x"}},
        opaque=is_token,
    )
    assert [fault.property for fault in faults] == ["Extras.b"]
    assert value == {"streetName": "${Token[X.1]}", "number": token, "extras": {"a": token}}


@pytest.mark.parametrize(
    ("member", "name"),
    [("name", "Name"), ("minProvisionedTPS", "MinProvisionedTPS"), ("", ""), ("s3X", "S3X")],
)
def test_a_member_is_spelt_as_cloudformation_does(member: str, name: str) -> None:
    assert cloudformation_name(member) == name


def stringified(value: Any) -> Any:
    """A value as it arrives: numbers and booleans as strings, maps keep their shape."""
    if isinstance(value, dict):
        return {key: stringified(item) for key, item in value.items()}
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


ADDRESSES = st.fixed_dictionaries(
    {"streetName": st.text("abc", min_size=2, max_size=4)},
    optional={
        "number": st.integers(1, 2**31 - 1),
        "share": st.floats(0, 1),
        "isFlat": st.booleans(),
        "extras": st.dictionaries(
            st.text(max_size=3), st.floats(max_value=9, allow_infinity=False), max_size=2
        ).filter(lambda extras: all(abs(value) < 1e30 for value in extras.values())),
    },
)


@given(ADDRESSES)
def test_what_cloudformation_stringifies_is_read_back(address: dict[str, Any]) -> None:
    sent = {cloudformation_name(member): stringified(item) for member, item in address.items()}
    assert read(ADDRESS, sent) == (address, [])


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
ANYTHING = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(), SCALARS, max_size=3)
ALMOST = st.dictionaries(
    st.sampled_from(["StreetName", "Number", "Share", "IsFlat", "Extras"]) | st.text(),
    ANYTHING,
    max_size=5,
)


@given(ANYTHING | ALMOST)
def test_whatever_is_given_is_read_or_refused_but_never_breaks(value: object) -> None:
    read_value, faults = read(ADDRESS, value)
    assert faults or read_value is not None
    for fault in faults:
        assert len(str(fault).splitlines()) == 1


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-1e20, max_value=1e20))
def test_a_decimal_survives_its_text(number: Decimal) -> None:
    assert as_decimal(str(number)) == number
    assert as_decimal(f" {number} ") == number


@pytest.mark.parametrize(
    ("length", "shown"), [(78, "'" + "x" * 78 + "'"), (79, "'" + "x" * 78 + "…")]
)
def test_eighty_characters_of_a_value_are_shown(length: int, shown: str) -> None:
    message = str(Fault(property="A", value="x" * length, rule="be short", way_out="Cut it."))
    assert message == f"A is {shown}: it must be short. Cut it."


def test_a_map_with_too_many_entries_is_told_how_many_it_may_have() -> None:
    given = {"a": "1", "b": "2", "c": "3"}
    value, faults = read(ADDRESS.members["extras"], given, path="Extras")
    assert value == {"a": 1.0, "b": 2.0, "c": 3.0}
    assert faults == [
        Fault(
            property="Extras",
            value=given,
            rule="have at most 2 entries (it has 3)",
            way_out="Leave some out.",
        )
    ]


def test_a_key_that_is_not_known_yet_is_left_alone() -> None:
    given = {"${Token[KEY.1]}": "1"}
    assert read(ADDRESS.members["extras"], given, opaque=is_token) == ({"${Token[KEY.1]}": 1}, [])


def test_a_property_that_can_not_be_printed_is_shown_in_escapes() -> None:
    message = str(Fault(property="A\nB", value="x", rule="be y", way_out="Give y."))
    assert message == r"'A\nB' is 'x': it must be y. Give y."


def test_the_largest_number_is_the_largest_that_the_service_can_hold() -> None:
    largest = "1.7976931348623157e+308"
    assert as_decimal(largest) == Decimal(largest)
    assert as_decimal("1.7976931348623158e+308") is None


def test_what_only_looks_like_a_number_is_none() -> None:
    assert as_decimal(Fraction(5)) is None


def test_a_dictionary_that_says_no_more_asks_for_a_map_of_keys_to_values() -> None:
    _, (fault,) = read(Dictionary(key=Text(), value=Text()), "x", path="Any")
    assert str(fault) == "Any is 'x': it must be a map. Give a map of keys to values."
