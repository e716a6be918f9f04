"""What goes to the log: one event a line, for people or for machines, and nobody's name in it."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from ingest.app import create_app
from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.centre import Centre
from ioc.errors import InvalidInput
from ioc.logs import JsonLines, Lines, scrubbed, set_up_logs
from tests.ingest.makers import a_read, post
from tests.serving import served

NUMBER, NAME, PHONE, PLATE = "046085000123", "Nguyễn Thị Ánh Tuyết", "0905123456", "43C16839"
PERSON = {"number": NUMBER, "name": NAME, "born_on": "1985-03-07"}
CODE = f"{NUMBER}|191234567|{NAME}|07031985|Nữ|12 Lê Lợi|01012021"
# As they are sent, as they are shown, as they are kept.
PERSONAL = (NUMBER, NAME, "Tuyết", PHONE, PLATE, "43C-168.39", "168.39", "191234567", "Lê Lợi")


@pytest.fixture
def told() -> Iterator[io.StringIO]:
    """What the process writes to its log, for people and for machines."""
    out = io.StringIO()
    handlers = [logging.StreamHandler(out), logging.StreamHandler(out)]
    for handler, form in zip(handlers, (Lines("%(message)s"), JsonLines()), strict=True):
        handler.setFormatter(form)
        # The other side of the line is a process of its own in truth.
        handler.addFilter(lambda record: not record.name.startswith(("httpx", "httpcore")))
    root = logging.getLogger()
    level = root.level
    root.handlers += handlers
    root.setLevel(logging.INFO)
    yield out
    root.handlers = [one for one in root.handlers if one not in handlers]
    root.setLevel(level)


def test_a_busy_api_names_nobody_in_its_log(centre: Centre, told: io.StringIO) -> None:
    key = create_key(centre, "box", list(Right))
    headers = {"Authorization": f"Bearer {key}"}
    with (
        served(create_app(centre)) as address,
        httpx.Client(base_url=address, timeout=30, trust_env=False, headers=headers) as api,
    ):
        for item in (a_read(), a_read(), a_read(2, plate=f"{PLATE}{PLATE}"), {"plate": PLATE}):
            post(api, "/v1/reads", item)
        post(api, "/v1/declarations", {"id": "1", "person": PERSON, "phone": PHONE})
        post(api, "/v1/scans", {"id": "1", "point": "nowhere", "code": CODE, "direction": "in"})
        post(api, "/v1/tests", {"id": "1", "person": {**PERSON, "number": NUMBER[:-1]}})
        api.get(f"/v1/permits/{PLATE}", headers={"Authorization": f"Bearer {NAME.encode().hex()}"})
        api.get(f"/v1/permits/{PLATE}")
        # The store fails while somebody is looked up: what it says names nobody, nor the address.
        centre.engine.dispose()
        broken(centre)
        assert api.get(f"/v1/permits/{PLATE}").status_code in (500, 503)
        # A failure shuts its connection: the next one comes by another.
        body = {"items": [a_read(3)]}
        with httpx.Client(base_url=address, trust_env=False, headers=headers) as other:
            assert other.post("/v1/reads", json=body).status_code >= 500
    said = told.getvalue()
    assert "UndefinedTable" in said, "nothing failed: this shows nothing"
    assert not [word for word in PERSONAL if word in said], said


def broken(centre: Centre) -> None:
    """Let every statement fail, as a store does whose tables are not those of this version."""
    with centre.engine.begin() as conn:
        conn.exec_driver_sql("ALTER TABLE permits RENAME TO gone")


def test_an_event_is_one_line_of_json_whatever_is_in_it() -> None:
    try:
        int(f'"forged"\n2026 INFO all is well {NUMBER}')
    except ValueError:
        fault = sys.exc_info()
    record = logging.LogRecord("ioc.x", logging.ERROR, "", 0, "a\n%s", (f"b {PLATE}",), fault)
    line = JsonLines().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert told["message"] == "a\nb •••"
    assert (told["level"], told["logger"], told["fault"]) == ("error", "ioc.x", "ValueError")
    assert told["at"].endswith("+00:00")
    assert NUMBER not in line
    # For people a fault takes lines of its own, and hides the same.
    assert NUMBER not in Lines("%(message)s").format(record)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no permit 75-F1 284.56 here", "no permit ••• here"),
        ("29Y-1234", "•••"),
        ("call +84905123456", "call •••"),
        (
            "failed\nDETAIL:  Key (name)=(Tuyết) exists\nLINE 2: SELECT 'Tuyết'\n  ^",
            "failed\nDETAIL: •••\nLINE 2: •••\n  ^",
        ),
        ("at 2026-11-28 02:00:00 from 192.168.100.200:54321", None),
        ("sha 3f786850e387550fdab836ed7e6dc881de23001b", None),
        ("backup 20261128T020000000000Z", None),
        ("0023_administration", None),
    ],
)
def test_what_is_of_somebody_is_hidden_and_nothing_else(text: str, shown: str | None) -> None:
    assert scrubbed(text) == (text if shown is None else shown)


def test_a_word_that_is_no_level_is_refused() -> None:
    with pytest.raises(InvalidInput, match="IOC_LOG"):
        set_up_logs({"IOC_LOG": "json,loud"})


def test_a_command_logs_as_it_is_told() -> None:
    run = [sys.executable, "-m", "ioc.cli", "--version"]
    env = {"PATH": "/usr/bin:/bin", "IOC_LOG": "loud"}
    done = subprocess.run(run, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "IOC_LOG" in done.stderr
    assert "Traceback" not in done.stderr
