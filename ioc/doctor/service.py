"""The round of a doctor: every check that can look does, and one that fails hides no other."""

from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points

from sqlalchemy.exc import DBAPIError

from ioc.doctor import keeping, machine, stores
from ioc.doctor.model import Defect, Diagnosis, Need, Severity, fault
from ioc.doctor.premises import Check, Premises
from ioc.errors import IocError

# What only an edge knows of itself: each package may offer more checks by this group.
GROUP = "ioc.checks"
OURS = (*machine.CHECKS, *stores.CHECKS, *keeping.CHECKS)


def checks() -> Sequence[Check]:
    """Return every check, in the order in which one may be the cause of the next."""
    offered = (one for point in sorted(entry_points(group=GROUP)) for one in point.load())
    return (*OURS, *offered)


def examine(at: Premises, asked: Sequence[Check] | None = None) -> Diagnosis:
    """Return what is wrong with an installation; nothing of it is changed.

    `asked` are the checks, all where none are given.
    """
    findings: list[Defect] = []
    skipped: dict[str, Need] = {}
    asked = checks() if asked is None else asked
    for check in asked:
        if at.lacks(check.need):
            skipped[check.name] = check.need
            continue
        findings.extend(_looked(check, at))
    findings.sort(key=lambda one: one.severity is not Severity.FAULT)
    return Diagnosis(findings, skipped, len(asked) - len(skipped))


def _looked(check: Check, at: Premises) -> Iterator[Defect]:
    try:
        yield from check.look(at)
    except (DBAPIError, IocError, OSError) as found:
        # By its kind alone: what a library says may hold an address with its password.
        yield fault("check_failed", check=check.name, kind=type(found).__name__)
