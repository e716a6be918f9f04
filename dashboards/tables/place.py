"""Where a list stands on a page: its names, filters, rows, what takes it away as a file."""

from collections.abc import Iterable
from typing import Any

from dash import html
from dash.development.base_component import Component
from dash_ag_grid import AgGrid

from dashboards.auth import Viewer
from dashboards.components import key_cap
from dashboards.markup import Html, el, join
from dashboards.shell import region
from dashboards.tables.model import Column, Filter, Kind, Table
from dashboards.words import Words
from ioc.centre import Centre
from ioc.labels import CONFIG_DIR, load_labels

GRID = "grid"
ROW_PX, HEAD_PX = 44, 44
NUMBERS = frozenset({Kind.NUMBER, Kind.SHARE})


def place(words: Words) -> Component:
    """Return the place of the lists of a page; a page that has tables puts it where they stand."""
    return html.Section(
        [
            region("list-names", "list-names", role="tablist"),
            region("list-filters", "list-filters"),
            html.Div(
                AgGrid(
                    id=GRID,
                    className="list-grid",
                    rowModelType="infinite",
                    columnDefs=[],
                    getRowId="params.data.id",
                    style={"height": "100%"},
                    dashGridOptions=_options(words),
                ),
                className="list-rows",
            ),
            region("list-foot", "list-foot"),
        ],
        className="list-place",
    )


def told(
    centre: Centre, tables: Iterable[Table], who: Viewer, words: Words
) -> list[dict[str, Any]]:
    """Return what the browser needs to know of those lists that a viewer may see."""
    return [_told(centre, one, who, words) for one in tables if one.may_see(who)]


def _options(words: Words) -> dict[str, Any]:
    texts = load_labels(CONFIG_DIR / "labels").items()
    return {
        "localeText": {
            key.removeprefix("grid."): text[words.language]
            for key, text in texts
            if key.startswith("grid.")
        },
        "cacheBlockSize": 100,
        "maxBlocksInCache": 20,
        "maxConcurrentDatasourceRequests": 2,
        "infiniteInitialRowCount": 1,
        "blockLoadDebounceMillis": 60,
        "rowHeight": ROW_PX,
        "headerHeight": HEAD_PX,
        "animateRows": False,
        "suppressColumnMoveAnimation": True,
        "suppressDragLeaveHidesColumns": True,
        "suppressMovableColumns": True,
        "suppressMultiSort": False,
        "multiSortKey": "ctrl",
        "enableCellTextSelection": True,
        "loadThemeGoogleFonts": False,
        "alwaysShowVerticalScroll": True,
    }


def _told(centre: Centre, table: Table, who: Viewer, words: Words) -> dict[str, Any]:
    return {
        "name": table.name,
        "text": words.say(f"list.{table.name}"),
        "columns": [_column(one, words) for one in table.columns],
        "order": [[name, descends] for name, descends in table.order],
        "filters": {one.name: one.default for one in table.filters},
        "markup": join(_filter(one, centre, who, words) for one in table.filters),
        "foot": _foot(table, words, may_take=who.may(table.taken)),
        "opens": table.opened is not None,
        "picks": table.picks and table.done is not None,
    }


def _column(column: Column, words: Words) -> dict[str, Any]:
    return {
        "name": column.name,
        "text": words.say(f"column.{column.name}"),
        "width": column.width,
        "sorted": column.is_sorted,
        "number": column.kind in NUMBERS,
        "code": column.kind is Kind.CODE,
    }


def _filter(one: Filter, centre: Centre, who: Viewer, words: Words) -> Html:
    choices = [("", words.say("filter.any")), *one.choices(centre, who, words)]
    options = [el("option", text, value=value) for value, text in choices]
    return el(
        "label",
        key_cap(one.key),
        el("span", words.say(f"filter.{one.name}")),
        el("select", options, data_filter=one.name),
        cls="list-filter",
        data_hotkey=f"Key{one.key}",
    )


def _foot(table: Table, words: Words, *, may_take: bool) -> Html:
    counted = el("p", el("b", cls="list-total"), el("span", cls="list-age"), role="status")
    why = el(
        "label",
        el("span", words.say("sheet.purpose")),
        el("input", name="purpose", maxlength=200, required=True, autocomplete="off"),
    )
    take = el(
        "form",
        why if table.is_personal else None,
        el("input", type="hidden", name="asked"),
        _take("csv", "E", words),
        _take("xlsx", "L", words),
        cls="list-take",
        method="post",
        action=f"/sheet/{table.name}?lang={words.language}",
    )
    return join([counted, take if may_take else None])


def _take(kind: str, key: str, words: Words) -> Html:
    return el(
        "button",
        key_cap(key),
        words.say(f"sheet.{kind}"),
        name="kind",
        value=kind,
        cls="take",
        data_hotkey=f"Key{key}",
    )
