"""Calls: counted by direction and period, once; tickets opened by topic or branch."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.reporting import record_call_items
from ioc.calls.model import Call, CallDirection
from ioc.calls.service import calls_by_branch, record_calls
from ioc.calls.upkeep import drop_calls, recount
from ioc.centre import Centre
from ioc.intake import IntakeStatus
from ioc.overview import figures
from ioc.reports.model import ReportState, Wanted
from ioc.reports.service import find_case, search
from ioc.reports.upkeep import recount as recount_reports

AT = datetime(2021, 10, 3, 5, 0, tzinfo=UTC)
CALL = Call("c-1", "19001075", "1", CallDirection.IN, AT, "travel")


def an_item(number: int = 1, **changes: object) -> dict:
    item = {
        "id": f"c-{number}",
        "line": "1900 1075",
        "branch": "1",
        "direction": "in",
        "at": "2021-10-03T12:00:00+07:00",
        "topic": "travel",
    }
    return {k: v for k, v in (item | changes).items() if v is not None}


def test_calls_are_counted_by_direction_and_from_the_day_the_city_says(centre: Centre) -> None:
    before = replace(CALL, id="old", at=datetime(2021, 4, 30, 16, 59, tzinfo=UTC))
    first = replace(CALL, id="first", at=datetime(2021, 4, 30, 17, 0, tzinfo=UTC))
    out = replace(CALL, id="out", direction=CallDirection.OUT)
    record_calls(centre, "pbx", [CALL, before, first, out, replace(CALL, id="c-2")])
    values = figures(centre).values
    assert values["calls_total"] == 4
    assert (values["calls_in_total"], values["calls_out_total"]) == (3, 1)
    day = timedelta(days=1)
    by = [(r.branch, r.direction.value, r.n) for r in calls_by_branch(centre, AT - day, AT + day)]
    assert by == [("1", "in", 2), ("1", "out", 1)]
    assert recount(centre) == []


def test_a_call_opens_a_ticket_by_its_topic_or_its_branch(centre: Centre) -> None:
    ticket = {"description": "Xin giấy qua chốt", "reporter": {"phone": "0905123456"}}
    items = [
        an_item(1, ticket=ticket),
        an_item(2, topic="khác", ticket=ticket),
        an_item(3, branch="0", ticket={**ticket, "service": "noise", "address": "P. Tây Lộc"}),
        an_item(4),
    ]
    for _ in range(2):
        results = record_call_items(centre, "pbx", items)
    assert [result["status"] for result in results] == ["repeated"] * 4
    opened = search(centre, Wanted())
    assert sorted((case.report.service, case.agency) for case in opened) == [
        ("hotline-health", "cdc"),
        ("hotline-travel", "so-gtvt"),
        ("noise", "19750-2021"),
    ]
    about = an_item(5, ticket=opened[0].ref, direction="out")
    assert record_call_items(centre, "pbx", [about])[0]["status"] == "recorded"
    assert find_case(centre, opened[0].ref).state is ReportState.RECEIVED
    assert figures(centre).values["calls_total"] == 5
    assert recount(centre) + recount_reports(centre) == []


WRONG = (
    ({"line": "115"}, "line"),
    ({"line": "abc"}, "line"),
    ({"branch": "9"}, "branch"),
    ({"direction": "both"}, "direction"),
    ({"direction": None}, "direction"),
    ({"at": "2021-10-03T12:00:00"}, "at"),
    ({"at": "2021-10-05T12:00:00+07:00"}, "at"),
    ({"topic": ""}, "topic"),
    ({"ticket": "0" * 32}, "ticket"),
    ({"branch": None, "topic": "khác", "ticket": {}}, "ticket.service"),
    ({"ticket": {"service": "garbage"}}, "ticket.attribute[what]"),
    ({"ticket": {"lat": 16.4}}, "ticket.lon"),
    ({"caller": "0905123456"}, "caller"),
)


def test_a_call_that_cannot_be_is_refused_by_field_and_the_others_go_in(centre: Centre) -> None:
    items = [an_item(n, **changes) for n, (changes, _) in enumerate(WRONG)]
    results = record_call_items(centre, "pbx", [*items, an_item(100)])
    for result, (changes, field) in zip(results, WRONG, strict=False):
        assert result["status"] == "refused", changes
        # Of a value that may be a text or an object, the fault names which it was taken for.
        assert result["why"].startswith(field), (changes, result["why"])
    assert results[-1]["status"] == "recorded"
    assert figures(centre).values["calls_total"] == 1


def test_however_calls_come_they_count_once(centre: Centre) -> None:
    calls = [
        replace(CALL, id=f"c-{n}", direction=list(CallDirection)[n % 2], at=AT + n * AT.resolution)
        for n in range(12)
    ]
    sent: set[str] = set()

    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.lists(st.sampled_from(calls), max_size=20))
    def send(batch: list[Call]) -> None:
        receipts = record_calls(centre, "pbx", batch)
        assert not [one for one in receipts if one.status is IntakeStatus.REFUSED]
        sent.update(call.id for call in batch)
        assert figures(centre).values["calls_total"] == len(sent)

    send()
    assert recount(centre) == []


def test_calls_are_deleted_on_their_day_and_their_counts_stay(centre: Centre, clock) -> None:
    record_calls(centre, "pbx", [CALL])
    clock.advance(days=400)
    assert drop_calls(centre, clock.at - timedelta(days=365)) == 1
    assert figures(centre).values["calls_total"] == 1
    assert recount(centre) == []
