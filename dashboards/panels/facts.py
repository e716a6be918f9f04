"""What is known beside the pictures: the permit, the rule and its legal basis, the log."""

from collections.abc import Sequence

from dashboards.components import badge
from dashboards.markup import Html, el
from dashboards.words import Words
from ioc.alerts.model import Step, StepTaken
from ioc.notices.model import Letter
from ioc.permits.model import Permit, PermitClass
from ioc.places import City
from ioc.vehicles.rulebook import Rule

LETTERS_SHOWN = 1
# Lines of the log that nobody's hand wrote.
ESCALATE, TIMEKEEPER = "escalate", "timekeeper"


def permit_facts(permit: Permit | None, newest: Permit | None, city: City, words: Words) -> Html:
    """Return the permit the verdict was given by; names are masked until somebody asks.

    `newest` is how it stands now, which may be another version.
    """
    if permit is None:
        empty = el("p", words.say("case.no_permit"), cls="quiet")
        return el("section", el("h3", words.say("case.permit")), empty, cls="facts")
    span = f"{words.moment(permit.valid_from)} \u2013 {words.moment(permit.valid_until)}"
    ended = None if permit.revoked_at is None else words.moment(permit.revoked_at)
    roads = ", ".join(_name(city, road) for road in permit.roads)
    return el(
        "section",
        el("h3", badge(permit.permit_class, words, 24), words.say(permit.permit_class)),
        _list(
            (words.say("case.holder"), None if permit.holder is None else masked(permit.holder)),
            (words.say("case.valid"), span),
            (words.say("case.revoked"), ended),
            (words.say("case.destination"), _name(city, permit.destination or "")),
            (words.say("case.roads"), roads),
            (words.say("case.permit_ref"), f"{permit.ref[:8]}, v{permit.version}"),
            (words.say("case.since"), _since(permit, newest, words)),
        ),
        cls="facts",
    )


def _since(permit: Permit, newest: Permit | None, words: Words) -> str | None:
    if newest is None or newest.version == permit.version:
        return None
    version = words.say("case.rule_version", n=newest.version)
    return f"{version}: {words.say(newest.permit_class)}, {words.say(newest.state)}"


def rule_facts(rule: Rule | None, rule_id: str, road: str, words: Words) -> Html:
    """Return the rule that was broken with its legal basis, from the registry alone."""
    text = words.say("case.rule_gone") if rule is None else rule.texts[words.language.value]
    basis = None if rule is None else rule.legal_basis
    version = None if rule is None else words.say("case.rule_version", n=rule.version)
    return el(
        "section",
        el("h3", words.say("case.rule")),
        _list(
            (rule_id, text),
            (words.say("case.place_class"), road),
            (words.say("case.basis"), basis),
            (words.say("case.version"), version),
        ),
        cls="facts",
    )


def log_lines(log: Sequence[StepTaken], words: Words) -> Html:
    """Return what was done with the case, oldest first; nothing in it can be changed."""
    lines = [
        el(
            "li",
            el("time", words.time(step.at)),
            el("span", el("b", words.say(f"step.{step.step}")), _by(step, words)),
        )
        for step in log
    ]
    head = el("h3", words.say("case.log"), el("small", words.say("case.log_fixed")))
    return el("section", head, el("ol", lines), cls="log")


def notice_lines(letters: Sequence[Letter], words: Words) -> Html | None:
    """Return what was told outside of the case, and how that went; None where nothing was."""
    if not letters:
        return None
    lines = [
        el(
            "li",
            el("time", words.time(letter.delivered_at or letter.put_at)),
            el("span", el("b", letter.channel), ", ", words.say(letter.state)),
        )
        for letter in letters
    ]
    return el("section", el("h3", words.say("case.told")), el("ol", lines), cls="log")


def masked(name: str) -> str:
    """Return a name of which each word keeps its first letter.

    >>> masked("Nam Son Ltd")
    'N•• S•• L••'
    """
    return " ".join(word[:LETTERS_SHOWN] + "••" for word in name.split())


def _by(step: StepTaken, words: Words) -> str:
    note = step.note
    if step.step == Step.ESCORT and note in set(PermitClass):
        note = words.say(f"permit_class.{note}")
    if step.step == ESCALATE and note is not None:
        note = words.say("case.level", n=note.rpartition(" ")[2])
    actor = words.say("case.by_itself") if step.actor == TIMEKEEPER else step.actor
    parts = [step.unit, note, actor]
    return ", " + ", ".join(part for part in parts if part)


def _name(city: City, place: str) -> str:
    return city.places[place].name if place in city.places else place


def _list(*pairs: tuple[str, str | None]) -> Html:
    shown = [(name, value) for name, value in pairs if value]
    return el("dl", [[el("dt", name), el("dd", value)] for name, value in shown])
