"""No way into the API without a key, and none with a key for something else."""

import re

import httpx

from ingest.app import create_app
from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import Centre

# Whoever watches over the service, and whoever reads its description, has no key.
OPEN = {"/healthz", "/readyz", "/metrics"}
NEEDS = {
    ("POST", "/v1/declarations"): Right.DECLARATIONS,
    ("GET", "/v1/declarations/{ref}"): Right.DECLARATIONS,
    ("GET", "/v1/declarations"): Right.HEALTH_DECISIONS,
    ("GET", "/v1/declarations/{ref}/whole"): Right.HEALTH_DECISIONS,
    ("POST", "/v1/declarations/{ref}/withdrawal"): Right.DECLARATIONS,
    ("POST", "/v1/declarations/{ref}/decision"): Right.HEALTH_DECISIONS,
    ("POST", "/v1/lodgings"): Right.LODGINGS,
    ("POST", "/v1/waves"): Right.WAVES,
    ("GET", "/v1/waves"): Right.WAVES,
    ("GET", "/v1/tasks"): Right.TASKS,
    ("GET", "/v1/tasks/{ref}"): Right.TASKS,
    ("POST", "/v1/tasks/{ref}/steps"): Right.TASKS,
    ("GET", "/v1/duplicates"): Right.DUPLICATES,
    ("POST", "/v1/duplicates/{ref}/decision"): Right.DUPLICATES,
    ("POST", "/v1/reads"): Right.READS,
    ("POST", "/v1/heartbeats"): Right.READS,
    ("POST", "/v1/permits"): Right.PERMITS,
    ("GET", "/v1/permits/{plate}"): Right.PERMITS,
    ("GET", "/v1/permits/{ref}/versions"): Right.PERMITS,
    ("GET", "/v1/permits/{ref}/paper"): Right.PERMITS,
    ("POST", "/v1/permits/{ref}/changes"): Right.DECISIONS,
    ("POST", "/v1/registrations"): Right.REGISTRATIONS,
    ("GET", "/v1/registrations/{ref}"): Right.REGISTRATIONS,
    ("POST", "/v1/registrations/{ref}/replies"): Right.REGISTRATIONS,
    ("POST", "/v1/registrations/{ref}/decision"): Right.DECISIONS,
    ("GET", "/v1/lists"): Right.LISTS,
    ("POST", "/v1/lists/{list_id}/entries"): Right.LISTS,
    ("POST", "/v1/cards"): Right.CARDS,
    ("GET", "/v1/cards/{qid}"): Right.CARDS,
    ("POST", "/v1/cards/{qid}/steps"): Right.CARDS,
    ("POST", "/v1/scans"): Right.SCANS,
    ("POST", "/v1/points"): Right.POINTS,
    ("GET", "/v1/places"): Right.PLACES,
    ("GET", "/v1/alerts"): Right.ALERTS,
    ("GET", "/v1/alerts/{alert_id}"): Right.ALERTS,
    ("POST", "/v1/alerts/{alert_id}/steps"): Right.ALERTS,
    ("GET", "/v1/figures"): Right.FIGURES,
    ("GET", "/v1/figures/{name}"): Right.FIGURES,
    ("POST", "/v1/doses"): Right.DOSES,
    ("GET", "/v1/doses/near-repeats"): Right.DOSES,
    ("POST", "/v1/doses/{ref}/correction"): Right.DOSES,
    ("POST", "/v1/tests"): Right.TESTS,
    ("POST", "/v1/tests/results"): Right.TESTS,
    ("POST", "/v1/tests/{ref}/result"): Right.TESTS,
    ("GET", "/v1/cases"): Right.CASES,
    ("POST", "/v1/cases/{ref}/steps"): Right.CASES,
    ("POST", "/v1/paper-totals"): Right.PAPER_TOTALS,
    ("GET", "/v1/paper-totals"): Right.PAPER_TOTALS,
    ("GET", "/v1/reconciliation"): Right.HEALTH,
    ("GET", "/v1/coverage"): Right.HEALTH,
    ("GET", "/v1/positivity"): Right.HEALTH,
    ("GET", "/v1/facilities/silent"): Right.HEALTH,
    ("POST", "/v1/fhir"): Right.FHIR,
    ("GET", "/v1/fhir/{kind}"): Right.FHIR,
    ("GET", "/v1/patrols"): Right.PATROLS,
    ("POST", "/v1/patrols"): Right.PATROLS,
    ("POST", "/v1/reports"): Right.REPORTS,
    ("POST", "/v1/reports/{ref}/replies"): Right.REPORTS,
    ("GET", "/v1/reports"): Right.HANDLING,
    ("GET", "/v1/reports/workloads"): Right.HANDLING,
    ("GET", "/v1/reports/{ref}"): Right.HANDLING,
    ("POST", "/v1/reports/{ref}/steps"): Right.HANDLING,
    ("GET", "/v1/reports/{ref}/reporter"): Right.REPORTERS,
    ("POST", "/v1/calls"): Right.CALLS,
    ("GET", "/ngsi-ld/v1/entities"): Right.CONTEXT,
}


# What the standard shows to everybody; a key, where one is shown, has to be right all the same.
OPEN311 = {
    ("GET", "/open311/v2/discovery.{ending}"),
    ("GET", "/open311/v2/services.{ending}"),
    ("GET", "/open311/v2/services/{service_code}.{ending}"),
    ("GET", "/open311/v2/requests.{ending}"),
    ("GET", "/open311/v2/requests/{service_request_id}.{ending}"),
    ("GET", "/open311/v2/tokens/{token}.{ending}"),
    ("GET", "/open311/v2/servicerequestupdates.{ending}"),
    ("GET", "/open311/v2/media/{service_request_id}.jpg"),
    ("POST", "/open311/v2/requests.{ending}"),
}


def routes_of(centre: Centre) -> set[tuple[str, str]]:
    described = create_app(centre).openapi()["paths"]
    return {(method.upper(), path) for path, methods in described.items() for method in methods}


def test_every_route_stands_in_the_table(centre: Centre) -> None:
    known = {(method, path) for method, path in routes_of(centre) if path not in OPEN}
    assert known == set(NEEDS) | OPEN311


def test_each_route_lets_in_the_rights_of_the_table_and_no_other(
    stranger: httpx.Client, centre: Centre
) -> None:
    keys = {right: create_key(centre, f"only-{right.value}", [right]) for right in Right}
    for (method, path), needed in NEEDS.items():
        address = re.sub(r"\{\w+\}", "1", path)
        assert stranger.request(method, address, json={}).status_code == 401, path
        wrong = {"Authorization": "Bearer ioc_nobody"}
        assert stranger.request(method, address, json={}, headers=wrong).status_code == 401, path
        for right, key in keys.items():
            headers = {"Authorization": f"Bearer {key}"}
            status = stranger.request(method, address, json={}, headers=headers).status_code
            assert (status != 403) is (right is needed), (method, path, right, status)


def test_open311_shows_what_is_published_and_takes_nothing_without_a_key(
    stranger: httpx.Client, centre: Centre
) -> None:
    """The standard says 403 of a key that is missing or wrong."""
    other = create_key(centre, "only-reads", [Right.READS])
    keyed = {"requests.", "requests/", "media/", "tokens/", "servicerequestupdates."}
    for method, path in OPEN311:
        address = path.replace("{ending}", "json")
        address = re.sub(r"\{\w+\}", "1", address)
        status = stranger.request(method, address).status_code
        assert (status == 403) is (method == "POST"), (path, status)
        if not any(f"v2/{part}" in path for part in keyed):
            continue
        for secret in ("ioc_nobody", other):
            headers = {"Authorization": f"Bearer {secret}"}
            assert stranger.request(method, address, headers=headers).status_code == 403, path
