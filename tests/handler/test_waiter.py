"""A request is one execution; newer ones supersede older ones; looks come at the right time."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.given import (
    ACCOUNT,
    CAMPAIGN,
    FUNCTION,
    JOB,
    SIGNED_AT_S,
    STATE_MACHINE,
    date,
    event,
    request,
    response_url,
)
from handler.services import stubbed
from personalize_provider import names
from personalize_provider.calls import PassingError, ServiceError
from personalize_provider.event import Request, parse
from personalize_provider.waiter import (
    Execution,
    Executions,
    Others,
    execution_name,
    follow_up_name,
    next_look,
    next_try,
    start,
    start_follow_up,
)

# --- when to look ------------------------------------------------------------------------------


DRAWS = st.floats(0, 1, exclude_max=True)
ALMOST_1 = 0.999_999


@pytest.mark.parametrize(
    ("elapsed_s", "longest_s", "shortest_s"),
    [
        (0, 5, 1),
        (-3, 5, 1),
        (1, 5, 4),
        (500, 5, 4),
        (599, 5, 4),
        (600, 6, 5),
        (1800, 18, 15),
        (3540, 35, 30),
        (6000, 60, 51),
        (1e6, 60, 51),
    ],
)
def test_the_next_look_comes_within_a_hundredth_of_the_time_waited(
    elapsed_s: float, longest_s: int, shortest_s: int
) -> None:
    draws = (0.0, ALMOST_1) if elapsed_s >= 1 else (ALMOST_1, 0.0)
    assert tuple(next_look(elapsed_s, draw) for draw in draws) == (longest_s, shortest_s)


@given(st.floats(0, 1e9), DRAWS)
def test_a_look_is_due_in_1_to_60_seconds(elapsed_s: float, draw: float) -> None:
    wait_s = next_look(elapsed_s, draw)
    assert isinstance(wait_s, int)
    assert 1 <= wait_s <= 60
    assert wait_s <= max(5, elapsed_s / 100)


@given(st.floats(1, 1e9), st.floats(1, 1e9), DRAWS)
def test_who_has_waited_longer_is_looked_at_no_more_often(
    one_s: float, other_s: float, draw: float
) -> None:
    sooner, later = sorted((one_s, other_s))
    assert next_look(sooner, draw) <= next_look(later, draw)


@given(st.floats(1, 1e9), DRAWS, DRAWS)
def test_jitter_only_shortens_a_wait_and_by_a_sixth_at_most(
    elapsed_s: float, one: float, other: float
) -> None:
    few, many = sorted((one, other))
    assert next_look(elapsed_s, many) <= next_look(elapsed_s, few) <= next_look(elapsed_s, 0)
    assert next_look(elapsed_s, many) >= 0.8 * next_look(elapsed_s, 0)


def test_the_first_looks_of_many_are_spread_over_the_first_seconds() -> None:
    draws = [names.draw(f"request-{number}", "1738555506") for number in range(500)]
    firsts = [next_look(0, draw) for draw in draws]
    assert set(firsts) == {1, 2, 3, 4, 5}
    assert max(firsts.count(second) for second in range(1, 6)) < 140


def test_tries_come_less_and_less_often() -> None:
    assert [next_try(troubles, 0) for troubles in range(8)] == [5, 5, 10, 20, 40, 60, 60, 60]
    assert [next_try(troubles, ALMOST_1) for troubles in range(8)] == [3, 3, 6, 11, 21, 31, 31, 31]


@given(st.integers(0, 10_000), DRAWS)
def test_however_often_it_failed_the_next_try_is_near(troubles: int, draw: float) -> None:
    assert 3 <= next_try(troubles, draw) <= next_try(troubles + 1, draw) <= 60


# --- names and order ---------------------------------------------------------------------------


def at(seconds: float, request_type: str = "Update", **changes: Any) -> Request:
    """A request signed so many seconds after the first."""
    url = response_url(date(SIGNED_AT_S + seconds))
    named = {"RequestId": f"{request_type} at {seconds}", "ResponseURL": url}
    return request(request_type, **{**named, **changes})


def arn_of(made: Request) -> str:
    machine = STATE_MACHINE.rsplit(":", 1)[-1]
    return f"arn:aws:states:eu-west-1:{ACCOUNT}:execution:{machine}:{execution_name(made)}"


def execution(made: Request) -> Execution:
    target, order, unique = execution_name(made).split("-")[2:]
    return Execution(arn=arn_of(made), target=target, order=order, unique=unique)


def test_a_second_delivery_has_the_name_of_the_first() -> None:
    assert execution_name(at(0)) == execution_name(at(0))
    assert execution_name(at(0)) != execution_name(at(0, RequestId="another"))


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (at(0), at(1)),
        (at(0, "Delete"), at(1, "Create")),
        (at(5, "Create"), at(5, "Update")),
        (at(5, "Update"), at(5, "Delete")),
        (at(99), at(100)),
        (at(9_999_999), at(10_000_000)),
    ],
)
def test_the_time_of_signing_orders_requests_and_rank_breaks_a_tie(
    older: Request, newer: Request
) -> None:
    assert execution(newer).is_newer_than(execution(older))
    assert not execution(older).is_newer_than(execution(newer))


TYPES = st.sampled_from(["Create", "Update", "Delete"])
REQUESTS = st.builds(
    lambda seconds, request_type, number: at(seconds, request_type, RequestId=number),
    st.integers(0, 5),
    TYPES,
    st.uuids().map(str),
)


@given(st.lists(REQUESTS, min_size=2, max_size=5, unique_by=lambda each: each.request_id))
def test_of_any_two_requests_one_is_newer(made: list[Request]) -> None:
    ordered = sorted((execution(each) for each in made), key=lambda each: (each.order, each.unique))
    for position, one in enumerate(ordered):
        assert not one.is_newer_than(one)
        for other in ordered[position + 1 :]:
            assert other.is_newer_than(one)
            assert not one.is_newer_than(other)


ARN = names.arn(request(), names.resource_name(request()))
OLD_ARN = names.arn(request(), "old-name")


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        # about the same ARN
        (at(0, "Create"), at(1, "Update"), True),
        (at(0, "Create"), at(1, "Delete", PhysicalResourceId=ARN), True),
        # a Delete of a replaced resource leaves the others alone
        (at(0, "Update"), at(1, "Delete", PhysicalResourceId=OLD_ARN), False),
        (
            at(0, "Delete", PhysicalResourceId=ARN),
            at(1, "Delete", PhysicalResourceId=OLD_ARN),
            False,
        ),
        # an invented id: it is about whatever is under way
        (at(0, "Create"), at(1, "Delete", PhysicalResourceId="shop-Campaign-1A2B"), True),
        (
            at(0, "Delete", PhysicalResourceId=OLD_ARN),
            at(1, "Delete", PhysicalResourceId="not-created:1"),
            True,
        ),
        # creates and updates are about the resource, whatever its name
        (
            at(0, "Update", properties={"Name": "one"}),
            at(1, "Update", properties={"Name": "two"}),
            True,
        ),
        (at(0, "Create", kind=JOB), at(1, "Update", kind=JOB), True),
    ],
)
def test_requests_of_one_resource_meet_or_leave_each_other_alone(
    one: Request, other: Request, meet: bool
) -> None:
    assert execution(one).concerns(execution(other)) is meet
    assert execution(other).concerns(execution(one)) is meet


def test_a_name_is_spelt_as_running_executions_of_older_code_are() -> None:
    made = at(0, "Delete", PhysicalResourceId="shop-Campaign-1A2B")
    resource = names.digest(made.stack_id, made.logical_id, length=12)
    unique = names.digest(made.request_id, length=12)
    expected = f"Campaign7A1B2C3D-{resource}-00000000-00{SIGNED_AT_S}3-{unique}"
    assert execution_name(made) == expected


def test_the_head_of_a_name_is_the_logical_ids_letters_and_digits() -> None:
    made = at(0, LogicalResourceId="Löng-" + "Campaign" * 9)
    assert execution_name(made).startswith("LngCampaignCampaignCam-")


# --- starting ----------------------------------------------------------------------------------


def started(client: Any, sent: dict[str, Any]) -> None:
    made = parse(sent, now_s=0)
    start(client, STATE_MACHINE, FUNCTION, {**sent, "CrHelperPoll": True}, made)


@pytest.mark.parametrize(
    ("request_type", "deadline"),
    [
        ("Create", "2025-02-03T04:55:06Z"),
        # Whether it is a rollback, which may go on past `timeout`, is not known yet.
        ("Update", "2025-02-03T05:04:06Z"),
        ("Delete", "2025-02-03T05:04:06Z"),
    ],
)
def test_the_execution_carries_all_that_its_ticks_need(request_type: str, deadline: str) -> None:
    sent = event(request_type)
    state = {
        "version": 1,
        "function_arn": FUNCTION,
        "accepted_at_s": SIGNED_AT_S,
        "deadline": deadline,
        "event": {**sent, "CrHelperPoll": True},
        "next": {"wait_s": 0, "done": False, "memo": {}},
    }
    with stubbed("stepfunctions") as (client, stubber):
        stubber.add_response(
            "start_execution",
            {"executionArn": arn_of(request(request_type)), "startDate": SIGNED_AT_S},
            {
                "stateMachineArn": STATE_MACHINE,
                "name": execution_name(request(request_type)),
                "input": json.dumps(state),
            },
        )
        started(client, sent)


def test_an_execution_of_that_name_already_is_success() -> None:
    with stubbed("stepfunctions") as (client, stubber):
        stubber.add_client_error("start_execution", "ExecutionAlreadyExists", "it exists", 400)
        started(client, event())


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("ThrottlingException", 400, PassingError),
        ("ServiceUnavailable", 503, PassingError),
        ("StateMachineDoesNotExist", 400, ServiceError),
        ("AccessDeniedException", 400, ServiceError),
    ],
)
def test_an_execution_that_did_not_start_is_told(
    code: str, status: int, kind: type[ServiceError]
) -> None:
    with stubbed("stepfunctions") as (client, stubber):
        stubber.add_client_error("start_execution", code, "no", status)
        with pytest.raises(kind, match=code):
            started(client, event())


def test_an_event_of_the_longest_kind_fits_into_an_executions_input() -> None:
    exploration = {f"{number:03}" + "k" * 253: "v" * 1000 for number in range(100)}
    sent = event(
        "Update",
        properties={"CampaignConfig": {"ItemExplorationConfig": exploration}},
        LogicalResourceId="L" * 255,
    )
    # Step Functions' limit for an execution's input, in bytes.
    assert len(json.dumps(sent)) * 1.5 < 262_144


# --- others of the same resource ---------------------------------------------------------------


def moment(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, tz=UTC)


def listed(*made: Request) -> list[dict[str, Any]]:
    return [
        {
            "executionArn": arn_of(each),
            "stateMachineArn": STATE_MACHINE,
            "name": execution_name(each),
            "status": "RUNNING",
            "startDate": moment(SIGNED_AT_S),
        }
        for each in made
    ]


def rivals(
    mine: Request, *pages: list[dict[str, Any]], ended: bool = False
) -> tuple[bool, tuple[str, ...]]:
    """Whether there is a newer one, and the older ones, where none is of the same second."""
    found = others(mine, *pages, ended=ended)
    assert not found.level
    return found.newer, found.older


def others(mine: Request, *pages: list[dict[str, Any]], ended: bool = False) -> Others:
    with stubbed("stepfunctions") as (client, stubber):
        which = {} if ended else {"statusFilter": "RUNNING"}
        asked = {"stateMachineArn": STATE_MACHINE, "maxResults": 1000, **which}
        for number, page in enumerate(pages):
            more = {"nextToken": f"page {number + 1}"} if number < len(pages) - 1 else {}
            token = {"nextToken": f"page {number}"} if number else {}
            stubber.add_response("list_executions", {"executions": page, **more}, asked | token)
        found = Executions(client, STATE_MACHINE, mine).rivals(ended=ended)
        stubber.assert_no_pending_responses()
        return found


def test_a_request_alone_has_no_rivals() -> None:
    assert rivals(at(0), []) == (False, ())
    assert rivals(at(0), listed(at(0))) == (False, ())


def test_older_ones_are_to_be_stopped_and_a_newer_one_takes_over() -> None:
    older, mine, newer = at(0, "Create"), at(1), at(2)
    assert rivals(mine, listed(older, mine)) == (False, (arn_of(older),))
    assert rivals(mine, listed(mine, newer)) == (True, ())
    assert rivals(mine, listed(newer, older)) == (True, (arn_of(older),))


def test_rivals_are_found_on_every_page() -> None:
    first, second, mine = at(0, "Create"), at(1), at(2)
    pages = [listed(first), [], listed(mine, second)]
    assert rivals(mine, *pages) == (False, (arn_of(first), arn_of(second)))


def test_to_one_that_comes_late_a_newer_one_counts_though_it_has_ended() -> None:
    older, mine, newer = at(0, "Create"), at(60), at(65)
    over = [{**each, "status": "SUCCEEDED"} for each in listed(older, newer)]
    assert rivals(mine, over, ended=True) == (True, ())
    assert rivals(mine, listed(older), ended=True) == (False, (arn_of(older),))


@pytest.mark.parametrize(("before_s", "pages"), [(30, 2), (31, 1)])
def test_ended_ones_are_listed_back_to_when_the_request_was_signed(
    before_s: int, pages: int
) -> None:
    mine, newer = at(100), at(105)
    started_s = mine.signed_at_s - before_s
    first = [{**each, "startDate": moment(started_s)} for each in listed(at(0))]
    second = listed(newer)
    # Of two pages the second is asked for only if the first ends late enough; the stub for it
    # must be used up.
    with stubbed("stepfunctions") as (client, stubber):
        asked = {"stateMachineArn": STATE_MACHINE, "maxResults": 1000}
        stubber.add_response("list_executions", {"executions": first, "nextToken": "2"}, asked)
        if pages == 2:
            stubber.add_response(
                "list_executions", {"executions": second}, {**asked, "nextToken": "2"}
            )
        newer_seen = Executions(client, STATE_MACHINE, mine).rivals(ended=True).newer
        stubber.assert_no_pending_responses()
    assert newer_seen is (pages == 2)


@pytest.mark.parametrize(
    ("kind", "resource", "before_s", "follows"),
    [
        ("Update", {}, 90, True),
        ("Update", {}, 91, False),
        ("Create", {}, 10, True),
        ("Delete", {}, 10, False),
        ("Update", {"LogicalResourceId": "Another"}, 10, False),
    ],
)
@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED"])
def test_what_began_right_before_is_seen_though_it_has_ended(
    status: str, kind: str, resource: dict[str, str], before_s: float, follows: bool
) -> None:
    mine = at(100)
    started = moment(mine.signed_at_s - before_s)
    page = [
        {**each, "startDate": started, "status": status}
        for each in listed(at(100 - before_s, kind, **resource))
    ]
    page += [{**each, "startDate": moment(mine.signed_at_s)} for each in listed(mine, at(101))]
    with stubbed("stepfunctions") as (client, stubber):
        asked = {"stateMachineArn": STATE_MACHINE, "maxResults": 1000}
        stubber.add_response("list_executions", {"executions": page}, asked)
        assert Executions(client, STATE_MACHINE, mine).follows_closely(90) is follows


def test_other_resources_and_strange_names_are_none_of_its_business() -> None:
    mine = at(5)
    others = [
        at(0, LogicalResourceId="Campaign7A1B2C3D2"),
        at(0, LogicalResourceId="Campaign7A1B2C3"),
        at(9, StackId=mine.stack_id.replace("1d0c", "2d0c")),
        at(9, kind=JOB, LogicalResourceId="Job"),
    ]
    strange = [
        {**each, "name": name} for each in listed(at(0)) for name in ("by-hand", "a-b-c-d-e")
    ]
    assert rivals(mine, listed(*others) + strange) == (False, ())


def test_a_delete_of_what_was_replaced_stops_nobody() -> None:
    update = at(0)
    cleanup = at(5, "Delete", PhysicalResourceId=OLD_ARN)
    assert rivals(cleanup, listed(update, cleanup)) == (False, ())
    assert rivals(update, listed(update, cleanup)) == (False, ())


def test_stopping_names_the_request_that_took_over() -> None:
    older, mine = at(0), at(1)
    with stubbed("stepfunctions") as (client, stubber):
        stubber.add_response(
            "stop_execution",
            {"stopDate": SIGNED_AT_S},
            {
                "executionArn": arn_of(older),
                "error": "Superseded",
                "cause": f"by {execution_name(mine)}",
            },
        )
        Executions(client, STATE_MACHINE, mine).stop(arn_of(older))


def test_an_execution_that_has_ended_need_not_be_stopped() -> None:
    with stubbed("stepfunctions") as (client, stubber):
        stubber.add_client_error("stop_execution", "ExecutionDoesNotExist", "gone", 400)
        Executions(client, STATE_MACHINE, at(1)).stop(arn_of(at(0)))


def test_an_execution_that_can_not_be_stopped_is_told() -> None:
    with stubbed("stepfunctions") as (client, stubber):
        stubber.add_client_error("stop_execution", "AccessDeniedException", "no", 400)
        with pytest.raises(ServiceError, match="AccessDenied"):
            Executions(client, STATE_MACHINE, at(1)).stop(arn_of(at(0)))


@pytest.mark.parametrize("kind", [CAMPAIGN, JOB])
@pytest.mark.parametrize("logical_id", ["L" * 255, "A"])
def test_a_logical_id_of_any_length_finds_its_own_executions(kind: str, logical_id: str) -> None:
    older, mine = (at(each, kind=kind, LogicalResourceId=logical_id) for each in (0, 1))
    assert rivals(mine, listed(older, mine)) == (False, (arn_of(older),))


def test_why_an_execution_could_not_be_stopped_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="personalize_provider")
    with stubbed("stepfunctions") as (client, stubber):
        stubber.add_client_error("stop_execution", "ExecutionDoesNotExist", "it is 100 % gone", 400)
        Executions(client, STATE_MACHINE, at(1)).stop(arn_of(at(0)))
    (record,) = (each for each in caplog.records if each.name == "personalize_provider.waiter")
    assert "ExecutionDoesNotExist" in record.getMessage()
    assert record.getMessage().endswith("it is 100 % gone")


def test_a_name_with_three_parts_is_not_yet_one_of_the_resource() -> None:
    by_hand = [{**each, "name": "a-b-c"} for each in listed(at(0))]
    assert rivals(at(5), by_hand) == (False, ())


def test_a_delete_stops_an_older_request_about_its_arn_and_no_other() -> None:
    create, delete = at(0, "Create"), at(1, "Delete", PhysicalResourceId=ARN)
    other = at(0, "Delete", PhysicalResourceId=OLD_ARN)
    assert rivals(delete, listed(create, other, delete)) == (False, (arn_of(create),))


def test_an_execution_runs_unless_it_is_said_to_have_ended() -> None:
    assert Execution(arn="", target="", order="", unique="").is_running is True


# --- going on after the answer -------------------------------------------------------------------

ELSEWHERE = f"arn:aws:personalize:eu-west-1:{ACCOUNT}:batch-inference-job/shop-nightly-0a1b2c3d"


def test_a_further_execution_is_named_after_its_target_and_its_number() -> None:
    made = request(kind=JOB)
    head, _, order, unique = execution_name(made).rsplit("-", 3)
    hashed = names.digest(ELSEWHERE, length=8)
    name = follow_up_name(made, target=ELSEWHERE, number=3)
    assert name == f"{head}-{hashed}-{order}-{unique}f3"


def test_a_further_execution_starts_with_the_state_that_it_is_given() -> None:
    made = request(kind=JOB)
    state = {"version": 1, "next": {"wait_s": 5}}
    name = follow_up_name(made, target=ELSEWHERE, number=2)
    with stubbed("stepfunctions") as (client, stubber):
        stubber.add_response(
            "start_execution",
            {"executionArn": arn_of(made), "startDate": SIGNED_AT_S},
            {"stateMachineArn": STATE_MACHINE, "name": name, "input": json.dumps(state)},
        )
        start_follow_up(client, STATE_MACHINE, state, made, target=ELSEWHERE, number=2)


def test_only_running_ones_are_rivals_unless_asked_otherwise() -> None:
    with stubbed("stepfunctions") as (client, stubber):
        asked = {
            "stateMachineArn": STATE_MACHINE,
            "maxResults": 1000,
            "statusFilter": "RUNNING",
        }
        stubber.add_response("list_executions", {"executions": []}, asked)
        assert Executions(client, STATE_MACHINE, at(0)).rivals() == (False, False, ())


def test_where_nothing_was_ever_started_nothing_is_newer() -> None:
    assert rivals(at(0), [], ended=True) == (False, ())


def test_of_the_same_second_nobody_knows_who_came_first() -> None:
    """A Delete may cut into a create, or make room for another; so the create waits for its end."""
    create, delete = at(5, "Create"), at(5, "Delete", PhysicalResourceId="not-created:1")
    over = [{**each, "status": "SUCCEEDED"} for each in listed(delete)]
    assert others(create, listed(create, delete)) == (False, True, ())
    assert others(create, over, ended=True) == (False, False, ())
    assert others(delete, listed(create, delete, at(4))) == (False, False, (arn_of(at(4)),))
    assert others(create, listed(delete, at(6))) == (True, True, ())
