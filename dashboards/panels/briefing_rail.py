"""The rail beside the report: issues, what came later, who signed, what can be done."""

from collections.abc import Sequence

from dashboards.components import key_cap
from dashboards.markup import Html, el, join
from dashboards.words import Words
from ioc.briefings.book import BriefingBook
from ioc.briefings.edition import Edition
from ioc.briefings.model import Amendment, Issue, IssueState
from ioc.briefings.rules import signature_of, state_of

SHOWN = 14
DRAFT = "draft"


def issue_list(found: Sequence[Issue], book: BriefingBook | None, words: Words) -> Html:
    """Return the issues there are, the newest first, and today's preview above them."""
    lines = [_line(DRAFT, words.say("briefing_page.today"), words.say("briefing_page.preview"))]
    for issue in found[:SHOWN]:
        state = IssueState.FROZEN if book is None else state_of(issue, book.signs)
        told = [words.say("briefing.issue", number=issue.number), words.say(state)]
        if issue.version > 1:
            told.insert(1, words.say("briefing.version", version=issue.version))
        at = f"{words.day(issue.cut_off)} {words.minute(issue.cut_off)}"
        lines.append(_line(issue.name, at, ", ".join(told)))
    empty = None if found else el("p", words.say("briefing_page.no_issue"), cls="quiet")
    return join([el("h2", words.say("briefing_page.issues")), empty, el("ol", lines, cls="issues")])


def _line(name: str, title: str, text: str) -> Html:
    link = el("a", el("b", title), el("span", text), href=f"/briefing?issue={name}")
    return el("li", link, data_issue=name)


def later(edition: Edition, amendments: Sequence[Amendment]) -> Html:
    """Return by how much figures of the issue would be others now; the issue stays as it is."""
    words = edition.words
    if edition.issue is None:
        return Html("")
    lines = [
        el(
            "li",
            el("b", words.signed(one.n)),
            f" {edition.unit_name(one.figure)}, {words.moment(one.noted_at)}",
        )
        for one in amendments
    ]
    note = "briefing_page.later_not_in" if lines else "briefing_page.later_none"
    return join(
        [
            el("h2", words.say("briefing_page.later")),
            el("p", words.say(note), cls="quiet"),
            el("ul", lines),
        ]
    )


def signs(edition: Edition, *, may_sign: bool, may_freeze: bool) -> Html:
    """Return who signed, what is still to be signed, and what the viewer can do about it."""
    words, issue = edition.words, edition.issue
    if issue is None:
        return Html("")
    lines = []
    for line in edition.book.signs:
        one = signature_of(issue, line)
        office = edition.text(line.name)
        told = (
            f"{office}: {words.say('briefing.unsigned')}"
            if one is None
            else f"{one.name}, {office}, {words.minute(one.at)}"
        )
        mark = el("i", "✓" if one else "·", aria_hidden="true")
        lines.append(el("li", mark, el("span", told), cls="is-open" if one is None else None))
    is_open = any(signature_of(issue, line) is None for line in edition.book.signs)
    deeds = [
        _deed("sign", "KeyK", "K", words.say("briefing_page.sign"), issue)
        if may_sign and is_open
        else None,
        _deed("freeze", "KeyF", "F", words.say("briefing_page.freeze"), issue)
        if may_freeze
        else None,
    ]
    return join([el("h2", words.say("briefing_page.signs")), el("ul", lines, cls="signed"), deeds])


def _deed(do: str, code: str, cap: str, text: str, issue: Issue) -> Html:
    return el(
        "button",
        key_cap(cap),
        el("span", text),
        cls="deed",
        data_deed=do,
        data_hotkey=code,
        data_issue=issue.name,
    )


def actions(edition: Edition) -> Html:
    """Return what the keys do, and the files of the issue."""
    words, issue = edition.words, edition.issue
    lines = [
        el(
            "button",
            key_cap("P"),
            el("span", words.say("briefing_page.print")),
            el("em", words.say("briefing_page.one_page")),
            cls="print is-next",
        ),
        _look("compare", "KeyB", "B", words.say("briefing_page.compare"), ""),
        _look("source", "KeyN", "N", words.say("briefing_page.source"),
              words.say("briefing_page.press_figure")),
    ]  # fmt: skip
    if issue is not None:
        language = words.language.value
        files = [
            el("a", name.upper(), href=f"/issue/{issue.name}.{name}?lang={language}", download=True)
            for name in ("pdf", "xlsx", "csv")
        ]
        lines.append(el("p", el("span", words.say("briefing_page.files")), files, cls="files"))
    return join(lines)


def _look(name: str, code: str, cap: str, text: str, hint: str) -> Html:
    return el(
        "button",
        key_cap(cap),
        el("span", text),
        el("em", hint) if hint else None,
        data_look=name,
        data_hotkey=code,
    )
