"""`ioc doctor`: what is wrong with this installation, and what to do about it."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ioc.administered import StateOption
from ioc.clock import utc_now
from ioc.doctor.model import Defect, Diagnosis
from ioc.doctor.premises import open_premises
from ioc.doctor.service import examine
from ioc.embedded.stores import join_stores
from ioc.labels import Language, label

app = typer.Typer(add_completion=False)


@app.command()
def doctor(
    *,
    state: StateOption = None,
    port: Annotated[int, typer.Option(help="Port of the pages.")] = 8050,
    api_port: Annotated[int, typer.Option(help="Port of the API.")] = 8060,
    language: Annotated[Language, typer.Option(help="Of what is told.")] = Language.VI,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object, in both languages.")
    ] = False,
) -> None:
    """Say what is wrong with an installation and what to do; exit 1 where something is at fault.

    Nothing is changed. Stores that are away are told, and what could not be looked at with them.
    """
    with _environment(state) as env:
        ports = {"dashboards": port, "ingest": api_port}
        with open_premises(env, ports) as premises:
            report = examine(premises)
    if as_json:
        typer.echo(json.dumps(_told(report), ensure_ascii=False))
    else:
        _show(report, language)
    if not report.is_sound:
        raise typer.Exit(1)


@contextmanager
def _environment(state: Path | None) -> Iterator[Mapping[str, str]]:
    """Yield what the processes of an installation are told: ours, or that of a demo's folder."""
    if state is None:
        yield os.environ
        return
    with join_stores(state) as stores:
        yield {**os.environ, **stores.demo_environment()}


def _show(report: Diagnosis, language: Language) -> None:
    for one in report.findings:
        severity = label(one.severity, language).upper()
        typer.echo(f"{severity:8} {one.name}: {_words('finding', one, language)}")
        typer.echo(f"{'':8} → {_words('remedy', one, language)}")
    if report.skipped:
        names = ", ".join(report.skipped)
        typer.echo(label("doctor.skipped", language).format(checks=names))
    if not report.findings:
        typer.echo(label("doctor.sound", language).format(n=report.looked))


def _told(report: Diagnosis) -> dict[str, object]:
    return {
        "at": utc_now().isoformat(),
        "sound": report.is_sound,
        "findings": [
            {
                "name": one.name,
                "severity": one.severity.value,
                "values": dict(one.values),
                **{
                    kind: {tongue.value: _words(kind, one, tongue) for tongue in Language}
                    for kind in ("finding", "remedy")
                },
            }
            for one in report.findings
        ],
        "skipped": {name: need.value for name, need in report.skipped.items()},
    }


def _words(kind: str, one: Defect, language: Language) -> str:
    return label(f"doctor_{kind}.{one.name}", language).format_map(one.values)
