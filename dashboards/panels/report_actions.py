"""What can be done with a report: each with its key on it, and what must be said with it."""

from dataclasses import dataclass

from dashboards.components import key_cap
from dashboards.markup import Html, el, join
from dashboards.panels.choosers import field
from dashboards.panels.report_case import Opened
from dashboards.panels.report_words import agency_name
from dashboards.words import Words
from ioc.reports.model import Case, Party, ReportState, ReportStep
from ioc.reports.offered import Catalogue
from ioc.reports.rules import is_open, possible_steps

LONGEST_NOTE = 1_000
DAYS = (1, 3, 7, 14)
USUAL_DAYS = 3
Step = ReportStep


@dataclass(frozen=True)
class Offer:
    """One action: its key, what it is called by, the step it takes, and what opens before it."""

    key: str
    name: str
    step: Step
    asks: str | None = None

    @property
    def code(self) -> str:
        """Return the physical key."""
        return f"Digit{self.key}" if self.key.isdigit() else f"Key{self.key}"


# The first six are large, the others small; who works for an agency has his own first and fourth.
CENTRE = (
    Offer("1", "urge", Step.URGE, "urge"),
    Offer("2", "reroute", Step.REROUTE, "reroute"),
    Offer("3", "secure", Step.SECURE, "secure"),
    Offer("4", "extend", Step.EXTEND, "extend"),
    Offer("5", "publish", Step.PUBLISH),
    Offer("9", "close", Step.FIX, "close"),
)
AGENCY = (
    Offer("1", "start", Step.START),
    Offer("2", "reroute", Step.REROUTE, "reroute"),
    Offer("3", "secure", Step.SECURE, "secure"),
    Offer("4", "schedule", Step.SCHEDULE, "schedule"),
    Offer("5", "publish", Step.PUBLISH),
    Offer("9", "close", Step.FIX, "close"),
)
MORE = (
    Offer("X", "investigate", Step.INVESTIGATE),
    Offer("T", "note", Step.NOTE, "note"),
    Offer("D", "alike", Step.MARK_DUPLICATE, "alike"),
    Offer("R", "reopen", Step.REOPEN, "reopen"),
)
REVEAL = "reveal"


def actions(
    one: Opened, party: Party, known: Catalogue, words: Words, told: Html, *, may_act: bool
) -> Html:
    """Return the actions; `told` is what may be the same, to be joined."""
    if not may_act:
        return el("p", words.say("reports.read_only"), cls="quiet read-only")
    possible = possible_steps(one.case.state, party)
    large = AGENCY if party is Party.AGENCY else CENTRE
    first = _next(one.case, party)
    buttons = [_button(offer, one, possible, words, is_next=offer.step is first) for offer in large]
    small = [_button(offer, one, possible, words) for offer in MORE]
    boxes = [
        _box(offer, one, known, words, told)
        for offer in (*large, *MORE)
        if offer.asks and offer.step in possible
    ]
    reveal = _reveal(one, words)
    return join(
        [
            el("div", buttons, cls="report-actions"),
            el("div", small, reveal[0], cls="report-actions is-small"),
            *boxes,
            reveal[1],
        ]
    )


def _next(case: Case, party: Party) -> Step | None:
    if party is Party.AGENCY:
        return Step.START if case.state is not ReportState.IN_PROGRESS else Step.FIX
    if not is_open(case.state):
        return Step.PUBLISH if case.answer_picture and case.published_at is None else None
    return Step.URGE if case.overdue_at is not None else None


def _button(
    offer: Offer, one: Opened, possible: frozenset[Step], words: Words, *, is_next: bool = False
) -> Html:
    why = _lock(offer, one, possible)
    kind = "is-locked" if why else "is-next" if is_next else "is-open"
    return el(
        "button",
        key_cap(offer.key),
        el("b", words.say(f"report_do.{offer.name}")),
        el("small", words.say(why)) if why else None,
        type="button",
        cls=f"action {kind}",
        disabled=why is not None,
        title=words.say(why) if why else None,
        data_hotkey=offer.code,
        data_shows=f"report-{offer.asks}" if offer.asks and not why else None,
        data_deed=None if offer.asks or why else offer.step.value,
        aria_expanded="false" if offer.asks and not why else None,
    )


def _lock(offer: Offer, one: Opened, possible: frozenset[Step]) -> str | None:
    """Return the label of why an action cannot be taken now, None when it can."""
    case = one.case
    if offer.step not in possible:
        if offer.step is Step.PUBLISH:
            return "report_lock.not_answered" if is_open(case.state) else "report_lock.publish"
        return "report_lock.closed" if not is_open(case.state) else "report_lock.not_now"
    if offer.step is Step.PUBLISH and case.published_at is not None:
        return "report_lock.published"
    if offer.step is Step.PUBLISH and case.answer_picture is None:
        return "report_lock.no_picture"
    if offer.step is Step.MARK_DUPLICATE and not one.near:
        return "report_lock.nothing_alike"
    return None


def _box(offer: Offer, one: Opened, known: Catalogue, words: Words, told: Html) -> Html:
    """Return what is asked before an action is taken."""
    parts = {
        "urge": lambda: [_note("reports.urge_note", words), _send(Step.URGE, words)],
        "reroute": lambda: [
            el(
                "input",
                name="agency",
                list="reports-names-agency",
                autocomplete="off",
                placeholder=words.say("reports.to_agency"),
                aria_label=words.say("reports.to_agency"),
            ),
            _note("reports.reroute_note", words),
            _send(Step.REROUTE, words),
        ],
        "secure": lambda: [
            _note("reports.secure_note", words),
            *_senders(one, known, words),
            _send(Step.SECURE, words),
        ],
        "extend": lambda: [_note("reports.extend_note", words), *_days(words)],
        "schedule": lambda: [_note("reports.schedule_note", words), _send(Step.SCHEDULE, words)],
        "close": lambda: [
            _note("reports.close_note", words),
            _file(words),
            _send(Step.FIX, words),
            _send(Step.DISMISS, words, is_enter=False),
        ],
        "note": lambda: [
            _note("reports.answer_note", words),
            _file(words),
            _send(Step.NOTE, words),
        ],
        "reopen": lambda: [_note("reports.reopen_note", words), _send(Step.REOPEN, words)],
        "alike": lambda: [told],
    }[str(offer.asks)]()
    return el(
        "div",
        parts,
        cls=f"chooser chooser-{offer.asks}",
        id=f"report-{offer.asks}",
        hidden=True,
        role="group",
        aria_label=words.say(f"report_do.{offer.name}"),
    )


def _note(told: str, words: Words) -> Html:
    return field("note", told, words, LONGEST_NOTE)


def _send(step: Step, words: Words, *, is_enter: bool = True) -> Html:
    return el(
        "button",
        key_cap("Enter") if is_enter else None,
        words.say(f"report_send.{step.value}"),
        type="button",
        data_deed=step.value,
        data_default=is_enter,
    )


def _file(words: Words) -> Html:
    return el(
        "label",
        el("span", words.say("reports.add_picture")),
        el("input", type="file", name="picture", accept="image/jpeg,image/png"),
        cls="file",
    )


def _days(words: Words) -> list[Html]:
    return [
        el(
            "button",
            key_cap("Enter") if days == USUAL_DAYS else None,
            words.say("age.day", n=days),
            type="button",
            data_deed=Step.EXTEND.value,
            data_days=days,
            data_default=days == USUAL_DAYS,
        )
        for days in DAYS
    ]


def _senders(one: Opened, known: Catalogue, words: Words) -> list[Html]:
    """Return who can be sent: whoever governs the ground, and who is rung."""
    service = known.services.get(one.case.report.service)
    unit = one.case.unit or ""
    names = [agency_name(unit, known, words)] if unit in known.agencies else []
    names.append(agency_name(one.case.agency, known, words))
    if service is not None and service.phone:
        names.append(service.phone)
    return [
        el("button", name, type="button", data_fills="note", data_value=name)
        for name in dict.fromkeys(names)
    ]


def _reveal(one: Opened, words: Words) -> tuple[Html | None, Html | None]:
    """Return the button that asks who sent it, and what is asked for that."""
    if not one.may_reveal:
        return None, None
    button = el(
        "button",
        key_cap("M"),
        el("b", words.say("report_do.reveal")),
        type="button",
        cls="action is-open",
        data_hotkey="KeyM",
        data_shows="report-reveal",
        aria_expanded="false",
    )
    box = el(
        "div",
        field("purpose", "reports.reveal_purpose", words, 200),
        el(
            "button",
            key_cap("Enter"),
            words.say("report_send.reveal"),
            type="button",
            data_deed=REVEAL,
            data_default=True,
        ),
        el("p", words.say("reports.reveal_noted"), cls="quiet"),
        cls="chooser",
        id="report-reveal",
        hidden=True,
        role="group",
        aria_label=words.say("report_do.reveal"),
    )
    return button, box
