"""Prometheus and Grafana as files: every figure they name is told by a process of ours."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml
from fastapi import FastAPI

from dashboards.hub import Hub
from dashboards.vitals import PageVitals
from ingest.feeds.ears import Ears
from ingest.metrics import Metrics
from ioc.archive_state import ArchiveState
from ioc.backups import STAMP
from ioc.centre import Centre
from ioc.clockwork import Clockwork
from ioc.condition import Conditions
from ioc.vitals import Vitals
from tests.compose import ROOT
from vision.spool import Spool
from vision.vitals import CameraVitals
from vision.worker import Watch

DEPLOY = ROOT / "deploy"
BOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
RULES = DEPLOY / "prometheus" / "alerts.yml"
TYPE = re.compile(r"^# TYPE (\S+) (\S+)$", re.M)
# Told by Prometheus itself of whom it asks.
OF_PROMETHEUS = {"up"}


def told(centre: Centre, spool: Path) -> dict[str, str]:
    """Return the page of figures of each service."""
    api = Metrics(centre)
    api.count("scan", ["recorded"])
    pages, server = PageVitals(centre), FastAPI()
    pages.add_to(server, Hub(centre, {}))
    keeper = Vitals("timekeeper", centre)
    Clockwork(keeper.registry)
    keeper.registry.register(Conditions(centre))
    vision = Vitals("vision", centre)
    watch = Watch([], centre.now, lambda _name, _state: None, "worker")
    vision.registry.register(CameraVitals(watch, Spool(spool), centre.now))
    listening, archive = Vitals("listening", centre), Vitals("archive", centre)
    ears = Ears(listening.registry)
    ears.expect("cam-002")
    ears.follow("mqtt", 1)
    made = {
        "ingest": api.page(),
        "dashboards": pages.page(),
        "listening": listening.page(),
        "archive": archive.page(),
    }
    return {
        name: page.decode()
        for name, page in {
            **made, "timekeeper": keeper.page(), "vision": vision.page()
        }.items()
    }  # fmt: skip


def series(page: str) -> Iterator[str]:
    """Yield the names of the series of a page."""
    for name, kind in TYPE.findall(page):
        yield name
        if kind == "histogram":
            yield from (f"{name}_{part}" for part in ("bucket", "sum", "count"))


def named(expression: Any) -> Iterator[str]:
    """Yield the names of the metrics in a parsed expression."""
    if isinstance(expression, promql.VectorSelector):
        yield expression.name
    for part in ("lhs", "rhs", "expr", "vector_selector", "args", "param"):
        inner = getattr(expression, part, None)
        for one in inner if isinstance(inner, list) else [inner]:
            if one is not None:
                yield from named(one)


def expressions() -> dict[str, str]:
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    found = {rule["alert"]: rule["expr"] for group in rules["groups"] for rule in group["rules"]}
    for file in BOARDS:
        for panel in json.loads(file.read_text(encoding="utf-8"))["panels"]:
            for target in panel["targets"]:
                found[f"{file.stem}: {panel['title']} {target['refId']}"] = target["expr"]
    return found


def test_every_figure_that_is_named_is_told_by_a_process(
    centre: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (centre.settings.backup_dir / centre.now().strftime(STAMP)).mkdir(parents=True)
    monkeypatch.setattr("ioc.condition.archive_state", lambda _conn: ArchiveState(True, False, 0))
    known = {name for page in told(centre, tmp_path).values() for name in series(page)}
    asked = {where: set(named(promql.parse(text))) for where, text in expressions().items()}
    assert all(asked.values())
    assert not {where: names - known - OF_PROMETHEUS for where, names in asked.items()
                if names - known - OF_PROMETHEUS}  # fmt: skip
    assert len(asked) > 40
    wrong = promql.parse("rate(ioc_nothing_total[5m]) > 0")
    assert set(named(wrong)) - known == {"ioc_nothing_total"}


def test_no_figure_names_a_person_or_a_vehicle(centre: Centre, tmp_path: Path) -> None:
    """Labels are kinds, routes, services, cameras: sets that do not grow with people."""
    pages = "".join(told(centre, tmp_path).values())
    labels = set(re.findall(r'[{,]([a-z_]+)="', pages))
    assert labels <= {
        *("service", "version", "state", "method", "route", "status", "kind", "outcome", "le"),
        *("page", "duty", "folder", "camera", "maker", "sort", "broker"),
    }


def test_the_rules_say_in_both_languages_what_is_wrong() -> None:
    rules = [
        rule
        for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    ]
    assert len({rule["alert"] for rule in rules}) == len(rules) > 12
    for rule in rules:
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert {"vi", "en"} == set(rule["annotations"])
        fields = [set(re.findall(r"\$labels\.\w+", text)) for text in rule["annotations"].values()]
        assert fields[0] == fields[1]


@pytest.mark.parametrize("file", BOARDS, ids=lambda file: file.stem)
def test_a_board_is_one_that_grafana_takes(file: Path) -> None:
    board = json.loads(file.read_text(encoding="utf-8"))
    assert board["uid"] == f"ioc-{file.stem}"
    assert board["editable"] is False
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(set(numbers)) == len(numbers)
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, f"{panel['title']} lies over another"
        taken |= cells
        assert " · " in panel["title"], "Vietnamese first, then English"
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"ioc"}


def test_what_is_provisioned_is_there() -> None:
    source = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/ioc.yml").read_text())
    assert [one["uid"] for one in source["datasources"]] == ["ioc"]
    scraped = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    assert all((RULES.parent / name).exists() for name in scraped["rule_files"])
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    for job in scraped["scrape_configs"]:
        for asked in job["dns_sd_configs"]:
            assert set(asked["names"]) <= set(compose["services"])
            for name in asked["names"]:
                told = compose["services"][name].get("environment", {}).get("IOC_PROBES")
                assert told in (None, f"0.0.0.0:{asked['port']}")
    asked = {name for job in scraped["scrape_configs"] for name in [job["job_name"]]}
    assert {n for n, s in compose["services"].items() if "IOC_PROBES" in str(s)} <= asked
