"""The text of a cell: times in the city's zone, numbers in the language's form."""

from datetime import date, datetime
from typing import Any

from dashboards.markup import Html
from dashboards.tables.model import Column, Kind, Row, Table
from dashboards.words import Words
from ioc.places import City

NOTHING = "–"


def text_of(column: Column, row: Row, words: Words, city: City) -> str:
    """Return the text of a cell; a value that is missing is a dash."""
    if column.told is not None:
        return column.told(row, words, city)
    return _told(column.kind, row.get(column.name), words)


def shown(table: Table, row: Row, words: Words, city: City) -> dict[str, Any]:
    """Return a row as a screen gets it: `id`, `cells` by column, `marks` and `signs` of some."""
    cells = {one.name: text_of(one, row, words, city) for one in table.columns}
    found: dict[str, Any] = {"id": str(row[table.key]), "cells": cells}
    marks = {one.name: mark for one in table.columns if one.mark and (mark := one.mark(row))}
    signs = {one.name: one.sign(row, words, city) for one in table.columns if one.sign}
    return found | ({"marks": marks} if marks else {}) | ({"signs": signs} if signs else {})


def _told(kind: Kind, value: Any, words: Words) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, Html):
        raise TypeError("markup is a sign, not a text")
    if isinstance(value, datetime):
        return words.day(value) if kind is Kind.DAY else f"{words.day(value)} {words.minute(value)}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if kind is Kind.SHARE:
        return words.percent(float(value), 2)
    if kind is Kind.NUMBER:
        return words.number(value)
    return str(value)
