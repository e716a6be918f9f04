"""The parts of an opened row: its head, its facts, its log, what can be done with it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from dashboards.components import key_cap
from dashboards.markup import Html, el
from dashboards.words import Words

LONGEST_NOTE = 300


def head(title: str, state: str, about: str = "", *, is_due: bool = False) -> Html:
    """Return what the row is, how it stands, and one line about it."""
    return el(
        "header",
        el("div", el("h2", title), el("p", about) if about else None),
        el("p", state, cls="row-state is-due" if is_due else "row-state") if state else None,
        cls="row-head",
    )


def facts(title: str, pairs: Iterable[tuple[str, object]]) -> Html:
    """Return names and values; one without a value is left out."""
    lines = [
        el("div", el("dt", name), el("dd", value))
        for name, value in pairs
        if value not in (None, "")
    ]
    return el("section", el("h3", title), el("dl", lines), cls="row-facts")


class Taken(Protocol):
    """A step that somebody took, as the subjects keep it."""

    @property
    def at(self) -> datetime: ...
    @property
    def step(self) -> StrEnum: ...
    @property
    def actor(self) -> str: ...
    @property
    def note(self) -> str | None: ...


def steps(taken: Iterable[Taken], words: Words) -> Html:
    """Return the steps taken with a row, in their order: when, what, why, by whom."""
    lines = [
        (one.at, words.say(one.step), " · ".join(filter(None, (one.note, words.doer(one.actor)))))
        for one in taken
    ]
    return log(words.say("row.log"), lines, words)


def log(title: str, lines: Sequence[tuple[datetime, str, str]], words: Words) -> Html:
    """Return what was done, oldest first: when, what, and by whom or why; nothing for no line."""
    if not lines:
        return Html()
    return el(
        "section",
        el("h3", title),
        el(
            "ol",
            [
                el(
                    "li",
                    el("time", words.moment(at)),
                    el("span", el("b", what), f" {rest}" if rest else None),
                )
                for at, what, rest in lines
            ],
        ),
        cls="log",
    )


def action(key: str, step: str, text: str, *, locked: str = "", form: str = "") -> Html:
    """Return one thing that can be done; `locked` says why it cannot, `form` what it asks first."""
    code = f"Digit{key}" if key.isdigit() else f"Key{key}"
    return el(
        "button",
        key_cap(key),
        el("b", text),
        el("small", locked) if locked else None,
        type="button",
        cls="action is-locked" if locked else "action is-open",
        disabled=bool(locked),
        data_hotkey=code,
        data_deed=step,
        data_form=form or None,
    )


def form(name: str, title: str, fields: Sequence[Html], words: Words) -> Html:
    """Return what an action asks before it is done; Enter sends it, Esc leaves it."""
    return el(
        "div",
        el("h3", title),
        fields,
        el(
            "p",
            el("button", key_cap("Enter"), words.say("row.do"), type="button", data_yes=True),
            el("button", key_cap("Esc"), words.say("row.do_not"), type="button", data_no=True),
        ),
        cls="row-form",
        id=name,
        hidden=True,
        role="group",
        aria_label=title,
    )


def note(words: Words, *, is_required: bool = True) -> Html:
    """Return the field of a reason."""
    box = el("input", name="note", maxlength=LONGEST_NOTE, required=is_required, autocomplete="off")
    return el("label", el("span", words.say("row.note")), box)


def read_only(words: Words) -> Html:
    """Return that somebody may look at the row, and not act."""
    return el("p", words.say("row.read_only"), cls="quiet")
