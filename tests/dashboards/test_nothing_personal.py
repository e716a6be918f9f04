"""The wall, its messages, the logs, the live channel and every address: no personal data in any.

A city with a stopped lorry, a doubtful plate, a registration, a traveller and a citizen's report;
everybody does what he may; then everything that was said aloud is read.
"""

import json
import logging
import re
from threading import Event, Thread
from urllib.parse import unquote

import httpx
import pytest
import redis

from dashboards.app import SCREENS
from dashboards.cookies import SCREEN
from ioc.access.model import Role
from ioc.centre import Centre
from ioc.displays.service import add_display

from . import test_every_role as every
from .makers import a_tab, page_of

world = every.world
World = every.World
NUMBER = "046185000123"
PERSONAL = [*every.PLATES, every.HOLDER, every.COMER, NUMBER]
ADDRESSES = re.compile(r'(?:href|src|action|url)\\*["\'=:(]+\s*\\*["\']?([^"\'\\\s>)]+)')
LOGGERS = {"ioc", "dashboards", "ingest", "uvicorn", "httpx", "dash", "redis", "sqlalchemy"}


def found_in(text: str) -> list[str]:
    """Return what of the personal data stands in a text, written as it is or percent-encoded."""
    read = text + unquote(text) + text.encode().decode("unicode_escape", "replace")
    return [word for word in PERSONAL if word in read]


@pytest.fixture
def addresses() -> list[str]:
    """Every address that a browser asked for or was shown."""
    return []


@pytest.fixture
def channel(centre: Centre):
    """Everything that was published on the live channel, and whatever it keeps."""
    client = redis.Redis.from_url(centre.settings.redis_url, decode_responses=True)
    listener, heard, ended = client.pubsub(), [], Event()
    listener.psubscribe("*")

    def listen() -> None:
        while not ended.is_set():
            message = listener.get_message(timeout=0.1)
            if message and message["type"] == "pmessage":
                heard.append(f"{message['channel']} {message['data']}")

    thread = Thread(target=listen, daemon=True)
    thread.start()
    yield heard, client
    ended.set()
    thread.join(5)
    listener.close()
    client.close()


@pytest.fixture
def shown(centre: Centre, pages: str, world: World, addresses: list[str], sign_in) -> str:
    """What a wall was told, in both languages, while everybody did what he may."""
    with httpx.Client(base_url=pages, timeout=20) as wall:
        wall.cookies.set(SCREEN, add_display(centre, "lobby-left", "main"))
        with a_tab(wall, "/wall/main") as tab:
            told = [page_of(wall, "/wall/main", language).text for language in ("vi", "en")]
            told += [wall.get("/wall/main").text, json.dumps(tab.hear(), ensure_ascii=False)]
            for role in Role:
                addresses += all_that_is_done(sign_in(role), world)
            told += [json.dumps(tab.hear(), ensure_ascii=False)]
            return "\n".join([*told, json.dumps(tab.parts, ensure_ascii=False)])


def all_that_is_done(client: httpx.Client, world: World) -> list[str]:
    """Do everything that can be tried; return every address that was asked or shown."""
    said = [every.told(client, output, way.asked(world))[1] for output, way in every.WAYS.items()]
    asked = []
    for page in SCREENS:
        answers = client.get(f"/{page.value}"), page_of(client, f"/{page.value}")
        asked += [str(answer.url) for answer in answers]
        said += [answer.text for answer in answers]
        if answers[0].status_code == 200:
            with a_tab(client, f"/{page.value}") as desk:
                desk.hear()
                said.append(json.dumps(desk.parts, ensure_ascii=False))
    return [*asked, *ADDRESSES.findall("\n".join(said))]


def test_nothing_personal_is_said_aloud(caplog, channel, addresses, world: World, request) -> None:
    caplog.set_level(logging.DEBUG)
    heard, live = channel
    shown = request.getfixturevalue("shown")
    assert len(shown) > 10_000, "the wall was read"
    assert found_in(shown) == []
    assert world.picture not in shown
    assert "/evidence/" not in shown
    assert heard, "the live channel was heard"
    kept = [str(live.dump(name)) + str(name) for name in live.scan_iter()]
    assert found_in(" ".join([*heard, *kept])) == []
    logged = "\n".join(
        f"{record.getMessage()} {record.exc_text or ''}"
        for record in caplog.records
        if record.name.split(".")[0] in LOGGERS
    )
    assert logged, "there was a log to read"
    assert found_in(logged) == []
    assert len(addresses) > 100
    assert found_in("\n".join(addresses)) == []


def test_this_test_would_find_what_it_looks_for() -> None:
    said = json.dumps({"parts": {"x": '<a href="/police?plate=75C-203.02">'}})
    assert found_in(said) == ["75C-203.02"]
    assert ADDRESSES.findall(said) == ["/police?plate=75C-203.02"]
    assert found_in("/x?name=Tr%E1%BA%A7n%20Th%E1%BB%8B%20Hoa") == [every.COMER]
    assert found_in(json.dumps({"name": every.COMER})) == [every.COMER]
