"""Platforms that are polled: nothing is lost and nothing twice, whatever stops in between."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner

from ingest.cli import app
from ingest.feeds.catalogue import load_feeds
from ingest.feeds.polling import fetcher, poll_due, read_feed
from ioc.centre import Centre
from ioc.errors import ConfigFault, Conflict, Unavailable
from ioc.feeds.model import Feed
from ioc.feeds.service import read_on, state_of
from ioc.overview import figures
from tests.conftest import Clock


@dataclass
class Platform:
    """A national platform, small: it numbers what it gets, and tells it from a number on.

    `broken` is what it answers instead, once each.
    """

    calls: list[dict] = field(default_factory=list)
    broken: list[object] = field(default_factory=list)
    asked: list[tuple[str | None, str | None]] = field(default_factory=list)
    url: str = ""

    def tell(self, count: int) -> None:
        for n in range(len(self.calls), len(self.calls) + count):
            said = {"maCuocGoi": f"nat-{n}", "line": "19001075", "direction": "in"}
            self.calls.append({**said, "topic": "travel", "at": "2021-10-04T07:00:00Z"})


class Handler(BaseHTTPRequestHandler):
    server: "Server"

    def do_GET(self) -> None:
        platform = self.server.platform
        asked = parse_qs(urlsplit(self.path).query)
        cursor = asked.get("cursor", [None])[0]
        platform.asked.append((cursor, self.headers.get("Authorization")))
        answer = platform.broken.pop(0) if platform.broken else None
        if isinstance(answer, int):
            self.send_error(answer)
            return
        start = 0 if cursor is None else int(cursor.removeprefix("c"))
        end = min(start + int(asked["limit"][0]), len(platform.calls))
        page = {"items": platform.calls[start:end], "next": f"c{end}"}
        body = answer or json.dumps({**page, "more": end < len(platform.calls)}).encode()
        assert isinstance(body, bytes)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    platform: Platform


@pytest.fixture
def platform() -> Iterator[Platform]:
    server = Server(("127.0.0.1", 0), Handler)
    server.platform = Platform(url=f"http://127.0.0.1:{server.server_address[1]}/calls")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server.platform
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def feed(platform: Platform) -> Feed:
    every, fields = timedelta(minutes=1), {"maCuocGoi": "id"}
    return Feed("national-calls", "calls", platform.url, "national", every, 50, fields)


def total(centre: Centre) -> int:
    return figures(centre).values["calls_total"]


FETCH = fetcher({"national-calls": "secret"})


def test_a_feed_is_read_to_its_end_and_goes_on_from_there(
    centre: Centre, platform: Platform, feed: Feed, clock: Clock
) -> None:
    platform.tell(120)
    state = read_feed(centre, feed, FETCH)
    assert (state.cursor, state.items, state.refused, total(centre)) == ("c120", 120, 0, 120)
    assert platform.asked[0] == (None, "Bearer secret")
    assert poll_due(centre, [feed], FETCH) == []
    platform.tell(5)
    clock.advance(minutes=1)
    assert poll_due(centre, [feed], FETCH) == ["national-calls"]
    assert platform.asked[-1] == ("c120", "Bearer secret")
    assert total(centre) == 125


FAULTS: tuple[object, ...] = (
    *(503, 404, b"no json", b"[]", b'{"items": []}', b'{"items": [], "next": 3}', 503, 503, 503),
)


def test_a_platform_that_stops_is_left_alone_longer_and_then_caught_up_with(
    centre: Centre, platform: Platform, feed: Feed, clock: Clock
) -> None:
    platform.tell(60)
    read_feed(centre, feed, FETCH)
    platform.tell(70)
    # Before the second page of the round, then for the most of an hour.
    clock.advance(minutes=1)
    platform.broken = [*FAULTS]
    platform.asked.clear()
    rounds = 0
    for _ in range(60 * 12):
        rounds += len(platform.asked)
        platform.asked.clear()
        clock.advance(seconds=5)
        if poll_due(centre, [feed], FETCH):
            break
    assert rounds == len(FAULTS)
    state = state_of(centre, feed.id)
    assert (state.cursor, state.failures, state.fault, total(centre)) == ("c130", 0, None, 130)


def test_facts_that_were_kept_before_the_cursor_was_come_again_and_change_nothing(
    centre: Centre, platform: Platform, feed: Feed
) -> None:
    platform.tell(80)
    pages: list[str | None] = []

    def dying(feed: Feed, cursor: str | None) -> dict:
        if pages:
            # The process dies after the facts of the first page, before the second.
            raise Unavailable("gone")
        pages.append(cursor)
        return FETCH(feed, cursor)

    with pytest.raises(Unavailable):
        read_feed(centre, feed, dying)
    # The cursor of the first page is lost with the machine, its facts are not.
    other = replace(feed, id="the-same-platform")
    assert read_feed(centre, other, FETCH).items == 80
    assert total(centre) == 80
    with pytest.raises(Conflict, match="another process"):
        read_on(centre, feed.id, (None, "c80"), (0, 0))
    assert read_feed(centre, feed, FETCH).cursor == "c80"
    assert total(centre) == 80


def test_one_bad_item_is_kept_and_holds_nothing_up(
    centre: Centre, platform: Platform, feed: Feed
) -> None:
    platform.tell(3)
    platform.calls[1]["direction"] = "up"
    state = read_feed(centre, feed, FETCH)
    assert (state.cursor, state.items, state.refused, total(centre)) == ("c3", 3, 1, 2)


FEEDS = """
[[feed]]
id = "national-calls"
kind = "calls"
url = "{url}"
source = "national"
every_s = 60
fields = {{ maCuocGoi = "id" }}
"""
WRONG = (
    ('kind = "calls"', 'kind = "dreams"'),
    ("every_s = 60", "every_s = 0"),
    ('url = "', 'url = "ftp'),
    ("source", "sauce"),
    ('maCuocGoi = "id"', "maCuocGoi = 3"),
)


def test_feeds_of_a_city_are_read_and_checked(tmp_path: Path, feed: Feed) -> None:
    file = tmp_path / "feeds.toml"
    assert load_feeds(file) == []
    text = FEEDS.format(url=feed.url)
    file.write_text(text)
    assert load_feeds(file) == [replace(feed, limit=500)]
    for change in WRONG:
        file.write_text(text.replace(*change))
        with pytest.raises(ConfigFault):
            load_feeds(file)
    file.write_text(text + text)
    with pytest.raises(ConfigFault, match="twice"):
        load_feeds(file)


def test_the_command_says_where_there_is_nothing_to_poll(
    centre: Centre, service_env: dict[str, str]
) -> None:
    result = CliRunner().invoke(app, ["poll", "--once"], env=service_env)
    assert "has no feeds" in str(result.exception)
