"""The whole list of reports: sorted, filtered, taken away as a file; a row opens on the desk."""

from dashboards.auth import Viewer
from dashboards.panels.report_words import agency_name, service_name
from dashboards.report_acts import seen_by
from dashboards.tables.model import Choice, Column, Filter, Kind, Row, Table, words_of_choice
from dashboards.tables.scope import unit_choices, unit_name
from dashboards.words import Words
from ioc.access.model import Page
from ioc.centre import Centre
from ioc.listing import Ask, Listed
from ioc.reports.model import ReportState
from ioc.reports.register import SPANS, STANDING, list_reports
from ioc.reports.service import catalogue


def _rows(centre: Centre, who: Viewer, ask: Ask) -> Listed:
    """Return a page, with the names of agencies and services in both languages."""
    found, known = list_reports(centre, ask, seen_by(centre, who)), catalogue(centre)
    told = [{**row, "known": known} for row in found.rows]
    return Listed(told, found.total)


def _agencies(centre: Centre, who: Viewer, words: Words) -> list[Choice]:
    known, seen = catalogue(centre), seen_by(centre, who)
    shown = [one for one in known.agencies.values() if one.unit is None or seen is not None]
    named = [
        (one.id, agency_name(one.id, known, words))
        for one in shown
        if seen is None or one.id in seen
    ]
    return sorted(named, key=lambda pair: pair[1])


def _late(row: Row) -> str:
    return "is-due" if row["is_overdue"] else ""


TABLE = Table(
    "reports",
    Page.REPORTS,
    (
        Column("no", Kind.CODE, 110, told=lambda row, _words, _city: f"PA-{row['no']}"),
        Column("requested_at", Kind.INSTANT, 150),
        Column(
            "service",
            width=230,
            told=lambda row, words, _: service_name(row["service"], row["known"], words),
        ),
        Column(
            "agency",
            width=200,
            told=lambda row, words, _: agency_name(row["agency"], row["known"], words),
        ),
        Column("unit", width=170, told=lambda row, _, city: unit_name(row["unit"], city)),
        Column("state", width=160, told=lambda row, words, _: words.say(ReportState(row["state"]))),
        Column("due_at", Kind.INSTANT, 150, mark=_late),
        Column("closed_at", Kind.INSTANT, 150),
        Column("stars", Kind.NUMBER, 90),
    ),
    _rows,
    filters=(
        Filter("standing", "S", words_of_choice("report_standing", tuple(STANDING)), "open"),
        Filter("state", "G", words_of_choice("report_state", tuple(ReportState))),
        Filter("agency", "A", _agencies),
        Filter("unit", "U", unit_choices),
        Filter("span", "T", words_of_choice("span", tuple(SPANS))),
    ),
    order=(("requested_at", True),),
)
