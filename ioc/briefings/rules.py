"""How an issue is written, numbered, signed and kept silent where few people stand. Pure."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ioc.briefings.book import SignRule
from ioc.briefings.model import (
    AlertLine,
    Contents,
    Figure,
    GateLine,
    Issue,
    IssueState,
    Saying,
    Sentence,
    Signature,
    SourceLine,
    Stage,
    TamperedIssue,
)
from ioc.errors import Conflict, Forbidden

SCHEMA = 1
DAY = timedelta(days=1)
STATES = {
    Stage.PREPARED: IssueState.PREPARED,
    Stage.CHECKED: IssueState.CHECKED,
    Stage.APPROVED: IssueState.APPROVED,
}


def canonical(contents: Contents) -> str:
    """Return the one text of `contents`: keys sorted, nothing but what JSON needs."""
    return json.dumps(asdict(contents), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def contents_of(issue: Issue) -> Contents:
    """Return what stands on an issue.

    Raises:
        TamperedIssue: its text is not the one its digest was made of.
    """
    if digest_of(issue.text) != issue.digest:
        raise TamperedIssue(f"briefing {issue.name}: its figures are not those that were frozen")
    data: dict[str, Any] = json.loads(issue.text)
    return Contents(
        **{
            **data,
            "figures": tuple(_figure(one) for one in data["figures"]),
            "sources": tuple(SourceLine(**one) for one in data["sources"]),
            "alerts": tuple(AlertLine(**one) for one in data["alerts"]),
            "gates": tuple(GateLine(**one) for one in data["gates"]),
            "sentences": tuple(_sentence(one) for one in data["sentences"]),
        }
    )


def _figure(data: Mapping[str, Any]) -> Figure:
    band = data["band"]
    made = {"series": tuple(data["series"]), "band": None if band is None else tuple(band)}
    return Figure(**{**data, **made})


def _sentence(data: Mapping[str, Any]) -> Sentence:
    return Sentence(**{**data, "says": tuple(Saying(**one) for one in data["says"])})


def cut_off_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the instant at which the report of `day` is frozen: on the morning after."""
    return datetime.combine(day + DAY, at, zone).astimezone(ZoneInfo("UTC"))


def day_due(now: datetime, at: time, zone: ZoneInfo) -> date:
    """Return the last day whose report should be frozen by now.

    >>> six, hue = time(6), ZoneInfo("Asia/Ho_Chi_Minh")
    >>> day_due(datetime(2021, 10, 3, 22, 59, tzinfo=ZoneInfo("UTC")), six, hue).isoformat()
    '2021-10-02'
    >>> day_due(datetime(2021, 10, 3, 23, 0, tzinfo=ZoneInfo("UTC")), six, hue).isoformat()
    '2021-10-03'
    """
    day = now.astimezone(zone).date() - DAY
    return day if cut_off_of(day, at, zone) <= now else day - DAY


def state_of(issue: Issue, signs: Sequence[SignRule]) -> IssueState:
    """Return how far an issue is signed: the last stage all of whose lines are."""
    signed = {(one.stage, one.role) for one in issue.signatures}
    state = IssueState.FROZEN
    for stage in Stage:
        lines = [sign for sign in signs if sign.stage is stage]
        if not lines or any((line.stage, line.role) not in signed for line in lines):
            break
        state = STATES[stage]
    return state


def may_sign(issue: Issue, signs: Sequence[SignRule], role: str, account: str) -> SignRule:
    """Return the line of the list that somebody of `role` may sign now.

    Raises:
        Forbidden: his role signs nothing, or he has signed already: two people see more than one.
        Conflict: his line is signed, or what comes before it is not.
    """
    own = [sign for sign in signs if sign.role == role]
    if not own:
        raise Forbidden(f"the role {role} signs no report")
    if any(one.account == account for one in issue.signatures):
        raise Forbidden("this account has signed the report already")
    signed = {(one.stage, one.role) for one in issue.signatures}
    for line in own:
        if (line.stage, line.role) in signed:
            continue
        before = [sign for sign in signs if list(Stage).index(sign.stage) < _place(line)]
        missing = [sign.stage for sign in before if (sign.stage, sign.role) not in signed]
        if missing:
            raise Conflict(f"briefing: it is not {missing[0].value} yet")
        return line
    raise Conflict("briefing: this line is signed already")


def _place(line: SignRule) -> int:
    return list(Stage).index(line.stage)


def signature_of(issue: Issue, line: SignRule) -> Signature | None:
    """Return who signed a line of the list, None while nobody has."""
    of_line = (one for one in issue.signatures if (one.stage, one.role) == (line.stage, line.role))
    return next(of_line, None)


def suppressed(
    counts: Mapping[str, int], districts: Mapping[str, str], under: int
) -> dict[str, int | None]:
    """Return counts by unit, None where fewer than `under` stand there: nobody is found by them.

    Where one of a district is kept silent alone, the next larger is too: else the sum of the
    district would tell it.

    >>> suppressed({"a": 3, "b": 20, "c": 30}, {"a": "x", "b": "x", "c": "x"}, 5)
    {'a': None, 'b': None, 'c': 30}
    """
    shown: dict[str, int | None] = {
        unit: None if 0 < n < under else n for unit, n in sorted(counts.items())
    }
    groups: dict[str, list[str]] = defaultdict(list)
    for unit in shown:
        groups[districts.get(unit, "")].append(unit)
    for units in groups.values():
        rest = [unit for unit in units if shown[unit]]
        if sum(shown[unit] is None for unit in units) == 1 and rest:
            shown[min(rest, key=lambda unit: (counts[unit], unit))] = None
    return shown
