"""The table of docs/operating.md, written from what a run measured."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.faults.suite.run import WHOLE, Outcome
from tests.faults.suite.table import Fault

DOCS = Path(__file__).resolve().parents[3] / "docs" / "operating.md"
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"
HEAD = "| fault | lasts | no write answered for | writes after its end | all at work after | lost |"


def table(faults: Sequence[Fault], outcomes: Sequence[Outcome]) -> list[str]:
    """Return the table: of each fault the worst of all rounds."""
    rounds = max(one.round for one in outcomes)
    tried = [one for one in outcomes if not one.untried and one.id != WHOLE]
    total = sum(one.acknowledged for one in tried)
    lines = [
        f"{rounds} round{'s' if rounds > 1 else ''} in random order, the worst of each;"
        f" {total:,} items acknowledged.",
        "",
        HEAD,
        "|---|---|---|---|---|---|",
    ]
    for fault in faults:
        mine = [one for one in outcomes if one.id == fault.id]
        lines.append(f"| {fault.what} | {_lasted(fault)} | {' | '.join(_cells(mine))} |")
    return lines


def write(faults: Sequence[Fault], outcomes: Sequence[Outcome], file: Path = DOCS) -> None:
    """Put the table into the page, in place of the one that is there."""
    text = file.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    body = "\n".join(["", "", *table(faults, outcomes), "", ""])
    file.write_text(f"{before}{BEGIN}{body}{END}{after}", encoding="utf-8")


def named(file: Path = DOCS) -> list[str]:
    """Return the faults that the page's table names, in its order."""
    body = file.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    rows = [line for line in body.splitlines() if line.startswith("| ") and line != HEAD]
    return [line.split("|")[1].strip() for line in rows]


def _lasted(fault: Fault) -> str:
    return f"{fault.lasts_s:.0f} s" if fault.lasts_s else "-"


def _cells(mine: Iterable[Outcome]) -> list[str]:
    done = [one for one in mine if not one.untried]
    if not done:
        why = next((one.untried for one in mine), "")
        return [f"not tried: {why}" if why else "not tried yet", "", "", ""]
    longest = (
        max(getattr(one, name) for one in done) for name in ("silent_s", "writes_s", "whole_s")
    )
    return [*(f"{seconds:.1f} s" for seconds in longest), str(sum(one.lost for one in done))]
