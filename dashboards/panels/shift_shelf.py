"""What is set aside and when it comes back; and how one shift is handed to the next."""

from collections.abc import Mapping, Sequence

from dashboards.components import choices, key_cap
from dashboards.markup import Html, el, join
from dashboards.panels.shift_list import place_of, plate_of
from dashboards.words import Words
from ioc.alerts.model import HandOver, Mute, Shelved
from ioc.places import City

MOST = 12


def shelf(
    muted: Sequence[Mute],
    shelved: Sequence[Shelved],
    reasons: Mapping[str, str],
    city: City,
    words: Words,
    *,
    is_masked: bool,
) -> Html:
    """Return muted cameras with what they hold back, then single alerts, soonest first."""
    held = {(mute.camera, mute.rule, mute.until_at) for mute in muted}
    alone = [
        one
        for one in shelved
        if (one.alert.camera, one.alert.rule, one.alert.shelved_until) not in held
    ]
    rows = [_mute(mute, reasons, city, words) for mute in muted]
    rows += [_alert(one, city, words, is_masked=is_masked) for one in alone]
    more = len(rows) - MOST
    return el(
        "section",
        el("h3", words.say("shift.shelf"), el("small", key_cap("U"), words.say("step.unshelve"))),
        choices(rows[:MOST], words.say("shift.shelf"))
        if rows
        else el("p", words.say("shift.shelf_none"), cls="quiet none"),
        el("p", words.say("desk.more", n=more), cls="quiet none") if more > 0 else None,
        cls="shift-block",
    )


def _mute(mute: Mute, reasons: Mapping[str, str], city: City, words: Words) -> Html:
    reason = reasons.get(mute.rule)
    about = mute.rule if reason is None else words.say(f"short_reason.{reason}")
    return el(
        "li",
        el("b", words.number(mute.alerts), cls="num"),
        el(
            "span",
            el("strong", place_of(mute.camera, city)),
            el("small", f"{about}: {mute.reason} ({mute.actor})"),
            cls="what",
        ),
        el("span", words.say("shift.back_at", time=words.minute(mute.until_at)), cls="side"),
        cls="shift-row noise-row",
        role="option",
        aria_selected="false",
        data_item=f"mute:{mute.camera}|{mute.rule}",
    )


def _alert(one: Shelved, city: City, words: Words, *, is_masked: bool) -> Html:
    until = one.alert.shelved_until
    why = ": ".join(part for part in (place_of(one.alert.camera, city), one.reason) if part)
    return el(
        "li",
        el("b", one.alert.priority.value, cls="num"),
        el(
            "span",
            el(
                "strong",
                words.say(f"short_reason.{one.alert.reason}"),
                " ",
                plate_of(one.alert, is_masked=is_masked),
            ),
            el("small", f"{why} ({one.actor})"),
            cls="what",
        ),
        el(
            "span",
            words.say("shift.back_at", time=words.minute(until)) if until else "",
            cls="side",
        ),
        cls="shift-row noise-row",
        role="option",
        aria_selected="false",
        data_item=f"alert:{one.alert.id}",
    )


def hand_overs(past: Sequence[HandOver], words: Words) -> Html:
    """Return the last hand-over with what lay open then, and the key that makes the next."""
    button = el(
        "button",
        key_cap("H"),
        el("b", words.say("shift.hand_over")),
        el("small", words.say("shift.hand_over_hint")),
        cls="action is-open",
        type="button",
        data_hotkey="KeyH",
        data_form="true",
    )
    lines = [_past(one, words) for one in past[:3]]
    return el(
        "section",
        el("h3", words.say("shift.handovers")),
        button,
        el("ol", lines) if lines else el("p", words.say("shift.handovers_none"), cls="quiet none"),
        cls="shift-block handovers",
    )


def _past(one: HandOver, words: Words) -> Html:
    told = words.say(
        "shift.handed",
        giver=one.giver,
        taker=one.taker,
        open=one.summary.get("total", 0),
        overdue=one.summary.get("overdue", 0),
        shelved=one.summary.get("shelved", 0),
    )
    note = el("small", one.note) if one.note else None
    return el("li", el("time", words.moment(one.at)), el("span", told, note))


def hand_over_form(takers: Sequence[str], summary: Mapping[str, object], words: Words) -> Html:
    """Return the form: a note, then whom it goes to by a key."""
    told = words.say(
        "shift.will_hand",
        open=summary.get("total", 0),
        overdue=summary.get("overdue", 0),
        shelved=summary.get("shelved", 0),
    )
    note = el(
        "input",
        name="note",
        maxlength=500,
        autocomplete="off",
        placeholder=words.say("shift.note"),
        aria_label=words.say("shift.note"),
    )
    if not takers:
        return join([el("p", told), el("p", words.say("shift.no_taker"), cls="urgent")])
    people = [
        el(
            "button",
            key_cap(str(n)),
            name,
            type="button",
            data_hotkey=f"Digit{n}",
            data_do="hand_over",
            data_taker=name,
        )
        for n, name in enumerate(takers[:9], 1)
    ]
    # Enter in the note leaves it, so that the next key names who takes over.
    done = el("button", words.say("shift.choose_taker"), type="button", data_enter=True)
    return join([el("p", told), note, done, *people])
