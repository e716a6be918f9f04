"""Rules tried on the reads of a day: the same rules change nothing, and each change is counted."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from ioc import rules_admin
from ioc.admin import app
from ioc.centre import Centre
from ioc.db import transact
from ioc.lists.model import ListEntry, ListKind, ListReason, PlateList
from ioc.lists.service import approve, enter, register_list, withdraw
from ioc.permits.model import Permit, PermitClass
from ioc.permits.service import grant_permits, permits_of, revoke_permit
from ioc.vehicles.model import Heading, NotRead, PlateRead
from ioc.vehicles.recording import record_read
from ioc.vehicles.service import load_rulebook
from ioc.vehicles.trial import Judgement, Move, Trial, try_rules

NOW = datetime(2021, 10, 4, 7, 32, 8, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
TODAY = date(2021, 10, 4)
RULES = Path(__file__).resolve().parents[2] / "config" / "hue" / "rules.toml"
GATE, SOUTH, MAIN = "cam-001", "cam-007", "cam-117"
YELLOW, WATCHED, CLONE, STRANGER = "75C20302", "92A11111", "43C16839", "74C44276"
NOTED = "74C44277"


def a_read(number: int, camera: str, plate: str, **changes: object) -> PlateRead:
    at = NOW - 20 * MINUTE + number * MINUTE
    return replace(PlateRead(f"r-{number}", camera, plate, 0.99, at, Heading.IN), **changes)


@pytest.fixture
def day(centre: Centre, clock) -> Centre:
    """Reads of every kind, and what was known when they came in, some of it no longer true."""
    permits = [
        Permit("p-1", YELLOW, PermitClass.YELLOW, NOW - DAY, NOW + DAY),
        Permit("p-2", CLONE, PermitClass.GREEN, NOW - DAY, NOW + DAY),
    ]
    grant_permits(centre, "transport", permits)
    watch = PlateList("w", ListKind.WATCH, "PC08", "CA", "p", date(2021, 12, 1))
    register_list(centre, watch, "lan")
    entry = ListEntry("1", "w", WATCHED, ListReason.WANTED, NOW - DAY, NOW + DAY)
    late = replace(entry, id="2", plate=NOTED)
    [first, _] = enter(centre, "w", [entry, late], "lan")
    held = str(first.ref)
    approve(centre, "w", "minh", [held])
    for read in (
        a_read(1, MAIN, YELLOW),
        a_read(2, GATE, STRANGER),
        a_read(3, MAIN, WATCHED),
        a_read(4, GATE, CLONE),
        a_read(9, SOUTH, CLONE),
        replace(a_read(10, GATE, CLONE), plate="", not_read=NotRead.UNREADABLE),
        a_read(11, GATE, STRANGER, confidence=0.7),
        a_read(12, MAIN, NOTED),
    ):
        clock.advance(seconds=1)
        record_read(centre, "box", read)
    # a minute later: what was judged by is no longer so
    clock.advance(seconds=1)
    withdraw(centre, held, "lan", "found")
    approve(centre, "w", "minh")
    revoke_permit(centre, permits_of(centre, YELLOW)[0].ref, "transport", at=NOW - DAY)
    return centre


def tried(centre: Centre, tmp_path: Path, *changes: tuple[str, str]) -> Trial:
    text_of = RULES.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text_of
        text_of = text_of.replace(old, new, 1)
    file = tmp_path / "rules.toml"
    file.write_text(text_of, encoding="utf-8")
    return try_rules(centre, load_rulebook(file, centre.city), TODAY)


def test_the_same_rules_change_nothing_whatever_was_learnt_since(day: Centre, tmp_path) -> None:
    trial = tried(day, tmp_path)
    assert trial.moves == {}
    assert (trial.reads, trial.was) == (8, trial.would)
    assert trial.was == {"stop": 4, "note": 1, "review": 2, "pass": 1}


def test_a_change_is_counted_by_reason_and_by_camera(day: Centre, tmp_path) -> None:
    trial = tried(
        day,
        tmp_path,
        ('outcome = "stop"\nreason = "yellow_on_main"\npriority = "P2"\ndesk = "police"',
         'outcome = "note"\nreason = "yellow_on_main"'),
        ('listed = "wanted"\noutcome = "stop"', 'listed = "wanted"\noutcome = "review"'),
    )  # fmt: skip
    softer = Move(Judgement("stop", "yellow_on_main"), Judgement("note", "yellow_on_main"))
    asked = Move(Judgement("stop", "wanted"), Judgement("review", "wanted"))
    assert trial.moves == {softer: 1, asked: 1}
    assert trial.cameras == {(MAIN, softer): 1, (MAIN, asked): 1}
    assert [s.read.plate for s in trial.examples[softer]] == [YELLOW]
    assert trial.more_stops == -2


def test_a_new_version_holds_from_its_day(day: Centre, tmp_path) -> None:
    old = 'permit = "yellow"\nroad_class = "main"\noutcome = "stop"'
    ended = "2021-10-05"
    trial = tried(day, tmp_path, (old, f"valid_until = {ended}\n{old}"))
    assert trial.moves == {}


def test_pages_hang_together(day: Centre, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.vehicles.trial.PAGE", 3)
    trial = tried(day, tmp_path)
    assert (trial.reads, trial.moves) == (8, {})


def test_the_command_says_what_would_change(day: Centre, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(rules_admin, "administered", lambda _state: _opened(day))
    softened = RULES.read_text(encoding="utf-8").replace(
        'reason = "no_permit"\npriority = "P2"', 'reason = "no_permit"\npriority = "P1"', 1
    )
    softened = softened.replace('listed = "wanted"\noutcome = "stop"',
                                'listed = "wanted"\noutcome = "review"', 1)  # fmt: skip
    file = tmp_path / "proposed.toml"
    file.write_text(softened, encoding="utf-8")
    command = ["try-rules", str(file), "--day", "2021-10-04"]
    plain = CliRunner().invoke(app, command)
    assert plain.exit_code == 0, plain.output
    assert "stop: wanted" in plain.output
    answer = json.loads(CliRunner().invoke(app, [*command, "--json"]).output)
    assert (answer["reads"], answer["was"]["stop"], answer["would"]["stop"]) == (8, 4, 3)
    [move] = answer["moves"]
    assert (move["n"], move["examples"][0]["plate"]) == (1, "92A-•••.11")
    assert WATCHED not in plain.output
    rows = transact(day.engine, lambda conn: conn.execute(AUDITED).scalar_one())
    assert rows == 2
    nothing = CliRunner().invoke(app, ["try-rules", str(file)])
    assert "nothing would change" in nothing.output


def test_wrong_rules_are_named_and_not_tried(day: Centre, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(rules_admin, "administered", lambda _state: _opened(day))
    file = tmp_path / "proposed.toml"
    file.write_text(RULES.read_text(encoding="utf-8").replace('"stop"', '"stopp"', 1))
    answer = CliRunner().invoke(app, ["try-rules", str(file)])
    assert answer.exit_code == 1
    assert "outcome: 'stopp' is none of" in answer.output


class _opened:  # noqa: N801  stands for the context manager of a centre that is open already
    def __init__(self, centre: Centre) -> None:
        self._centre = centre

    def __enter__(self) -> Centre:
        return self._centre

    def __exit__(self, *_: object) -> None:
        pass


AUDITED = text("SELECT count(*) FROM audit WHERE action = 'rules_tried'")
