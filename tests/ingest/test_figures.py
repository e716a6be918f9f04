"""`GET /v1/figures`: the numbers that were promised, and each taken apart over HTTP."""

import pytest

from ioc.labels import CONFIG_DIR, load_labels
from ioc.overview import load_definitions

# The names that DESIGN.md promises to the outside, section 4.
PROMISED = (
    *("entries_people_today", "entries_vehicles_today", "vehicles_approved_total", "reads_today"),
    *(f"verdicts_today.{outcome}" for outcome in ("pass", "note", "review", "stop")),
    *("alerts_open", "cards_total", "scans_today", "scans_total", "points_active", "doses_total"),
    *("doses_reported_total", "tests_total", "facilities_reporting", "calls_total"),
    *("reports_open", "reports_overdue", "cameras_live", "cameras_total"),
)


def test_every_figure_names_its_source() -> None:
    labels = load_labels(CONFIG_DIR / "labels")
    defined = load_definitions(CONFIG_DIR / "hue" / "figures.toml")
    words = {metric.split(".")[0] for figure in defined for metric in figure.metrics}
    assert not [word for word in sorted(words) if f"figure_source.{word}" not in labels]
    names = {figure.name for figure in defined}
    assert names >= set(PROMISED)
    assert not [figure.name for figure in defined if figure.against and figure.against not in names]


@pytest.mark.parametrize("by", ["unit", "hour", "day"])
def test_a_figure_comes_apart(api, by: str) -> None:
    answer = api.get("/v1/figures/doses_total", params={"by": by, "from": "2021-10-03"})
    assert answer.status_code == 200, answer.text
    whole = answer.json()
    assert (whole["from"], whole["until"]) == ("2021-10-03", "2021-10-05")
    assert (whole["against"], whole["gap"]) == ("doses_reported_total", 0)
    assert [source["id"] for source in whole["source"]] == ["dose"]
    assert len(whole["items"]) == {"unit": 0, "hour": 39, "day": 2}[by]


NO_QUESTIONS = [
    ("/v1/figures/nothing", 404, None),
    ("/v1/figures/reads_today?by=month", 422, "by"),
    ("/v1/figures/reads_today?from=yesterday", 422, "from"),
    ("/v1/figures/reads_today?until=2021-10-09", 422, "until"),
    ("/v1/figures/alerts_open?by=day", 422, "by"),
]


def test_what_cannot_be_asked_is_named(api, subtests) -> None:
    for path, status, field in NO_QUESTIONS:
        with subtests.test(path=path, status=status, field=field):
            answer = api.get(path)
            assert (answer.status_code, answer.json().get("field")) == (status, field)


def test_every_promised_number_is_told(api) -> None:
    told = api.get("/v1/figures").json()["figures"]
    assert not [name for name in PROMISED if name not in told]
    # Whatever the city defines is counted by some subject: none is left out unseen.
    defined = load_definitions(CONFIG_DIR / "hue" / "figures.toml")
    assert set(told) == {figure.name for figure in defined}
