"""The outbox: in with its cause, out at least once under one key, never in the way of anything."""

import base64
import hashlib
import hmac
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from ioc import evidence
from ioc.alerts.model import Cause, Desk, Priority
from ioc.alerts.service import escalate, raise_alert
from ioc.centre import Centre, open_centre
from ioc.clock import utc_now
from ioc.db import transact
from ioc.embedded.process import wait_until
from ioc.errors import InvalidInput
from ioc.notices import courier, store
from ioc.notices.courier import couriers, give_up, ways
from ioc.notices.model import Enclosure, Notice, NoticeState
from ioc.notices.rules import GIVE_UP_AFTER, next_try, read_book
from ioc.notices.sending import Way, send, signature
from ioc.notices.service import channel_loads, letters_about, purge_notices, put
from ioc.settings import Settings
from tests.conftest import NOW, Clock
from tests.loops import in_a_thread
from tests.receiver import Receiver, receiving


def deliver(centre: Centre, carrier: Way) -> int:
    """Deliver what waits, as a courier does in its thread."""
    return in_a_thread(lambda: courier.deliver(centre, carrier))


SECRET = "whsec_" + base64.b64encode(b"a key of the tests").decode()
BOOK = """
[[channel]]
id = "duty"
sort = "webhook"
address = "IOC_NOTICE_DUTY_URL"
secret = "IOC_NOTICE_DUTY_SECRET"
timeout_s = 1
per_minute = 5
pictures = true

[[channel]]
id = "chat"
sort = "apprise"
address = "IOC_NOTICE_CHAT"
timeout_s = 3

[[rule]]
topic = "alert.raised"
channel = "duty"
priority = ["P1", "P2"]
desk = ["police"]

[[rule]]
topic = "alert.escalated"
channel = "chat"
level = ["2"]
"""
JPEG = b"\xff\xd8\xff" + b"picture"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """The city of the tests with a book of its own."""
    shutil.copytree(settings.config_dir, tmp_path / "config")
    (tmp_path / "config" / "hue" / "notices.toml").write_text(BOOK, encoding="utf-8")
    return replace(settings, config_dir=tmp_path / "config")


@pytest.fixture
def env(receiver: Receiver) -> dict[str, str]:
    return {
        "IOC_NOTICE_DUTY_URL": f"{receiver.url}/hook",
        "IOC_NOTICE_DUTY_SECRET": SECRET,
        "IOC_NOTICE_CHAT": f"json://127.0.0.1:{receiver.port}/chat",
    }


def way(centre: Centre, env: dict[str, str], name: str = "duty") -> Way:
    return next(way for way in ways(centre, env) if way.channel.id == name)


def told(centre: Centre, **changes: object) -> None:
    """Put one notice for the channel `duty`."""
    values = {"topic": "trial", "about": "alert:1", "subject": "notice.trial", "channel": "duty"}
    values |= {"body": "notice.trial_body", "dedupe": "d", "words": {"channel": "duty"}, **changes}
    transact(centre.engine, lambda conn: put(conn, centre, Notice(**values)))


def cause(**changes: object) -> Cause:
    values = {"desk": Desk.POLICE, "priority": Priority.P1, "plate": "43A12345"}
    values |= {"reason": "no_permit", "rule": "R-G1", "camera": "cam-117", "sighting": "s-1"}
    return Cause(**{**values, "seen_at": NOW, **changes})


def states(centre: Centre, about: str = "alert:1") -> list[tuple[NoticeState, int, str | None]]:
    return [(one.state, one.attempts, one.fault) for one in letters_about(centre, about)]


def test_a_notice_is_put_with_its_cause_or_not_at_all(centre: Centre) -> None:
    def work(conn) -> None:
        raise_alert(conn, centre, cause())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        transact(centre.engine, work)
    assert channel_loads(centre, NOW)[1].waiting == 0
    number = transact(centre.engine, lambda conn: raise_alert(conn, centre, cause()))
    transact(centre.engine, lambda conn: raise_alert(conn, centre, cause(sighting="s-2")))
    (letter,) = letters_about(centre, f"alert:{number}")
    assert (letter.channel, letter.state) == ("duty", NoticeState.WAITING)
    assert "43A12345" not in str(letter), "a notice carries no plate"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 1),
        ({"priority": Priority.P2}, 1),
        ({"priority": Priority.P3}, 0),
        ({"desk": Desk.REVIEW}, 0),
    ],
)
def test_rules_decide_which_alerts_are_told(centre: Centre, changes: dict, expected: int) -> None:
    number = transact(centre.engine, lambda conn: raise_alert(conn, centre, cause(**changes)))
    assert len(letters_about(centre, f"alert:{number}")) == expected


def test_escalation_tells_who_is_to_know_once_a_level(centre: Centre, clock: Clock) -> None:
    number = transact(centre.engine, lambda conn: raise_alert(conn, centre, cause()))
    clock.advance(seconds=61)
    escalate(centre)
    assert len(letters_about(centre, f"alert:{number}")) == 1
    clock.advance(minutes=3)
    escalate(centre)
    escalate(centre)
    assert [one.channel for one in letters_about(centre, f"alert:{number}")] == ["duty", "chat"]


def test_a_post_is_signed_and_carries_what_is_told(
    centre: Centre, receiver: Receiver, env: dict[str, str]
) -> None:
    name = evidence.keep(centre, JPEG, "frame", "cam-117", NOW)
    told(
        centre, pictures=(name, "0" * 64), enclosures=(Enclosure("p.pdf", "application/pdf", b"%"),)
    )
    assert deliver(centre, way(centre, env)) == 1
    headers, body = receiver.posts[0]
    content = json.loads(body)
    assert content["subject"] == "Thử kênh duty"
    assert [base64.b64decode(f["base64"]) for f in content["files"]] == [b"%", JPEG]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(b"a key of the tests", signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    assert headers["idempotency-key"] == headers["webhook-id"] == content["id"]
    assert states(centre) == [(NoticeState.DELIVERED, 1, None)]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (500, "answered 500"),
        (404, "answered 404"),
        (302, "answered 302"),
        ("hang", "no answer within 1 s"),
        ("drip", "no answer within 1 s"),
        ("garbage", "no answer: RemoteProtocolError"),
        ("drop", "no answer: RemoteProtocolError"),
    ],
)
def test_what_is_not_taken_is_tried_again_under_the_same_key(
    centre: Centre, clock: Clock, receiver: Receiver, env: dict[str, str], answer: object, why: str
) -> None:
    receiver.answers = [answer]
    told(centre)
    assert deliver(centre, way(centre, env)) == 0
    assert states(centre) == [(NoticeState.WAITING, 1, why)]
    assert deliver(centre, way(centre, env)) == 0, "not before its pause is over"
    clock.advance(seconds=6)
    assert deliver(centre, way(centre, env)) == 1
    first, second = receiver.bodies()
    assert first == second
    assert len(receiver.posts) == 2, "no redirect was followed"
    assert states(centre) == [(NoticeState.DELIVERED, 2, None)]


def test_nobody_listening_is_a_fault_that_names_no_address(centre: Centre, env) -> None:
    told(centre)
    deaf = {**env, "IOC_NOTICE_DUTY_URL": "http://127.0.0.1:9/hook?key=hidden"}
    assert deliver(centre, way(centre, deaf)) == 0
    assert states(centre) == [(NoticeState.WAITING, 1, "no answer: ConnectError")]


def test_a_letter_is_told_again_when_its_carrier_died(
    centre: Centre, clock: Clock, receiver: Receiver, env: dict[str, str]
) -> None:
    told(centre)
    carrier = way(centre, env)
    held = timedelta(seconds=33)
    letter = transact(centre.engine, lambda c: store.claim(c, carrier.channel, NOW, held))
    assert letter is not None
    in_a_thread(
        lambda: send(carrier, letter, [], NOW)
    )  # and then it is killed, before it could note it
    assert deliver(centre, carrier) == 0, "held by the one who died"
    clock.advance(seconds=34)
    assert deliver(centre, carrier) == 1
    assert len({body["id"] for body in receiver.bodies()}) == 1
    assert len(receiver.posts) == 2


def test_two_carriers_never_hold_one_letter(centre: Centre, receiver: Receiver, env) -> None:
    receiver.answers = ["hang"]
    told(centre)
    carrier = way(centre, env)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(deliver, centre, carrier)
        assert wait_until(lambda: len(receiver.posts) == 1, 30, 0.02)
        assert deliver(centre, carrier) == 0
        assert slow.result() == 0
    assert len(receiver.posts) == 1


def test_after_a_day_it_is_given_up(
    centre: Centre, clock: Clock, receiver: Receiver, env: dict[str, str]
) -> None:
    told(centre)
    told(centre, about="alert:2", dedupe="e", channel="chat")  # whose address is not set
    silent = {name: value for name, value in env.items() if name != "IOC_NOTICE_CHAT"}
    receiver.answers = [500] * 100
    tries = 0
    while states(centre)[0][0] is NoticeState.WAITING:
        deliver(centre, way(centre, silent))
        tries += 1
        clock.at = max(letters_about(centre, "alert:1")[0].next_at, clock.at) + timedelta(seconds=1)
    assert 20 < tries < 50
    assert clock.at <= NOW + GIVE_UP_AFTER + timedelta(hours=1)
    clock.advance(hours=2)
    assert give_up(centre) == 1
    assert [load.given_up for load in channel_loads(centre, NOW)] == [1, 1]
    assert "not set" in str(states(centre, "alert:2")[0][2])


def test_a_channel_sends_no_more_than_its_number_a_minute(
    centre: Centre, clock: Clock, receiver: Receiver, env: dict[str, str]
) -> None:
    for number in range(8):
        told(centre, dedupe=f"d{number}")
    assert deliver(centre, way(centre, env)) == 5
    clock.advance(seconds=61)
    assert deliver(centre, way(centre, env)) == 3


def test_apprise_carries_letters_too(centre: Centre, receiver: Receiver, env) -> None:
    told(centre, channel="chat", enclosures=(Enclosure("a.txt", "text/plain", b"hi"),))
    assert deliver(centre, way(centre, env, "chat")) == 1
    (body,) = receiver.bodies()
    assert body["title"] == "Thử kênh duty"
    assert len(body["attachments"]) == 1
    assert states(centre) == [(NoticeState.DELIVERED, 1, None)]


@pytest.mark.parametrize(
    ("address", "recipient", "why"),
    [
        ("json://127.0.0.1:9/", None, "the service did not take it"),
        ("nothing://", None, "the address is none that Apprise knows"),
        ("json://127.0.0.1:9/{recipient}", None, "the channel needs a recipient"),
        ("json://127.0.0.1:9/", "a@b.vn", "names a recipient"),
    ],
)
def test_apprise_says_why_not(centre, env, address, recipient, why) -> None:
    told(centre, channel="chat", recipient=recipient)
    assert deliver(centre, way(centre, {**env, "IOC_NOTICE_CHAT": address}, "chat")) == 0
    assert why in str(states(centre)[0][2])


def test_a_recipient_cannot_change_the_address(centre: Centre, receiver: Receiver, env) -> None:
    told(centre, channel="chat", recipient="a@b.vn/../x?method=PUT")
    to = f"json://127.0.0.1:{receiver.port}/to/{{recipient}}"
    assert deliver(centre, way(centre, {**env, "IOC_NOTICE_CHAT": to}, "chat")) == 1
    assert receiver.posts[0][0]["path"].startswith("/to/a@b.vn%2F..%2Fx%3Fmethod")


def test_one_dead_channel_holds_up_no_other(
    centre: Centre, clock: Clock, receiver: Receiver, env: dict[str, str]
) -> None:
    told(centre)
    told(centre, about="alert:2", channel="chat", dedupe="e")
    with receiving() as dead:
        dead.answers = ["hang"] * 10
        with couriers(centre, {**env, "IOC_NOTICE_DUTY_URL": dead.url}):
            assert wait_until(lambda: states(centre, "alert:2")[0][0] is NoticeState.DELIVERED, 30)
    assert states(centre)[0][0] is NoticeState.WAITING


def test_a_recipient_and_enclosures_are_checked() -> None:
    values = {"topic": "t", "about": "a", "subject": "s", "body": "b", "dedupe": "d"}
    with pytest.raises(InvalidInput, match="recipient"):
        Notice(**values, recipient="a@b.vn")
    with pytest.raises(InvalidInput, match="recipient"):
        Notice(**values, channel="mail", recipient="a\n@b.vn")
    with pytest.raises(InvalidInput, match="recipient"):
        Notice(**values, channel="mail", recipient="a@b.vn,c@d.vn")
    with pytest.raises(InvalidInput, match="enclosures"):
        Notice(**values, enclosures=(Enclosure("a", "b", bytes(3_000_000)),))
    assert "a@b.vn" not in repr(Notice(**values, channel="mail", recipient="a@b.vn"))


def test_old_letters_are_deleted_with_their_files(centre: Centre) -> None:
    told(centre, enclosures=(Enclosure("a.txt", "text/plain", b"hi"),))
    assert purge_notices(centre, NOW) == 0
    assert purge_notices(centre, NOW + timedelta(seconds=1)) == 1


@given(st.integers(1, 60), st.integers(0, 86_400))
def test_the_pause_grows_and_ends(attempts: int, waited_s: int) -> None:
    now = NOW + timedelta(seconds=waited_s)
    again = next_try(NOW, attempts, now)
    if again is None:
        assert now + timedelta(hours=1) >= NOW + GIVE_UP_AFTER
    else:
        assert now < again <= now + timedelta(hours=1)
        assert again < NOW + GIVE_UP_AFTER


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('sort = "webhook"', 'sort = "fax"', "'fax' is none of"),
        ('secret = "IOC_NOTICE_DUTY_SECRET"\n', "", "a webhook is signed"),
        ('"IOC_NOTICE_CHAT"', '"https://a.b/c"', "names an environment variable"),
        ('topic = "alert.raised"', 'topic = "alert.razed"', "is nothing that is told"),
        ('channel = "chat"', 'channel = "chatt"', "no [[channel]] 'chatt'"),
        ("timeout_s = 1", "timeout_s = 0", "does not lie between"),
        ("pictures = true", 'pictures = "yes"', "neither true nor false"),
        ('level = ["2"]', "level = 2", "needs a list of texts"),
        ('id = "chat"', 'id = "duty"', "stands twice"),
        ("per_minute", "per_hour", "is not known here"),
    ],
)
def test_a_wrong_book_is_named_by_line_and_stops_no_alert(
    settings: Settings, old: str, new: str, fault: str
) -> None:
    file = settings.city_dir / "notices.toml"
    file.write_text(BOOK.replace(old, new, 1), encoding="utf-8")
    _, faults = read_book(settings.city_dir)
    assert fault in str(faults[0])
    assert faults[0].line > 0
    with open_centre(settings, now=lambda: NOW) as centre:
        assert transact(centre.engine, lambda conn: raise_alert(conn, centre, cause()))


def test_the_signature_is_that_of_the_specification() -> None:
    """The example of the Standard Webhooks specification's reference libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.faults
def test_a_killed_timekeeper_leaves_nothing_untold(
    centre: Centre, receiver: Receiver, env: dict[str, str], service_env, settings, clock: Clock
) -> None:
    receiver.answers = ["hang"]
    # The clock of the process is the wall's.
    told(replace(centre, now=utc_now))
    everything = {**service_env, **env, "IOC_CONFIG": str(settings.config_dir)}
    command = [sys.executable, "-m", "ioc.cli", "timekeeper", "run"]
    first = subprocess.Popen(command, env=everything, start_new_session=True)
    try:
        assert wait_until(lambda: len(receiver.posts) == 1, 60, 0.05)
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    _end_lease(centre)
    second = subprocess.Popen(command, env=everything, start_new_session=True)
    try:
        assert wait_until(lambda: states(centre)[0][0] is NoticeState.DELIVERED, 60, 0.05)
    finally:
        os.killpg(second.pid, signal.SIGTERM)
        assert second.wait(60) in (0, -signal.SIGTERM)
    assert len({body["id"] for body in receiver.bodies()}) == 1


def _end_lease(centre: Centre) -> None:
    """Let the time pass for which the dead one holds its letter."""
    statement = text("UPDATE notices SET next_at = put_at")
    transact(centre.engine, lambda conn: conn.execute(statement))
