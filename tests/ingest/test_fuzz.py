"""Whatever follows the API's own description, nearly or not at all, it never fails (no 5xx)."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.ingest.makers import GATE, a_read, post

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
# Values that get past the first checks, so that the later ones are tried as well.
LIKELY = {
    "camera": st.sampled_from([GATE, "cam-117", "cam-175"]),
    "plate": st.from_regex(r"[1-9][0-9][A-Z]{1,2}-?[0-9]{3}\.?[0-9]{2}", fullmatch=True),
    "seen_at": st.sampled_from(["2021-10-04T14:32:00+07:00", "2021-10-04T07:00:00Z"]),
    "valid_from": st.sampled_from(["2021-10-01T00:00:00Z", "1999-01-01T00:00:00+14:00"]),
    "valid_until": st.sampled_from(["2021-10-05T00:00:00Z", "2199-12-31T23:59:59-12:00"]),
    "id": st.text(min_size=1, max_size=6),
    "alert_id": st.integers(0, 3).map(str) | st.text(min_size=1, max_size=5),
    "destination": st.just("kcl-truong-bia"),
    "unit": st.sampled_from(["19750", "19753-2021"]),
    "number": st.sampled_from(["046085000123", "191234567", "B1234567"]),
    "name": st.sampled_from(["An", "Lê Thị Hoa"]),
    "born_on": st.sampled_from(["1985-03-07", "1985"]),
    "ref": st.sampled_from(["0", "abc"]),
    "roads": st.just(["ql1a-north"]),
    "ending": st.sampled_from(["json", "xml"]),
    "service": st.sampled_from(["street-light", "garbage", "rescue"]),
    "service_code": st.sampled_from(["street-light", "garbage", "rescue"]),
    "line": st.sampled_from(["19001075", "1900 1075"]),
    "branch": st.sampled_from(["1", "5"]),
    "at": st.sampled_from(["2021-10-04T14:32:00+07:00", "2021-10-04T07:00:00Z"]),
    "lat": st.floats(16.3, 16.6),
    "lon": st.floats(107.5, 107.7),
    "long": st.floats(107.5, 107.7),
    "point": st.sampled_from(["dong-ba-01", "my-chanh"]),
    "code": st.just("046085000123||Nguyễn Đình Chiểu|07031985|Nam|Huế|14092021"),
    "product": st.sampled_from(["pfizer", "vero-cell"]),
    "lot": st.just("FF8871"),
    "facility": st.sampled_from(["tc-bvtw", "xn-bvtw"]),
    "given_at": st.sampled_from(["2021-10-04T14:32:00+07:00", "2021-09-04T07:00:00Z"]),
    "tube": st.sampled_from(["TUBE1", "TUBE2"]),
    "taken_at": st.sampled_from(["2021-10-04T14:32:00+07:00", "2021-09-04T07:00:00Z"]),
    "day": st.sampled_from(["2021-10-03", "2021-09-04"]),
    "scanned_at": st.sampled_from(["2021-10-04T14:32:00+07:00", "2021-10-04T07:00:00Z"]),
}


JSON, FORM = "application/json", "application/x-www-form-urlencoded"
PROBLEM = {"application/problem+json"}
# A standard tells failures in its own format; what it does not know at all is a problem.
STANDARDS = {
    "/open311": ("application/json; charset=utf-8", "text/xml; charset=utf-8"),
    "/v1/fhir": ("application/fhir+json",),
}


def values(
    schema: Mapping[str, Any], known: Mapping[str, Any], name: str = ""
) -> st.SearchStrategy:
    """Return values that `schema` describes; one in some is junk."""
    if "$ref" in schema:
        return values(known[schema["$ref"].rsplit("/", 1)[1]], known, name)
    if "anyOf" in schema:
        return st.one_of([values(option, known, name) for option in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kinds = {
        "string": st.text(max_size=30),
        "integer": st.integers(),
        "number": st.floats(0, 1) | st.floats(allow_nan=False, allow_infinity=False),
        "null": st.none(),
    }
    if schema.get("type") == "array":
        described = st.lists(values(schema["items"], known), max_size=3)
    elif schema.get("type") == "object":
        described = _objects(schema, known)
    else:
        described = kinds.get(schema.get("type", ""), JUNK)
    return _mostly(LIKELY.get(name, described), described)


def _mostly(likely: st.SearchStrategy, possible: st.SearchStrategy) -> st.SearchStrategy:
    return st.integers(0, 49).flatmap(
        lambda die: JUNK if die == 0 else possible if die == 1 else likely
    )


def _objects(schema: Mapping[str, Any], known: Mapping[str, Any]) -> st.SearchStrategy:
    properties = schema.get("properties", {})
    needed = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {key: values(properties[key], known, key) for key in properties if key in needed},
        optional={
            key: values(properties[key], known, key) for key in properties if key not in needed
        },
    )


def requests(description: Mapping[str, Any]) -> st.SearchStrategy:
    """Return (method, path, parameters, body, its type) of the operations described."""
    known = description["components"]["schemas"]
    found = []
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            given_in: dict[str, dict[str, st.SearchStrategy]] = {"path": {}, "query": {}}
            for parameter in operation.get("parameters", ()):
                name = parameter["name"]
                if parameter["in"] in given_in:
                    given_in[parameter["in"]][name] = values(parameter["schema"], known, name)
            content = operation.get("requestBody", {}).get("content", {})
            kind = FORM if FORM in content else JSON
            schema = content.get(kind, {}).get("schema")
            found.append(
                st.tuples(
                    st.just(method),
                    st.just(path),
                    st.fixed_dictionaries(given_in["path"]),
                    st.fixed_dictionaries({}, optional=given_in["query"]),
                    st.none() if schema is None else values(schema, known),
                    st.just(kind),
                )
            )
    return st.one_of(found)


def written(body: object, kind: str) -> str:
    """Return a body as it travels; of a form whatever it is has a name."""
    if kind == JSON:
        return json.dumps(body)
    fields = body if isinstance(body, dict) else {"service_code": body}
    return urlencode({k: str(v) for k, v in fields.items()}, errors="replace")


def as_said(description: Mapping[str, Any], path: str, method: str, answer: httpx.Response) -> None:
    """Hold an answer to what the description says of it: its status, its kind, its shape."""
    known = description["paths"][path][method]["responses"]
    kind = answer.headers.get("content-type", "").partition(";")[0]
    # A name with a slash in it leads elsewhere, where nothing is described.
    if answer.status_code in (404, 405) and kind == "application/problem+json":
        return
    assert str(answer.status_code) in known, (method, path, answer.status_code, answer.text)
    content = known[str(answer.status_code)].get("content", {})
    if kind == "application/json" and "schema" in content.get(kind, {}):
        schema = {**content[kind]["schema"], "components": description["components"]}
        Draft202012Validator(schema).validate(answer.json())


def test_no_request_makes_the_api_fail(api: httpx.Client) -> None:
    description = api.get("/openapi.json").json()
    statuses = set()

    @seed(2021)
    @settings(
        max_examples=300,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(requests(description))
    def ask(request: tuple[str, str, dict, dict, object, str]) -> None:
        method, path, inside, query, body, kind = request
        for name, value in inside.items():
            text = value if isinstance(value, str) else json.dumps(value)
            quoted = "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "replace"))
            path = path.replace(f"{{{name}}}", quoted or "%20")
        plain = {
            key: value if isinstance(value, list) else str(value) for key, value in query.items()
        }
        answer = api.request(
            method,
            path,
            params=json.loads(json.dumps(plain).encode("utf-8", "replace")),
            content=None if body is None else written(body, kind),
            headers={"Content-Type": kind},
        )
        assert answer.status_code < 500, (request, answer.text)
        if answer.status_code >= 400:
            told = answer.headers["content-type"]
            standard = next((STANDARDS[start] for start in STANDARDS if path.startswith(start)), ())
            assert told in {*PROBLEM, *standard}, request
        as_said(description, request[1], method, answer)
        if answer.status_code < 300 and answer.headers["content-type"] == "application/json":
            said = answer.json()
            for result in said.get("results", ()) if isinstance(said, dict) else ():
                statuses.add(result["status"])

    ask()
    assert "refused" in statuses
    # After all of it the API still takes what is right.
    [read] = post(api, "/v1/reads", a_read(id="after-all"))
    assert read["status"] == "recorded"
