"""What is told of a step that was taken with one row or many."""

from collections.abc import Callable, Sequence

from dashboards.tables.model import Deed, Done
from dashboards.words import Words
from ioc.errors import Conflict, Forbidden, InvalidInput, IocError, NotFound


def told(fault: IocError, words: Words) -> str:
    """Return what a person can act on."""
    match fault:
        case Conflict():
            return words.say("row.conflict")
        case Forbidden():
            return words.say("row.read_only")
        case NotFound():
            return words.say("row.gone")
        case InvalidInput():
            return words.say("desk.invalid", field=words.say(f"field.{fault.field}"))
    return words.say("state.no_store")


def done_each(deed: Deed, what: str, do: Callable[[str], object]) -> Done:
    """Do a step with every row of a deed, each by itself; `what` names the step.

    Raises:
        IocError: there was one row, and it was left as it was.
    """
    results = list[tuple[str, IocError | None]]()
    for ref in deed.ids:
        try:
            do(ref)
            results.append((ref, None))
        except IocError as fault:
            results.append((ref, fault))
    return done_of(results, what, deed.words)


def done_of(results: Sequence[tuple[str, IocError | None]], what: str, words: Words) -> Done:
    """Return what became of each row, in one sentence: how many are done, why others are not.

    Raises:
        IocError: there was one row, and it was left as it was.
    """
    ids = tuple(ref for ref, fault in results if fault is None)
    faults = [fault for _, fault in results if fault is not None]
    if len(results) == 1 and faults:
        raise faults[0]
    said = words.say("row.done", what=what, n=words.number(len(ids))) if ids else ""
    if not faults:
        return Done(said, ids)
    left = words.say("row.left", n=words.number(len(faults)), why=told(faults[0], words))
    return Done(f"{said} {left}".strip(), ids)
