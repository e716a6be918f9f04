"""Running it: services are started together, come back when they die, and leave nothing behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ioc.children import Service
from ioc.cli import main
from ioc.embedded.process import born_at, free_port, wait_until
from ioc.embedded.state import State
from ioc.embedded.stores import Stores, open_stores
from ioc.errors import ConfigFault, InvalidInput, Unavailable
from ioc.installation import (
    Ports,
    city_services,
    keeping_services,
    listening_services,
    load_cameras,
    simulated_services,
)
from ioc.readiness import answers
from ioc.settings import Settings
from ioc.supervisor import Supervisor, require_free
from ioc.up import environments, operator_settings

ELSEWHERE = {
    "IOC_DATABASE_URL": "postgresql+psycopg2://own@host/db",
    "IOC_REDIS_URL": "redis://own:6379/0",
}
SLEEP = "import time; time.sleep(300)"
DIE = "import sys; print('cannot go on'); sys.exit(3)"
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up'); time.sleep(300)"
SERVE = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""
PROBED = SERVE.replace("int(sys.argv[1])", "int(os.environ['IOC_PROBES'].split(':')[1])").replace(
    "import http.server, sys", "import http.server, os"
)
SPARED = """
import sys, time
if "--spare" in sys.argv:
    sys.exit() if not sys.stdin.readline() else print("took over", flush=True)
time.sleep(300)
"""
Run = Callable[..., Supervisor]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Stores]:
    """A held state folder whose stores are somewhere else."""
    with open_stores(tmp_path / "state", ELSEWHERE) as stores:
        yield stores


@pytest.fixture
def supervise(elsewhere: Stores) -> Iterator[Run]:
    """Start a supervisor of small programs; all of it ends with the test."""
    begun: list[Supervisor] = []

    def start(*services: Service, **more: float) -> Supervisor:
        supervisor = Supervisor(
            elsewhere, services, lambda _: dict(os.environ), (sys.executable, "-c"), **more
        )
        begun.append(supervisor)
        supervisor.start()
        return supervisor

    yield start
    for supervisor in begun:
        supervisor.stop(patience_s=0.5)


def pids(state: State) -> dict[str, int]:
    return {name: known["pid"] for name, known in state.runtime()["services"].items()}


def is_running(pid: int) -> bool:
    return born_at(pid) != ""


def test_a_dead_service_is_started_again_at_once(supervise: Run) -> None:
    supervisor = supervise(Service("one", (SLEEP,), "ioc_ingest"), Service("two", (SLEEP,), "x"))
    before = pids(supervisor.state)
    assert supervisor.tend() == []
    os.kill(before["one"], signal.SIGKILL)
    wait_until(lambda: supervisor.unready() != [], 30)
    assert supervisor.tend() == ["one"]
    after = pids(supervisor.state)
    assert after["two"] == before["two"]
    assert after["one"] != before["one"]
    assert is_running(after["one"])


def test_a_disk_that_takes_no_writing_ends_nobody(supervise: Run) -> None:
    """What cannot be started for want of a log is started once there is one again."""
    supervisor = supervise(Service("one", (SLEEP,), "ioc_ingest"), Service("two", (SLEEP,), "x"))
    before, state = pids(supervisor.state), supervisor.state
    log = state.log("one")
    log.unlink()
    log.mkdir()
    known = state.path / "runtime.json"
    known.rename(state.path / "kept")
    known.mkdir()
    os.kill(before["one"], signal.SIGKILL)
    wait_until(lambda: supervisor.unready() != [], 30)
    assert supervisor.tend() == []
    assert is_running(before["two"])
    log.rmdir()
    assert wait_until(lambda: supervisor.tend() == ["one"], 30), "it runs, though nobody can say so"
    known.rmdir()


def test_a_spare_follows_one_that_dies(supervise: Run, monkeypatch) -> None:
    monkeypatch.setattr("ioc.embedded.spare.AFTER_S", 0.0)
    supervisor = supervise(Service("one", (SPARED,), "x", has_spare=True))
    assert supervisor.tend() == []
    first, log = pids(supervisor.state)["one"], supervisor.state.log("one")
    os.kill(first, signal.SIGKILL)
    assert wait_until(lambda: supervisor.tend() == ["one"], 30)
    assert wait_until(lambda: "took over" in log.read_text(), 30)
    second = pids(supervisor.state)["one"]
    # The next spare is not loaded at once: this one dies without, and is started as before.
    os.kill(second, signal.SIGKILL)
    assert wait_until(lambda: supervisor.tend() == ["one"], 30)
    third = pids(supervisor.state)["one"]
    assert len({first, second, third}) == 3
    assert is_running(third)
    assert log.read_text().count("took over") == 1


def test_a_spare_ends_with_its_supervisor(supervise: Run, monkeypatch) -> None:
    def children() -> set[str]:
        return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())

    monkeypatch.setattr("ioc.embedded.spare.AFTER_S", 0.0)
    before = children()
    supervisor = supervise(Service("one", (SPARED,), "x", has_spare=True))
    supervisor.tend()
    assert len(children() - before) == 2
    supervisor.stop(patience_s=0.5)
    assert children() == before


def test_one_that_keeps_dying_waits_and_its_last_words_are_told(supervise: Run) -> None:
    supervisor = supervise(Service("one", (DIE,), "ioc_ingest"))
    with pytest.raises(Unavailable, match=r"one does not start: .*cannot go on"):
        supervisor.wait_ready(60, lambda: False)
    assert supervisor.tend() == []


def test_what_does_not_answer_in_time_is_named(supervise: Run) -> None:
    silent = Service("pages", (SLEEP,), "x", f"http://127.0.0.1:{free_port()}")
    supervisor = supervise(silent, Service("two", (SLEEP,), "x"))
    assert supervisor.unready() == ["pages"]
    with pytest.raises(Unavailable, match=r"not ready after 0 s: pages; see .*logs"):
        supervisor.wait_ready(0.3, lambda: True)
    with pytest.raises(Unavailable, match="not ready after 0 s: pages"):
        supervisor.wait_ready(0.3, lambda: True)


def test_ready_is_when_the_address_answers(supervise: Run) -> None:
    port = free_port()
    service = Service("pages", (SERVE, str(port)), "x", f"http://127.0.0.1:{port}")
    supervisor = supervise(service)
    supervisor.wait_ready(30, lambda: True)
    assert supervisor.unready() == []


def test_one_that_serves_nobody_is_told_where_to_answer_and_asked_there(supervise: Run) -> None:
    supervisor = supervise(Service("clock", (PROBED,), "x", has_probes=True), silence_s=0.5)
    supervisor.wait_ready(30, lambda: True)
    first = supervisor.state.runtime()["services"]["clock"]
    assert answers(f"http://{first['probes']}/healthz", 1.0)
    os.kill(first["pid"], signal.SIGSTOP)
    assert wait_until(lambda: supervisor.tend() == ["clock"], 30), "silent, and so ended"
    supervisor.wait_ready(30, lambda: True)
    assert supervisor.state.runtime()["services"]["clock"]["probes"] != first["probes"]


def test_an_operator_says_where_probes_are_answered_and_which_role_is_whose(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "readers.toml"
    assert listening_services(tmp_path) == keeping_services({}) == ()
    file.write_text('[[camera]]\nid = "c"\nmaker = "dahua"\npull = "http://10.1.1.1"\n')
    services = (
        *city_services(Ports("127.0.0.1", 1, 2), tmp_path / "cameras.toml"),
        *listening_services(tmp_path),
        *keeping_services({"IOC_ARCHIVE_URL": "postgresql://a@h/d"}),
    )
    base = free_port()
    for name, value in {
        "IOC_PROBES": f"127.0.0.1:{base}",
        "IOC_DATABASE_URL": "all",
        "IOC_DATABASE_URL_INGEST": "own",
    }.items():
        monkeypatch.setenv(name, value)
    told = environments(services)
    probes = {one.name: told(one).get("IOC_PROBES", "") for one in services}
    assert probes == {
        "ingest": "", "dashboards": "", "timekeeper": f"127.0.0.1:{base}",
        "vision-1": f"127.0.0.1:{base + 1}", "listening": f"127.0.0.1:{base + 2}",
        "archive": f"127.0.0.1:{base + 3}",
    }  # fmt: skip
    urls = {one.name: told(one)["IOC_DATABASE_URL"] for one in services}
    assert {name for name, url in urls.items() if url == "own"} == {"ingest", "listening"}
    with socket.socket() as other:
        other.bind(("127.0.0.1", base + 1))
        other.listen()
        with pytest.raises(Unavailable, match="IOC_PROBES"):
            environments(services)


def test_one_that_lives_and_answers_nobody_is_started_anew(supervise: Run) -> None:
    port = free_port()
    service = Service("pages", (SERVE, str(port)), "x", f"http://127.0.0.1:{port}")
    supervisor = supervise(service, silence_s=0.5)
    supervisor.wait_ready(30, lambda: True)
    frozen = pids(supervisor.state)["pages"]
    os.kill(frozen, signal.SIGSTOP)
    assert wait_until(lambda: supervisor.tend() == ["pages"], 30)
    assert pids(supervisor.state)["pages"] != frozen
    supervisor.wait_ready(30, lambda: True)


def test_stop_ends_even_one_that_will_not(supervise: Run, elsewhere: Stores) -> None:
    supervisor = supervise(Service("no", (STUBBORN,), "x"), Service("yes", (SLEEP,), "x"))
    known = pids(supervisor.state)
    log = elsewhere.state.path / "logs" / "no.log"
    assert wait_until(lambda: "up" in log.read_text(), 30)
    supervisor.stop(patience_s=0.3)
    assert not [pid for pid in known.values() if is_running(pid)]


def test_strays_of_an_earlier_run_are_ended_and_nobody_else(
    supervise: Run, elsewhere: Stores
) -> None:
    with (
        subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.DEVNULL) as stray,
        subprocess.Popen([sys.executable, "-c", SLEEP]) as stranger,
    ):
        elsewhere.state.note_runtime(
            services={
                "stray": {"pid": stray.pid, "born": born_at(stray.pid)},
                "reused": {"pid": stranger.pid, "born": "1"},
            }
        )
        supervise(Service("one", (SLEEP,), "x"))
        assert stray.wait(30) == -signal.SIGKILL
        assert stranger.poll() is None
        stranger.kill()


def test_a_busy_port_is_named_with_its_option() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Unavailable, match=rf"port {port} is in use: give another with --api-"):
            require_free(port, "--api-port", "127.0.0.1")
    with pytest.raises(InvalidInput, match=r"--port: 70000 is no port"):
        require_free(70000, "--port", "127.0.0.1")


SIGNALLED = """
import signal, sys
from ioc.supervisor import ended_by_signals
before = signal.getsignal(signal.SIGTERM)
try:
    with ended_by_signals():
        signal.raise_signal(signal.SIGTERM)
        sys.exit("not ended")
except KeyboardInterrupt:
    sys.exit(0 if signal.getsignal(signal.SIGTERM) is before else "not given back")
"""


def test_signals_end_it_once_and_are_given_back() -> None:
    # In a process of its own: what goes wrong with signals ends the whole run of the tests.
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_worker_is_told_of_all_cameras(tmp_path: Path) -> None:
    """They share them out among themselves, and no address stands on a command line."""
    file = tmp_path / "cameras.toml"
    services = city_services(Ports("0.0.0.0", 1, 2), file, workers=2)
    assert [service.name for service in services] == [
        "ingest", "dashboards", "timekeeper", "vision-1", "vision-2",
    ]  # fmt: skip
    assert services[0].address == "http://127.0.0.1:2"
    assert all(service.words[-2:] == ("--cameras", str(file)) for service in services[3:])
    assert [service.role for service in services] == [
        "ioc_ingest", "ioc_dashboards", "ioc_timekeeper", "ioc_vision", "ioc_vision",
    ]  # fmt: skip
    assert len(city_services(Ports("127.0.0.1", 1, 2), None, workers=4)) == 3


def test_traffic_is_made_up_at_the_speed_asked_and_not_at_all_at_none() -> None:
    ports = Ports("127.0.0.1", 1, 2)
    (simulator,) = simulated_services(ports, 2.5)
    assert simulator.words[-4:] == ("--api", "http://127.0.0.1:2", "--speed", "2.5")
    assert simulator.role is None, "it knows the API and no store"
    assert simulated_services(ports, 0) == ()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (None, "there is no such file"),
        ("[[camera]\n", "line 1"),
        ('[[camera]]\nid = "a"\nsource = "x"\n[[camera]]\nid = "b"\n', "camera 2: needs an id and"),
    ],
    ids=["missing", "no-toml", "no-source"],
)
def test_a_wrong_file_of_cameras_is_named(tmp_path: Path, text: str | None, fault: str) -> None:
    file = tmp_path / "cameras.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigFault, match=fault) as caught:
        load_cameras(file)
    assert caught.value.file == file


def test_the_demo_has_cameras(settings: Settings) -> None:
    assert len(load_cameras(settings.city_dir / "demo.toml")) >= 6


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"IOC_DEMO": "1"}, "IOC_DEMO"),
        ({"IOC_SECRET": "demo-demo-demo-demo-demo-demo-demo-demo"}, "IOC_SECRET"),
        ({"IOC_SECRET": "short"}, "IOC_SECRET"),
        ({"IOC_DATABASE_URL": ""}, "IOC_DATABASE_URL"),
        ({"IOC_CITY": "atlantis"}, "IOC_CITY"),
    ],
)
def test_up_refuses_a_demo_and_names_what_is_missing(change: dict[str, str], field: str) -> None:
    env = {**ELSEWHERE, "IOC_SECRET": "0123456789abcdef0123456789abcdef"}
    assert operator_settings(env).city == "hue"
    with pytest.raises(InvalidInput) as caught:
        operator_settings(env | change)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["--version"], 0, "0."),
        (["--help"], 0, "up"),
        (["nosuch"], 2, "No such command"),
        (["up", "--nosuch"], 2, "No such option"),
        (["up", "--help"], 0, "--workers"),
    ],
)
def test_the_command_line_answers(
    capsys: pytest.CaptureFixture[str], argv: list[str], code: int, said: str
) -> None:
    assert main(argv) == code
    captured = capsys.readouterr()
    assert said in captured.out + captured.err


def test_a_failure_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IOC_DATABASE_URL", raising=False)
    assert main(["up"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("ioc: IOC_DATABASE_URL: is not set")
    assert said.count("\n") == 1


def test_help_imports_no_command() -> None:
    heavy = [
        "vision.cli",
        "ingest.cli",
        "dashboards.cli",
        "ioc.admin",
        "ioc.up",
        "sqlalchemy",
        "rich",
    ]
    script = (
        "import sys\nfrom ioc.cli import main\nmain(['--help'])\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
