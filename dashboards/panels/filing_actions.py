"""What Transport can do with a registration, or with all that are picked; each has its key."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from dashboards.components import badge, key_cap
from dashboards.markup import Html, el, join
from dashboards.words import Words
from ioc.permits.model import Change, Permit, PermitClass
from ioc.permits.rules import FOLLOWS
from ioc.places import Site
from ioc.registrations.model import Filing, RegistrationStep
from ioc.registrations.rules import possible_steps

Step = RegistrationStep
# Where red vehicles can be sent, and at which of them no camera sees who arrives.
Sites = tuple[Sequence[Site], Collection[str]]
CLASSES = (
    ("KeyX", "X", PermitClass.GREEN),
    ("KeyV", "V", PermitClass.YELLOW),
    ("KeyD", "D", PermitClass.RED),
)
# Why Transport refuses, asks, takes back: texts of the labels, the usual ones by a digit.
REASONS: Mapping[StrEnum, tuple[str, ...]] = {
    Step.REFUSE: ("no_need", "forbidden_area", "false_facts", "violated", "full"),
    Step.ASK: ("ask_dates", "ask_destination", "ask_people", "ask_papers", "ask_driver"),
    Step.REOPEN: ("mistake", "new_facts"),
    Change.REVOKE: ("left_way", "misused", "false_facts"),
}
OTHERS = (("KeyT", "T", Step.REFUSE), ("KeyH", "H", Step.ASK), ("KeyU", "U", Step.REOPEN))
SITES = 9
MORE_HOURS = (12, 24, 72)


def actions(
    filing: Filing, permit: Permit | None, sites: Sites, words: Words, *, may_act: bool
) -> Html:
    """Return the rows of decisions; one that does not follow is locked and says why.

    `permit` is what the registration led to, as it stands now.
    """
    if not may_act:
        return el("p", words.say("transport.read_only"), cls="quiet read-only")
    possible = possible_steps(filing.state)
    approve = [
        join(
            [
                _approval(code, key, permit_class, words, is_open=Step.APPROVE in possible),
                _sites(sites, words) if permit_class is PermitClass.RED else None,
            ]
        )
        for code, key, permit_class in CLASSES
    ]
    other = [
        join([_other(code, key, step, words, is_open=step in possible), _reasons(step, words)])
        for code, key, step in OTHERS
    ]
    return join([*approve, *other, _changes(permit, words), _paper(filing, words), _confirm(words)])


def _changes(permit: Permit | None, words: Words) -> Html | None:
    """Return what can be changed of a permit in force: its end, or that it stands at all."""
    if permit is None or Change.REVOKE not in FOLLOWS[permit.state]:
        return None
    hours = [
        el(
            "button",
            key_cap(str(n)),
            words.say("transport.more_hours", n=more),
            type="button",
            data_hotkey=f"Digit{n}",
            data_hours=more,
        )
        for n, more in enumerate(MORE_HOURS, 1)
    ]
    return join(
        [
            _change("KeyG", "G", Change.EXTEND, words),
            el("div", hours, cls="chooser", id="pick-extend", hidden=True),
            _change("KeyK", "K", Change.REVOKE, words),
            _reasons(Change.REVOKE, words),
        ]
    )


def _change(code: str, key: str, change: Change, words: Words) -> Html:
    return el(
        "button",
        key_cap(key),
        el("b", words.say(f"transport_do.{change}")),
        el("small", words.say(f"transport_hint.{change}")),
        cls="action is-open",
        type="button",
        data_hotkey=code,
        data_deed="change",
        data_change=change.value,
        data_said=words.say(f"transport_do.{change}"),
        data_shows=f"pick-{change.value}",
    )


def _approval(
    code: str, key: str, permit_class: PermitClass, words: Words, *, is_open: bool
) -> Html:
    is_red = permit_class is PermitClass.RED
    hint = "transport.locked" if not is_open else f"transport_hint.{permit_class}"
    return el(
        "button",
        key_cap(key),
        badge(permit_class, words, 26),
        el("b", words.say(permit_class)),
        el("small", words.say(hint)),
        cls="action is-open" if is_open else "action is-locked",
        type="button",
        data_hotkey=code,
        data_deed=Step.APPROVE.value,
        data_class=permit_class.value,
        data_said=words.say(permit_class),
        data_shows="pick-site" if is_red else None,
        data_locked=not is_open,
    )


def _other(code: str, key: str, step: Step, words: Words, *, is_open: bool) -> Html:
    hint = f"transport_hint.{step}" if is_open else "transport.locked"
    return el(
        "button",
        key_cap(key),
        el("b", words.say(f"transport_do.{step}")),
        el("small", words.say(hint)),
        cls="action is-open" if is_open else "action is-locked",
        type="button",
        data_hotkey=code,
        data_deed=step.value,
        data_said=words.say(f"transport_do.{step}"),
        data_shows=f"pick-{step.value}",
        data_locked=not is_open,
    )


def _paper(filing: Filing, words: Words) -> Html | None:
    if filing.permit is None:
        return None
    return el(
        "a",
        key_cap("P"),
        el("b", words.say("transport.print")),
        el("small", words.say("transport.print_hint")),
        cls="action is-open",
        href=f"/paper/{filing.permit}",
        target="_blank",
        rel="noopener",
        data_hotkey="KeyP",
    )


def _sites(sites: Sites, words: Words) -> Html:
    known, unseen = sites
    buttons = [
        el(
            "button",
            key_cap(str(n)),
            site.name,
            el("small", words.say("transport.unseen")) if site.id in unseen else None,
            el("small", words.say("transport.places", n=words.number(site.capacity))),
            type="button",
            data_hotkey=f"Digit{n}",
            data_site=site.id,
        )
        for n, site in enumerate(known[:SITES], 1)
    ]
    title = words.say("transport.which_site")
    return el("div", el("p", title), buttons, cls="chooser", id="pick-site", hidden=True)


def _reasons(step: StrEnum, words: Words) -> Html:
    known = [
        el(
            "button",
            key_cap(str(n)),
            words.say(f"transport_reason.{reason}"),
            type="button",
            data_hotkey=f"Digit{n}",
            data_reason=reason,
        )
        for n, reason in enumerate(REASONS[step], 1)
    ]
    own = words.say("transport.own_reason")
    field = el(
        "input", name="note", maxlength=300, autocomplete="off", placeholder=own, aria_label=own
    )
    said = words.say("transport.send")
    send = el("button", key_cap("↵"), said, type="button", data_own=True, data_enter=True)
    return el("div", known, field, send, cls="chooser", id=f"pick-{step.value}", hidden=True)


def _confirm(words: Words) -> Html:
    return el(
        "div",
        el("p", cls="confirm-text", data_text=words.say("transport.confirm")),
        el(
            "button",
            key_cap("↵"),
            words.say("transport.yes"),
            type="button",
            data_hotkey="Enter",
            data_yes=True,
        ),
        el("button", key_cap("Esc"), words.say("transport.no"), type="button", data_no=True),
        cls="chooser confirm",
        id="confirm",
        hidden=True,
        role="alertdialog",
    )
