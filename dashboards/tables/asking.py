"""What a browser asks of a list, taken as names and values, or refused with the field named."""

from collections.abc import Mapping
from typing import Any

from dashboards.asked import asked_of
from dashboards.auth import Viewer, viewer
from dashboards.tables.model import Table
from ioc.errors import Forbidden, InvalidInput, NotFound
from ioc.listing import Ask

Tables = Mapping[str, Table]
LONGEST_PURPOSE = 200


def table_for(tables: Tables, name: object) -> tuple[Table, Viewer]:
    """Return a list and who asks for it, once it is sure that he may see it.

    Raises:
        NotFound: there is no such list.
        Forbidden: he may not.
    """
    table = tables.get(str(name))
    if table is None:
        raise NotFound("list", str(name)[:64])
    who = viewer(table.page, table.action)
    return table, who


def ask_of(table: Table, told: Any) -> Ask:
    """Return what is asked of a list.

    Raises:
        InvalidInput: a value is none that can be.
    """
    asked = asked_of(told)
    known = {one.name for one in table.columns if one.is_sorted}
    order = []
    for pair in _list(asked, "order"):
        if not isinstance(pair, list) or len(pair) != 2 or pair[0] not in known:
            raise InvalidInput("order", "names no column that can be sorted by")
        order.append((str(pair[0]), bool(pair[1])))
    filters = {one.name for one in table.filters}
    where = {}
    for name, value in asked_of(asked.get("where")).items():
        if name not in filters:
            raise InvalidInput("where", "names no filter of this list")
        if not isinstance(value, str):
            raise InvalidInput(str(name), "is no text")
        if value:
            where[str(name)] = tuple(value.split(","))
    first, most = _number(asked, "first", 0), _number(asked, "most", 100)
    return Ask(first, most, tuple(order) or table.order, where)


def require_taking(table: Table, who: Viewer, purpose: str) -> None:
    """Return when a file of a list may be made.

    Raises:
        Forbidden: his role takes no list away.
        InvalidInput: it speaks of persons, and nobody says why it is wanted.
    """
    if not who.may(table.taken):
        raise Forbidden("this role takes no list away")
    if table.is_personal and not purpose.strip():
        raise InvalidInput("purpose", "is needed: the list speaks of persons")
    if len(purpose) > LONGEST_PURPOSE or not purpose.isprintable():
        raise InvalidInput("purpose", f"needs at most {LONGEST_PURPOSE} printing characters")


def _list(asked: Mapping[str, Any], name: str) -> list[Any]:
    value = asked.get(name, [])
    if not isinstance(value, list):
        raise InvalidInput(name, "is no list")
    return value


def _number(asked: Mapping[str, Any], name: str, default: int) -> int:
    value = asked.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(name, "is no whole number")
    return value
