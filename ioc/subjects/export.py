"""What who asks is told: a text that a person reads, or JSON that a machine does."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ioc.centre import Centre
from ioc.labels import Language, label
from ioc.subjects.model import Hold, Outcome, Request, Section


def as_text(
    centre: Centre, request: Request, sections: Sequence[Section], language: Language
) -> str:
    """Return what is held, why, on which ground and until when, in the language asked for."""
    return "\n".join(_lines(centre, request, sections, language)) + "\n"


def as_json(centre: Centre, request: Request, sections: Sequence[Section]) -> str:
    """Return the same for a machine; times are in UTC."""
    kinds = centre.city.policy.kinds
    whole = {
        "request": request.no,
        "as_of": centre.now().isoformat(),
        "held": [
            {
                "table": one.table,
                "kind": one.kind,
                "law": kinds[one.kind].basis.law,
                "kept_days": kinds[one.kind].kept.days,
                "rows": [dict(row) for row in one.rows],
            }
            for one in sections
        ],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1, default=str) + "\n"


def outcome_text(centre: Centre, outcome: Outcome, language: Language) -> str:
    """Return what an erasure did and what stays, with the reason by name."""
    say = f"{label('subject.erased', language)}:"
    lines = [say, *_counts(outcome.erased, language)]
    if outcome.pictures:
        lines.append(f"  {label('holding.pictures', language)}: {outcome.pictures}")
    if not outcome.erased:
        lines.append(f"  {label('subject.nothing', language)}")
    if outcome.holds:
        lines += ["", f"{label('subject.stays', language)}:"]
        lines += [f"  {_hold(centre, hold, language)}" for hold in outcome.holds]
    days = centre.city.policy.backups.days
    lines += ["", label("subject.backups", language).format(days=days)]
    return "\n".join(lines) + "\n"


def outcome_json(outcome: Outcome) -> str:
    """Return the same for a machine."""
    return json.dumps(asdict(outcome), default=str) + "\n"


def _lines(
    centre: Centre, request: Request, sections: Sequence[Section], language: Language
) -> Iterator[str]:
    zone, policy = centre.city.zone, centre.city.policy
    yield label("subject.title", language)
    yield policy.controller[language]
    yield f"{label('subject.request', language)}: {request.no}"
    yield f"{label('subject.as_of', language)}: {_shown(centre.now(), zone)}"
    yield f"{label('subject.officer', language)}: {policy.officer[language]}"
    if not sections:
        yield ""
        yield label("subject.nothing_held", language)
    for section in sections:
        kind = policy.kinds[section.kind]
        yield ""
        yield f"== {label(f'holding.{section.table}', language)} ({len(section.rows)}) =="
        yield f"{label('subject.why', language)}: {kind.why[language]}"
        yield f"{label('subject.basis', language)}: {kind.basis.texts[language]} ({kind.basis.law})"
        yield f"{label('subject.kept', language)}: {kind.kept.days}"
        if kind.held is not None:
            yield f"{label('subject.held', language)}: {kind.held[language]}"
        for row in section.rows:
            yield "- " + "; ".join(_fields(row, zone, language))
    yield ""
    yield label("subject.untold", language)


def _fields(row: Mapping[str, Any], zone: ZoneInfo, language: Language) -> Iterator[str]:
    for name, value in row.items():
        if value not in (None, "", []):
            yield f"{label(f'held.{name}', language)}: {_shown(value, zone)}"


def _shown(value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _counts(rows: Mapping[str, int], language: Language) -> Iterator[str]:
    for table, n in rows.items():
        yield f"  {label(f'holding.{table}', language)}: {n}"


def _hold(centre: Centre, hold: Hold, language: Language) -> str:
    kind = centre.city.policy.kinds[hold.kind]
    why = label(hold.reason, language)
    if kind.held is not None and hold.until is not None:
        why = f"{why}: {kind.held[language]}"
    until = "" if hold.until is None else f", {_shown(hold.until.date(), centre.city.zone)}"
    return f"{label(f'holding.{hold.table}', language)} ({hold.rows}): {why}{until}"
