"""Which role opens which page and does what; how long a session lasts; when a door is shut.

Everything here is pure: no store, no clock.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ioc.access.model import Action, Came, Page, Proof, Role
from ioc.errors import InvalidInput

MAX_FAILURES = 5
# A room of desks comes from one address: one who mistypes must not shut out the others.
MAX_FAILURES_OF_ORIGIN = 20
LOCKED_FOR = timedelta(minutes=15)
MIN_PASSWORD, MAX_PASSWORD = 12, 256

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SCOPE = re.compile(r"[A-Za-z0-9._-]{1,64}")
MAX_DISPLAY_NAME = 120


@dataclass(frozen=True)
class Grant:
    """What a role has: its pages in the order of the navigation, and its actions."""

    pages: tuple[Page, ...]
    actions: frozenset[Action]
    lifetime: timedelta
    idle: timedelta


# Time to fetch the telephone, or to enrol it.
WAITS_FOR_PROOF = timedelta(minutes=10)
# Whoever does one of these sees persons or vehicles by name, or decides who does.
GUARDED = frozenset(
    {
        Action.SEE_PLATE,
        Action.SEE_EVIDENCE,
        Action.LOOK_UP_PLATE,
        Action.SEE_PERSON,
        Action.LOOK_UP_PERSON,
        Action.SEE_REPORTER,
        Action.READ_AUDIT,
        Action.MANAGE_ACCESS,
    }
)
DESK_LIFETIME, DESK_IDLE = timedelta(hours=12), timedelta(minutes=30)


def _desk(pages: tuple[Page, ...], actions: set[Action] | frozenset[Action]) -> Grant:
    return Grant(pages, frozenset(actions), DESK_LIFETIME, DESK_IDLE)


_FIGURES = (Page.ENTRIES, Page.SCANS, Page.HEALTH, Page.REPORTS, Page.CAMERAS)
_VEHICLES = {Action.SEE_PLATE, Action.SEE_EVIDENCE, Action.LOOK_UP_PLATE}
_CASES = {*_VEHICLES, Action.TAKE_STEP, Action.TAKE_EVIDENCE}

GRANTS: Mapping[Role, Grant] = {
    # A wall stands for days without a hand on it, shows no personal data, and must not go dark:
    # whoever passes it can press its keys, so its account sees no plate and acts on nothing.
    Role.OPERATOR: Grant(
        (Page.WALL, Page.POLICE, *_FIGURES),
        frozenset(),
        timedelta(days=7),
        timedelta(hours=12),
    ),
    # Who answers for a breach knows how long there is to tell of it.
    Role.LEADER: _desk(
        (Page.BRIEFING, Page.WALL, *_FIGURES), {Action.SIGN_BRIEFING, Action.FOLLOW_BREACH}
    ),
    # Police look one person up with a purpose; lists of persons stay masked.
    Role.POLICE: _desk((Page.POLICE, Page.ENTRIES, Page.WALL), {*_CASES, Action.LOOK_UP_PERSON}),
    Role.SHIFT_LEAD: _desk(
        (Page.SHIFT, Page.POLICE, Page.BRIEFING, Page.WALL, *_FIGURES),
        {
            *_CASES,
            Action.LEAD_SHIFT,
            Action.APPROVE_TRAIL,
            Action.LOOK_UP_PERSON,
            Action.HANDLE_REPORT,
            Action.SEE_REPORTER,
            Action.EXPORT_LIST,
            Action.SIGN_BRIEFING,
        },
    ),
    Role.TRANSPORT: _desk(
        (Page.TRANSPORT, Page.ENTRIES, Page.BRIEFING, Page.WALL),
        {
            Action.DECIDE_REGISTRATION,
            Action.SEE_PLATE,
            Action.EXPORT_LIST,
            Action.SIGN_BRIEFING,
        },
    ),
    # Not the operator: an account that stands on a wall for days must never gain a plate.
    Role.REVIEWER: _desk(
        (Page.REVIEW, Page.WALL),
        {Action.ANSWER_QUESTION, Action.SEE_PLATE, Action.SEE_EVIDENCE},
    ),
    Role.HEALTH: _desk(
        (Page.HEALTH, Page.ENTRIES, Page.SCANS, Page.BRIEFING, Page.WALL),
        {
            Action.SEE_PERSON,
            Action.LOOK_UP_PERSON,
            Action.DECIDE_DECLARATION,
            Action.DECIDE_CASE,
            Action.EXPORT_LIST,
            Action.SIGN_BRIEFING,
        },
    ),
    # Its own reports alone: see `ioc.reports.routing.handled`.
    Role.AGENCY: _desk((Page.REPORTS, Page.WALL), {Action.HANDLE_REPORT, Action.SEE_REPORTER}),
    # Reads who looked at what, and sees none of it.
    Role.AUDITOR: _desk(
        (Page.ADMIN, Page.WALL, Page.COMPONENTS),
        {Action.READ_AUDIT, Action.TAKE_AUDIT, Action.JUDGE_LOOKUP, Action.FOLLOW_BREACH},
    ),
    # Who is watched neither carries away what was written down of him nor judges it.
    Role.ADMIN: _desk(tuple(Page), frozenset(Action) - {Action.TAKE_AUDIT, Action.JUDGE_LOOKUP}),
}


def pages_of(role: Role) -> tuple[Page, ...]:
    """Return the pages `role` may open, in the order of the navigation."""
    return GRANTS[role].pages


def may_open(role: Role, page: Page) -> bool:
    """Tell whether `role` may open `page`.

    >>> may_open(Role.LEADER, Page.POLICE)
    False
    """
    return page in GRANTS[role].pages


def may(role: Role, action: Action) -> bool:
    """Tell whether `role` may do `action`.

    >>> may(Role.OPERATOR, Action.TAKE_STEP), may(Role.POLICE, Action.TAKE_STEP)
    (False, True)
    """
    return action in GRANTS[role].actions


def expires_at(role: Role, signed_in_at: datetime) -> datetime:
    """Return when a session of `role` ends, however much it is used."""
    return signed_in_at + GRANTS[role].lifetime


def is_alive(role: Role, seen_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """Tell whether a session last used at `seen_at` still stands at `now`.

    A use that lies as far in the future as the idle limit comes from a clock that was set back
    (a replay of another day): it ends the session as well.
    """
    return now < ends_at and abs(now - seen_at) < GRANTS[role].idle


def is_locked(of_name: int, of_origin: int) -> bool:
    """Tell whether the failures of a name and of an address within `LOCKED_FOR` shut the door."""
    return of_name >= MAX_FAILURES or of_origin >= MAX_FAILURES_OF_ORIGIN


def needs_second_factor(role: Role) -> bool:
    """Tell whether a role must prove itself twice: it sees persons, or decides who does.

    >>> [role.value for role in Role if not needs_second_factor(role)]
    ['operator', 'leader']
    """
    return not GRANTS[role].actions.isdisjoint(GUARDED)


def proof_of(role: Role, came: Came, *, has_factor: bool, is_required: bool) -> Proof:
    """Return what a session still waits for once the password, or the provider, said yes."""
    if came.is_proven:
        return Proof.DONE
    if has_factor:
        return Proof.CODE
    return Proof.ENROL if is_required and needs_second_factor(role) else Proof.DONE


def is_name(name: str) -> bool:
    """Tell whether `name` can be the name of an account or of a key's source."""
    return _NAME.fullmatch(name) is not None


def require_name(field: str, name: str) -> str:
    """Return `name`.

    Raises:
        InvalidInput: it is no name.
    """
    if not is_name(name):
        raise InvalidInput(field, "needs 1 to 64 characters a-z, 0-9, dot, dash, underscore")
    return name


def require_password(password: str) -> str:
    """Return `password`.

    Raises:
        InvalidInput: it is too short or too long.
    """
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise InvalidInput("password", f"needs {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    return password


def require_profile(display_name: str, scope: str | None, agency: str | None = None) -> None:
    """Return when all can be shown and stored.

    Raises:
        InvalidInput: one cannot.
    """
    if not display_name.isprintable() or not 1 <= len(display_name) <= MAX_DISPLAY_NAME:
        raise InvalidInput("display_name", f"needs 1 to {MAX_DISPLAY_NAME} printable characters")
    if scope is not None and not _SCOPE.fullmatch(scope):
        raise InvalidInput("scope", "must be the code of a district or a commune")
    if agency is not None and not _SCOPE.fullmatch(agency):
        raise InvalidInput("agency", "must be the id of an agency")
