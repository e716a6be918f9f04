"""The figures on top of the administrator's desk, of a seat's scope; each leads to its rows."""

from dashboards.panels.breach_lines import left_of
from dashboards.panels.totals import Total
from dashboards.screen import Seat
from dashboards.words import Words
from ioc.administration.service import standing
from ioc.breaches.service import untold
from ioc.centre import Centre

HERE = "/admin?list="


def figures(centre: Centre, seat: Seat, words: Words) -> list[Total]:
    """Return accounts, sessions, keys, what was refused, what waits, how the chain stands."""
    known = standing(centre, seat.scope)

    def total(n: int, text: str, where: str, context: str = "", *, is_due: bool = False) -> Total:
        return Total(words.number(n), words.say(text), HERE + where, context, is_due=is_due)

    shown = [
        total(known.accounts, "admin.accounts", "accounts"),
        total(known.sessions, "admin.sessions", "sessions"),
    ]
    if seat.scope is not None:
        return shown
    waiting = words.say("admin.letters_waiting", n=words.number(known.letters_waiting))
    unchained = words.say("admin.unchained", n=words.number(known.unchained))
    return [
        *shown,
        total(known.keys, "admin.keys", "keys"),
        total(known.refused_today, "admin.refused", "refused&span=day"),
        total(
            known.letters_given_up,
            "admin.letters_given_up",
            "letters&state=given_up",
            waiting,
            is_due=known.letters_given_up > 0,
        ),
        _breaches(centre, words),
        total(known.links, "admin.links", "audit&row=chain", unchained),
    ]


def _breaches(centre: Centre, words: Words) -> Total:
    """Return the breaches of which the authority was not told, and how long there is for it."""
    found = untold(centre)
    left = left_of(found[0], centre.now(), words) if found else ""
    text, href = words.say("admin.breaches"), f"{HERE}breaches&ended=no"
    return Total(words.number(len(found)), text, href, left, is_due=bool(found))
