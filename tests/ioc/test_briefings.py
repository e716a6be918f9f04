"""The digital report: the same figures twice, versions, signatures, amendments, sent on time."""

import csv
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from io import BytesIO, StringIO
from itertools import combinations

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from ioc import audit, tally
from ioc.admin import app as admin
from ioc.alerts.model import AlertOutcome
from ioc.alerts.service import Act, Step, take_step
from ioc.briefings.edition import Edition
from ioc.briefings.export import csv_of, figures_table, xlsx_of
from ioc.briefings.model import Issue, IssueState, TamperedIssue
from ioc.briefings.page import sheet_of
from ioc.briefings.paint import PAGE, pdf_of
from ioc.briefings.rules import canonical, contents_of, digest_of, state_of
from ioc.briefings.service import (
    book,
    draft,
    drop_issues,
    find_issue,
    freeze,
    issues,
    names,
    opened,
    sign,
)
from ioc.briefings.sheet import HEIGHT, WIDTH, Clipped, Group, Text, width_of
from ioc.briefings.upkeep import freeze_due, send_due, watch_issues
from ioc.centre import Centre
from ioc.clock import day_bounds
from ioc.db import transact
from ioc.errors import Conflict, Forbidden, InvalidInput, NotFound
from ioc.labels import Language
from ioc.notices.service import letters_about
from ioc.upkeep import fold_tallies
from ioc.wording import Wording

from .briefing_days import DAY, a_day, count_days, days_before
from .test_alarm_load import cry

REPORTED = date(2021, 10, 3)
SIGNERS = ("shift_lead", "health", "transport", "leader")
TALLIES = ("tally", "tally_day", "tally_quarter", "tally_total")


@pytest.fixture
def counted(centre: Centre) -> Centre:
    """A city of which 24 days are counted, the last with more than usual."""
    days = days_before(centre, 24)
    count_days(centre, days[:-1])
    count_days(centre, days[-1:], 1.25)
    return centre


def an_edition(centre: Centre, issue: Issue, language: Language = Language.VI) -> Edition:
    words = Wording(language, centre.city.zone)
    return Edition(
        contents_of(issue), book(centre), centre.city, words, issue, names(centre),
        copy=(2, 6, "Văn phòng UBND tỉnh"),
    )  # fmt: skip


def signed_by_all(centre: Centre, issue: Issue) -> Issue:
    for role in SIGNERS:
        issue = sign(centre, issue.name, role, f"account-{role}", f"Trần Thị {role}")
    return issue


def late_tests(centre: Centre, n: int, day: date = REPORTED) -> None:
    """Let results of a day come in now."""
    at = day_bounds(day, centre.city.zone)[0] + timedelta(hours=9)
    transact(centre.engine, lambda conn: tally.add(conn, {("test", "xn-bvtw", at): n}))


def test_a_replayed_day_gives_the_same_bytes(counted: Centre) -> None:
    cry_and_close(counted)
    first = freeze(counted, REPORTED, "lan")
    assert (first.name, first.day) == ("1-1", REPORTED)
    assert freeze(counted, REPORTED, "minh") == first
    # The same facts once more, in another order, in other batches, folded at another time.
    transact(counted.engine, lambda conn: conn.execute(text(f"TRUNCATE {', '.join(TALLIES)}")))
    days = days_before(counted, 24)
    facts = {}
    for day in days:
        facts |= a_day(counted, day, 1.25 if day == REPORTED else 1.0)
    backwards = sorted(facts.items(), reverse=True)
    for start in range(0, len(backwards), 5_000):
        batch = dict(backwards[start : start + 5_000])
        transact(counted.engine, lambda conn, batch=batch: tally.add(conn, batch))
        if start % 2:
            fold_tallies(counted)
    assert canonical(draft(counted, REPORTED)).encode() == first.text.encode()
    fold_tallies(counted)
    assert canonical(draft(counted, REPORTED)).encode() == first.text.encode()


def cry_and_close(centre: Centre) -> None:
    """Raise alerts on the day reported; one is closed as misread before the cut-off."""
    now = centre.now
    now.at = day_bounds(REPORTED, centre.city.zone)[0] + timedelta(hours=10)
    first, *_ = cry(centre, 3)
    now.advance(seconds=40)
    take_step(centre, first, Act(Step.ACKNOWLEDGE, "an officer"))
    take_step(centre, first, Act(Step.FALSE_READ, "an officer", outcome=AlertOutcome.FALSE_READ))
    now.at = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)


def test_every_figure_has_change_source_age_wholeness_and_gap(counted: Centre) -> None:
    cry_and_close(counted)
    contents = draft(counted, REPORTED)
    day, before = (a_day(counted, REPORTED - DAY * n, 1.0 if n else 1.25) for n in (0, 1))

    def brought(counts, *metrics: str) -> int:
        return sum(n for (metric, *_), n in counts.items() if metric in metrics)

    scans = contents.figure("scans")
    assert (scans.day, scans.before) == (brought(day, "scan.in"), brought(before, "scan.in"))
    assert scans.series[-2:] == (scans.before, scans.day)
    assert len(scans.series) == 20
    assert scans.value == sum(brought(a_day(counted, one), "scan.in") for one in days_before(
        counted, 24)[:-1]) + scans.day  # fmt: skip
    assert (scans.reported, scans.expected, scans.is_late) == (144, 1368, False)
    assert scans.as_of == contents.end
    doses = contents.figure("doses")
    assert doses.gap == doses.against - doses.value > 0
    tests = contents.figure("tests")
    # Tested at noon, nothing since: the source missed the end of the day.
    assert (tests.is_late, tests.as_of) == (True, "2021-10-03T05:15:00+00:00")
    vehicles = contents.figure("vehicles")
    assert sum(vehicles.parts.values()) == vehicles.value == brought(day, "entry.vehicle")
    calls = contents.figure("calls")
    assert 0 < calls.parts["part"] < calls.value
    alerts = contents.alerts
    assert (sum(a.n for a in alerts), sum(a.false for a in alerts)) == (3, 1)
    assert contents.ack_median_s == 40
    assert sum(gate.n for gate in contents.gates) == vehicles.value
    assert {one.figure for one in contents.sentences} >= {"scans", "doses"}
    assert all(one.rule for one in contents.sentences)


def test_a_day_that_is_not_over_is_not_frozen(centre: Centre) -> None:
    with pytest.raises(InvalidInput) as refused:
        freeze(centre, centre.now().date(), "lan")
    assert refused.value.field == "day"
    assert issues(centre) == []
    for name in ("1-1", "x", "1-", "99999999999-1", "1-1-1"):
        with pytest.raises(NotFound):
            find_issue(centre, name)


def test_what_comes_late_stands_beside_an_issue_and_changes_nothing_of_it(
    counted: Centre, clock
) -> None:
    issue = signed_by_all(counted, freeze(counted, REPORTED, "lan"))
    assert watch_issues(counted) == 0
    clock.advance(minutes=41)
    late_tests(counted, 38)
    # One figure of the report differs now, of one day.
    assert watch_issues(counted) == 1
    contents, later = opened(counted, find_issue(counted, "1-1"))
    assert [(one.figure, one.n, one.noted_at) for one in later] == [("tests", 38, clock.at)]
    assert canonical(contents) == issue.text
    assert watch_issues(counted) == 0
    # Frozen again it is another version, signed by nobody; the first stands as it was.
    second = freeze(counted, REPORTED, "lan")
    assert (second.name, second.signatures) == ("1-2", ())
    assert contents_of(second).figure("tests").value == contents.figure("tests").value + 38
    assert find_issue(counted, "1-1") == issue
    assert [one.name for one in issues(counted)] == ["1-2", "1-1"]
    with pytest.raises(Conflict):
        sign(counted, "1-1", "leader", "another", "Another")
    # What is taken back is noted as taken back.
    late_tests(counted, -5)
    watch_issues(counted)
    assert [one.n for one in opened(counted, second)[1]] == [-5]
    late_tests(counted, 5)
    watch_issues(counted)
    assert opened(counted, second)[1] == []


def test_it_is_signed_in_order_by_four_people(counted: Centre) -> None:
    issue, signs = freeze(counted, REPORTED, "lan"), book(counted).signs
    for role, fault in (("leader", Conflict), ("health", Conflict), ("admin", Forbidden)):
        with pytest.raises(fault):
            sign(counted, issue.name, role, "somebody", "Somebody")
    states = []
    for role in ("shift_lead", "transport", "health", "leader"):
        issue = sign(counted, issue.name, role, role, role.title())
        states.append(state_of(issue, signs))
        for account, fault in ((role, Forbidden), ("another", Conflict)):
            with pytest.raises(fault):
                sign(counted, issue.name, role, account, "Again")
    assert states == [
        IssueState.PREPARED, IssueState.PREPARED, IssueState.CHECKED, IssueState.APPROVED
    ]  # fmt: skip
    # One person with two roles sees with one pair of eyes.
    other = freeze(counted, REPORTED - DAY, "lan")
    sign(counted, other.name, "shift_lead", "both", "Both")
    with pytest.raises(Forbidden):
        sign(counted, other.name, "health", "both", "Both")
    assert find_issue(counted, issue.name) == issue
    audit.seal(counted)
    assert audit.verify(counted) == 7


def test_nobody_changes_what_was_frozen(counted: Centre, under) -> None:
    issue = freeze(under("timekeeper"), REPORTED, "timekeeper")
    shown = under("dashboards")
    sign(shown, issue.name, "shift_lead", "lan", "Lan")
    for service, statement in (
        ("dashboards", "UPDATE briefings SET text = '{}'"),
        ("dashboards", "DELETE FROM briefings"),
        ("dashboards", "DELETE FROM briefing_signatures"),
        ("timekeeper", "UPDATE briefing_signatures SET name = 'x'"),
        ("ingest", "SELECT * FROM briefings"),
        ("vision", "SELECT * FROM briefings"),
    ):
        with pytest.raises(DBAPIError):
            transact(under(service).engine, lambda conn, sql=statement: conn.execute(text(sql)))
    # Not even the owner of the tables, by accident.
    with pytest.raises(DBAPIError, match="change"):
        transact(counted.engine, lambda conn: conn.execute(text("UPDATE briefings SET number = 9")))
    with pytest.raises(TamperedIssue):
        contents_of(replace(issue, text=issue.text.replace('"value":', '"value":1')))
    # Past its days it goes, whole.
    assert drop_issues(under("timekeeper"), REPORTED) == 0
    assert drop_issues(under("timekeeper"), REPORTED + DAY) == 1
    assert issues(counted) == []


@pytest.mark.parametrize("language", Language)
def test_the_printed_page_is_one_of_a4_with_every_letter(counted: Centre, language) -> None:
    issue = signed_by_all(counted, freeze(counted, REPORTED, "lan"))
    edition = an_edition(counted, issue, language)
    printed = pdf_of(sheet_of(edition), "IOC")
    assert printed == pdf_of(sheet_of(edition), "IOC")
    reader = PdfReader(BytesIO(printed))
    [page] = reader.pages
    assert [round(float(side)) for side in page.mediabox[2:]] == [round(side) for side in PAGE]
    assert not page.images
    fonts = page["/Resources"]["/Font"]
    embedded = [font.get_object() for font in fonts.values()]
    assert all("/FontFile2" in font["/FontDescriptor"].get_object() for font in embedded
               if font["/Subtype"] != "/Type1")  # fmt: skip
    read = " ".join(page.extract_text().split())
    words = edition.words
    for figure in edition.contents.figures:
        assert words.number(figure.value) in read
        assert edition.figure_name(figure.id) in read
    title, subject = words.say("briefing.title"), edition.text(edition.book.subject)
    known = ("Trần Thị leader", issue.code, "Văn phòng UBND tỉnh", title, subject, "Mỹ Chánh")
    for expected in known:
        assert expected in read, expected
    if language is Language.VI:
        assert "Phản ánh đang mở" in read
        assert "ký số: Trưởng ca, IOC 14:32" in read


def test_the_tables_are_read_back_as_they_were_frozen(counted: Centre) -> None:
    issue = freeze(counted, REPORTED, "lan")
    edition = an_edition(counted, issue)
    written = xlsx_of(edition)
    assert written == xlsx_of(edition)
    workbook = CalamineWorkbook.from_filelike(BytesIO(written))
    table = figures_table(edition)
    head, *rows = workbook.get_sheet_by_name(table.title).to_python()
    assert head == list(table.head)
    expected = [["" if value is None else value for value in row] for row in table.rows]
    assert rows == expected
    frozen = json.loads(issue.text)
    values = {row[0]: row[4] for row in rows}
    assert values == {one["id"]: one["value"] for one in frozen["figures"]}
    communes = workbook.get_sheet_by_name("Theo xã trong ngày").to_python()
    assert len(communes) == 142
    # Nobody is told to be one of under five.
    assert any("<5" in row for row in communes)
    assert not [n for row in communes[1:] for n in row[4:] if isinstance(n, float) and 0 < n < 5]
    parsed = list(csv.reader(StringIO(csv_of(edition).decode("utf-8-sig"))))
    assert [row[4] for row in parsed[1:]] == [str(one["value"]) for one in frozen["figures"]]


def test_the_clock_freezes_and_sends_once(counted: Centre, clock) -> None:
    env = {"IOC_BRIEFING_OFFICE": "office@example.vn", "IOC_BRIEFING_HEALTH": "health@example.vn"}
    clock.at = datetime(2021, 10, 3, 22, 59, tzinfo=UTC)
    assert freeze_due(counted).day == REPORTED - DAY
    assert freeze_due(counted) is None
    clock.at = datetime(2021, 10, 3, 23, 0, tzinfo=UTC)
    issue = freeze_due(counted)
    assert (issue.day, issue.frozen_by, issue.cut_off) == (REPORTED, "timekeeper", clock.at)
    signed_by_all(counted, issue)
    assert send_due(counted, env) == 0
    clock.at = datetime(2021, 10, 4, 0, 0, tzinfo=UTC)
    assert send_due(counted, env) == 2
    assert send_due(counted, env) == 0
    letters = letters_about(counted, f"briefing:{issue.name}")
    assert {one.notice.recipient for one in letters} == set(env.values())
    assert all(issue.code in one.notice.words["code"] for one in letters)
    files = transact(counted.engine, lambda conn: conn.execute(text(
        "SELECT name, content FROM notice_files ORDER BY no")).all())  # fmt: skip
    assert [file.name.rsplit(".")[1] for file in files] == ["pdf", "xlsx"] * 2
    assert len({bytes(file.content) for file in files}) == 4
    assert "Bản số 1 trên 6" in PdfReader(BytesIO(bytes(files[0].content))).pages[0].extract_text()
    # An address that is set later gets its copy then.
    assert send_due(counted, {**env, "IOC_BRIEFING_CHAIR": "chair@example.vn"}) == 1


def test_what_nobody_approved_is_told_and_not_sent(counted: Centre, clock) -> None:
    clock.at = datetime(2021, 10, 4, 0, 0, tzinfo=UTC)
    issue = freeze_due(counted)
    env = {"IOC_BRIEFING_OFFICE": "office@example.vn"}
    assert send_due(counted, env) == 1
    assert send_due(counted, env) == 0
    [letter] = letters_about(counted, f"briefing:{issue.name}")
    assert (letter.notice.topic, letter.channel) == ("briefing.unsigned", "shift-lead")
    signed_by_all(counted, issue)
    assert send_due(counted, env) == 1


def test_the_clockwork_does_it_under_its_own_role(counted: Centre, under, clock) -> None:
    clock.at = datetime(2021, 10, 4, 0, 0, tzinfo=UTC)
    clockwork = under("timekeeper")
    issue = freeze_due(clockwork)
    signed_by_all(under("dashboards"), issue)
    late_tests(counted, 3)
    assert watch_issues(clockwork) == 1
    assert send_due(clockwork, {"IOC_BRIEFING_OFFICE": "office@example.vn"}) == 1
    assert opened(under("dashboards"), issue)[1][0].n == 3


def boxes_of(items) -> list[tuple[Text, tuple[float, float, float, float]]]:
    """Return every text but signs with left, top, right and bottom of its letters."""
    found = []
    for item in items:
        if isinstance(item, Group | Clipped):
            found += boxes_of(item.items)
        elif isinstance(item, Text) and not item.is_sign:
            wide = width_of(item.text, item.face, item.size)
            left = item.x - {"start": 0, "middle": wide / 2, "end": wide}[item.anchor]
            found.append((item, (left, item.y - item.size * 0.72, left + wide, item.y)))
    return found


def faults_of(items) -> list[str]:
    """Return texts that are too small, leave the page, or lie on another."""
    boxes = boxes_of(items)
    faults = [f"small: {one.text}" for one, _ in boxes if one.size < 14.2]
    for one, (left, top, right, bottom) in boxes:
        if left < 30 or top < 30 or right > WIDTH - 30 or bottom > HEIGHT - 20:
            faults.append(f"off: {one.text}")
    for (one, a), (other, b) in combinations(boxes, 2):
        across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        if across > 1 and down > 1:
            faults.append(f"over: {one.text} / {other.text}")
    return faults


def enlarged(times: int, digits: str) -> int:
    return int(digits) * times if len(digits) > 2 else int(digits)


def test_nothing_is_small_or_cut_or_lies_on_another(counted: Centre) -> None:
    issue = signed_by_all(counted, freeze(counted, REPORTED, "lan"))
    for times in (0, 1, 900):
        grown = json.loads(issue.text, parse_int=partial(enlarged, times))
        shown = {"figures": grown["figures"], "gates": grown["gates"]}
        written = json.dumps({**json.loads(issue.text), **shown})
        contents = contents_of(replace(issue, text=written, digest=digest_of(written)))
        for language in Language:
            edition = replace(an_edition(counted, issue, language), contents=contents)
            assert faults_of(sheet_of(edition).items) == [], (times, language)


def test_the_commands_freeze_write_and_check(counted: Centre, service_env, tmp_path) -> None:
    def run(*words: str, code: int = 0) -> str:
        env = {**service_env, "IOC_AS_OF": "2021-10-04", "COLUMNS": "200"}
        result = CliRunner().invoke(admin, ("briefing", *words), env=env)
        assert result.exit_code == code, result.output
        return result.output

    first = run("freeze", "2021-10-03")
    assert first.startswith("1-1: 2021-10-03, SHA-256 ")
    assert run("freeze", "2021-10-03") == first
    assert first.split()[-1] == find_issue(counted, "1-1").digest
    assert "frozen" in run("list")
    for kind, begins in (("pdf", b"%PDF"), ("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf")):
        out = tmp_path / f"report.{kind}"
        run("write", "1-1", "--out", str(out), "--kind", kind)
        assert out.read_bytes().startswith(begins)
    assert run("verify") == "1 issues, as they were frozen\n"
    # Whoever is past every right and trigger still cannot change it unseen.
    tamper = text("UPDATE briefings SET text = replace(text, 'scans', 'scanz')")
    with counted.engine.begin() as conn:
        conn.execute(text("ALTER TABLE briefings DISABLE TRIGGER USER"))
        conn.execute(tamper)
    assert "not those that were frozen" in run("verify", code=1)
