"""A display at which nobody signs in: its token opens one wall, and stands in no address."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, text
from websockets.exceptions import ConnectionClosed

from dashboards.auth import recognise
from dashboards.cookies import SCREEN, SESSION
from dashboards.standing import Standing
from ioc.access.model import Role
from ioc.db import transact
from ioc.displays.service import add_display, display_of, list_displays, revoke_display
from ioc.errors import Conflict, InvalidInput, NotFound

from .makers import a_stop, a_tab, page_of


def enter(client, token: str):
    return client.post("/screen", data={"token": token})


def test_a_display_opens_its_screen_and_nothing_else(centre, stranger) -> None:
    token = add_display(centre, "lobby-left", "lobby")
    assert enter(stranger, token).json() == {"wall": "/wall/lobby"}
    assert stranger.get("/wall/lobby").status_code == 200
    for path in ("/wall", "/"):
        assert stranger.get(path).headers["location"] == "/wall/lobby"
    for path in ("/wall/main", "/police", "/briefing", "/cameras", f"/evidence/{'0' * 64}"):
        assert stranger.get(path).status_code == 403, path
    assert stranger.get("/wall/nowhere").status_code in (403, 404)
    # Navigation inside the app is a callback, which no path rule covers.
    assert "wall-page" in page_of(stranger, "/wall/lobby").text
    for path in ("/wall", "/wall/main", "/police"):
        assert "notice" in page_of(stranger, path).text, path
    with a_tab(stranger, "/wall/lobby") as tab:
        tab.hear()
        assert {"wall-count", "wall-people_day", "wall-gates"} <= set(tab.parts)
    with a_tab(stranger, "/wall/main") as tab, pytest.raises(TimeoutError):
        tab.hear(2)


def test_the_token_is_in_no_address_and_kept_from_scripts(centre, stranger) -> None:
    token = add_display(centre, "lobby-left", "lobby")
    door = stranger.get("/screen")
    assert door.headers["referrer-policy"] == "no-referrer"
    cookie = enter(stranger, token).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    # An address that holds a token opens nothing: it would stand in the log of every proxy.
    with_token = stranger.get(f"/wall/lobby?screen={token}", headers={"cookie": ""})
    assert with_token.status_code == 303
    stored = transact(centre.engine, lambda c: str(c.execute(text("SELECT * FROM displays")).all()))
    assert token not in stored
    assert enter(stranger, token).request.url.query == b""


def test_a_token_that_was_revoked_ends_the_picture_at_once(centre, stranger) -> None:
    token = add_display(centre, "lobby-left", "lobby")
    enter(stranger, token)
    with a_tab(stranger, "/wall/lobby") as tab:
        tab.hear()
        revoke_display(centre, "lobby-left")
        assert tab.hear_until(lambda live: live.get("gone"))
        with pytest.raises(ConnectionClosed):
            tab.hear_until(lambda live: False)
    # It has no keyboard: it waits at its door, not at the sign-in.
    assert stranger.get("/wall/lobby").headers["location"] == "/screen"
    assert enter(stranger, token).status_code == 401


def test_forged_tokens_are_refused(centre, stranger) -> None:
    for token in ("", "x", "wall_x", "wall_" + "\ud7ff" * 9):
        assert enter(stranger, token).status_code == 401, token
        assert SCREEN not in stranger.cookies
    assert stranger.get("/wall").headers["location"].startswith("/login")
    foreign = {"origin": "http://elsewhere.example"}
    token = add_display(centre, "d", "main")
    assert stranger.post("/screen", data={"token": token}, headers=foreign).status_code == 403


def test_whoever_had_signed_in_at_a_display_leaves_it(centre, sign_in) -> None:
    client = sign_in(Role.POLICE)
    session = client.cookies[SESSION]
    enter(client, add_display(centre, "d", "main"))
    assert client.get("/police").status_code == 403
    client.cookies.set(SESSION, session)
    assert client.get("/police").status_code == 403


def test_a_person_opens_every_screen(sign_in) -> None:
    client = sign_in(Role.LEADER)
    for path in ("/wall", "/wall/main", "/wall/lobby", "/wall/traffic"):
        assert client.get(path).status_code == 200, path
        assert "wall-page" in page_of(client, path).text, path
    assert client.get("/wall/nowhere").status_code == 404
    with a_tab(client, "/wall/nowhere") as tab, pytest.raises(TimeoutError):
        tab.hear(2)


def test_a_wall_is_the_same_whoever_looks(centre, sign_in) -> None:
    """One drawing for all, and none of it by what somebody may see elsewhere."""
    a_stop(centre)
    shown = []
    for role in (Role.ADMIN, Role.LEADER):
        with a_tab(sign_in(role), "/wall/lobby") as tab:
            tab.hear()
            shown.append(tab.parts)
    assert shown[0] == shown[1]
    assert "75C-•••.02" in json.dumps(shown[0], ensure_ascii=False)


def test_a_room_of_walls_is_asked_for_in_one_query(centre) -> None:
    tokens = [add_display(centre, f"wall-{n}", "main") for n in range(6)]
    viewers = [recognise(centre, "", token) for token in tokens]
    revoke_display(centre, "wall-3")
    asked: list[str] = []

    def note(_conn, _cursor, statement: str, *_rest) -> None:
        asked.append(statement)

    async def all_of() -> list:
        standing = Standing(centre)
        return await asyncio.gather(*map(standing.of, viewers))

    event.listen(centre.engine, "before_cursor_execute", note)
    # In a thread of its own: in this one a browser of another test may have a loop running.
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(lambda: asyncio.run(all_of())).result()
    assert found == [None if n == 3 else viewer for n, viewer in enumerate(viewers)]
    assert sum("FROM displays" in statement for statement in asked) == 1


def test_tokens_are_given_out_and_ended_by_name(centre, clock) -> None:
    token = add_display(centre, "lobby-left", "lobby")
    with pytest.raises(Conflict):
        add_display(centre, "lobby-left", "main")
    with pytest.raises(InvalidInput):
        add_display(centre, "other", "nowhere")
    with pytest.raises(InvalidInput):
        add_display(centre, "No Name", "main")
    assert display_of(centre, token).wall == "lobby"
    clock.advance(days=400)
    assert display_of(centre, token).wall == "lobby"
    revoke_display(centre, "lobby-left")
    assert display_of(centre, token) is None
    with pytest.raises(NotFound):
        revoke_display(centre, "lobby-left")
    again = add_display(centre, "lobby-left", "main")
    assert display_of(centre, token) is None
    assert display_of(centre, again).wall == "main"
    assert [(one.name, one.seen_at) for one in list_displays(centre)] == [
        ("lobby-left", centre.now())
    ]
