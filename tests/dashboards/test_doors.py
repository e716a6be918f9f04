"""What a browser is told and what it must bring: cookies, policies, whose page is asking."""

import base64
import hashlib
import re

import pytest

from dashboards.cookies import SCREEN, SESSION
from ioc.access.model import Role
from tests.dashboards.conftest import PASSWORD

TLS = {"x-forwarded-proto": "https"}
INLINE = re.compile(r"<script(?P<says>[^>]*)>(?P<script>.*?)</script>", re.S)


def test_over_tls_a_session_is_bound_to_this_host_and_goes_over_nothing_else(sign_in) -> None:
    client = sign_in(Role.POLICE)
    client.cookies.clear()
    form = {"name": "police", "password": PASSWORD}
    answer = client.post("/login", data=form, headers=TLS)
    (kept,) = [
        c for c in answer.headers.get_list("set-cookie") if f"{SESSION}=" in c and '""' not in c
    ]
    assert kept.startswith(f"__Host-{SESSION}=")
    assert {"secure", "httponly", "path=/", "samesite=strict"} <= set(kept.lower().split("; "))
    token = kept.split(";")[0].split("=", 1)[1]
    client.cookies.clear()
    asked = {
        (name, secure): client.get(
            "/police", headers={"cookie": f"{name}={token}", **(TLS if secure else {})}
        ).status_code
        for name in (SESSION, f"__Host-{SESSION}")
        for secure in (True, False)
    }
    # A name that anybody in the network could have set is nothing over TLS.
    assert asked == {
        (f"__Host-{SESSION}", True): 200,
        (f"__Host-{SESSION}", False): 303,
        (SESSION, True): 303,
        (SESSION, False): 200,
    }


def test_a_token_that_was_slipped_in_before_signing_in_opens_nothing(sign_in, stranger) -> None:
    sign_in(Role.POLICE)
    stranger.cookies.set(SESSION, "planted-by-somebody-who-waits")
    form = {"name": "police", "password": PASSWORD}
    answer = stranger.post("/login", data=form)
    assert answer.status_code == 303
    new = answer.cookies[SESSION]
    assert new != "planted-by-somebody-who-waits"
    assert len(new) >= 32
    again = stranger.post("/login", data=form)
    assert again.cookies[SESSION] != new
    with_old = stranger.get("/police", headers={"cookie": f"{SESSION}={new}"})
    assert with_old.status_code == 303, "the session before is over"


@pytest.mark.parametrize("path", ["/_dash-update-component", "/logout", "/second-factor"])
def test_a_post_from_a_foreign_page_is_refused_though_it_brings_the_cookie(sign_in, path) -> None:
    client = sign_in(Role.POLICE)
    for origin in ("https://evil.example", "null", f"{client.base_url}.evil.example"):
        assert client.post(path, headers={"origin": origin}).status_code == 403
    assert client.get("/police").status_code == 200, "and it did nothing"


@pytest.mark.parametrize("path", ["/login", "/screen", "/police", "/entries", "/admin"])
def test_no_script_runs_but_those_whose_digest_is_in_the_policy(sign_in, path) -> None:
    answer = sign_in(Role.ADMIN).get(path)
    assert answer.status_code == 200
    policy = dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )
    assert "unsafe" not in policy["script-src"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == policy["default-src"] == "'self'"
    for match in INLINE.finditer(answer.text):
        if "src=" in match["says"]:
            assert "//" not in match["says"]
        elif "json" not in match["says"]:
            digest = base64.b64encode(hashlib.sha256(match["script"].encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy["script-src"], match["script"][:60]
    assert not re.search(r"\son\w+=", answer.text), "a handler in markup is a script without digest"


def test_every_answer_says_what_a_browser_may_do_with_it(stranger) -> None:
    for path in ("/login", "/healthz", "/nothing", "/_dash-layout", "/assets/none.css"):
        headers = stranger.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["referrer-policy"] in ("same-origin", "no-referrer"), path
        assert headers["cross-origin-resource-policy"] == "same-origin", path
        assert "access-control-allow-origin" not in headers, path


def test_methods_that_nobody_needs_do_nothing(stranger) -> None:
    for method in ("TRACE", "PUT", "DELETE", "PATCH"):
        assert stranger.request(method, "/login").status_code == 405, method


def test_a_display_s_token_is_bound_the_same_way(stranger) -> None:
    answer = stranger.post("/screen", data={"token": "wrong"}, headers=TLS)
    assert answer.status_code == 401
    assert SCREEN not in answer.headers.get("set-cookie", "")
