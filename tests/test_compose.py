"""docker-compose.yml is true: its schema, its references, and the very commands it would start."""

import json
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import check_jsonschema
import httpx
import jsonschema
import psycopg2
import pytest
import typer

from ioc.archiving import bases, log_of
from ioc.cli import root_command
from ioc.embedded.binaries import postgres_bin, valkey_server
from ioc.embedded.postgres import SERVICE_ROLES
from ioc.embedded.process import free_port, wait_until
from ioc.embedded.stores import Stores
from ioc.log_receiver import NAME
from tests.compose import ROOT, STATE, Process, filled, load_compose, variables

OURS = ("migrate", "ingest", "listening", "dashboards", "timekeeper", "archive", "vision")
# Six services that start at once, on whatever machine this is.
PATIENCE_S = 240
OTHERS = ("postgres", "valkey", "proxy", "hub", "mqtt", "prometheus", "grafana")
GIVEN = {
    "POSTGRES_PASSWORD": "owner1",
    "VALKEY_PASSWORD": "memory1",
    "IOC_SECRET": "0123456789abcdef0123456789abcdef",
    "IOC_EVIDENCE_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "MQTT_PASSWORD": "mqtt1",
    "MQTT_CAMERA_PASSWORD": "camera1",
    "GRAFANA_PASSWORD": "grafana1",
    **{f"{role.upper()}_PASSWORD": f"{role.removeprefix('ioc_')}1" for role in SERVICE_ROLES},
    "IOC_ARCHIVE_PASSWORD": "archive1",
}
CAMERAS = """
[[camera]]
id = "cam-001"
source = "scene:seed=1&per_minute=6&width=640&height=360&fps=5"
"""
# What an installation may say, and need not: its city, its names, its identity provider, its looks.
OPTIONAL = {
    *("IOC_CITY", "IOC_SECOND_FACTOR", "IOC_PUBLIC_URL", "IOC_LOG", "IOC_TRACES"),
    *("IOC_SITE", "IOC_API_SITE", "IOC_TLS", "IOC_CAMERAS"),
    *(f"IOC_OIDC_{name}" for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")),
}


@pytest.fixture(scope="module")
def compose() -> dict:
    return load_compose(GIVEN)


def test_the_file_is_valid_by_the_schema_of_compose(compose: dict) -> None:
    vendored = Path(check_jsonschema.__file__).parent / "builtin_schemas" / "vendor"
    schema = json.loads((vendored / "compose-spec.json").read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert not [f"{list(at.path)}: {at.message}" for at in validator.iter_errors(compose)]
    wrong = {**compose, "services": {"x": {"image": "y", "readonly": True}}}
    assert list(validator.iter_errors(wrong)), "the schema finds nothing: it is the wrong one"


def test_every_secret_is_required_and_written_by_the_script(tmp_path: Path) -> None:
    required = {name for name, default in variables().items() if default is None}
    assert set(variables()) - required == OPTIONAL
    assert required == set(GIVEN)
    script = ROOT / "deploy" / "env"
    subprocess.run([script, "IOC_SITE=ioc.example"], cwd=tmp_path, check=True)
    file = tmp_path / ".env"
    written = dict(line.split("=", 1) for line in file.read_text().splitlines())
    assert written.pop("IOC_SITE") == "ioc.example"
    assert set(written) == required
    assert file.stat().st_mode & 0o077 == 0
    assert len(set(written.values())) == len(written)
    assert subprocess.run([script], cwd=tmp_path, capture_output=True, check=False).returncode == 1
    with pytest.raises(AssertionError, match="IOC_SECRET is required"):
        filled("${IOC_SECRET:?set it}", {})


def test_one_service_a_process(compose: dict) -> None:
    assert set(compose["services"]) == {*OURS, *OTHERS}


@pytest.mark.parametrize("name", [*OURS, *OTHERS])
def test_a_service_can_do_no_more_than_it_must(compose: dict, name: str) -> None:
    service = compose["services"][name]
    assert re.fullmatch(r"[1-9]\d*:\d+", service["user"]), "by number, and not root"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & set(service)
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert service["logging"]["options"]["max-size"]
    assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    assert ("healthcheck" in service) == (name != "migrate")
    # Pinned to the last digit, but for our own two, which are built from this tree.
    assert re.search(r":v?\d+\.\d+(\.\d+)?(-\w+)?$", service["image"]) or "build" in service
    for mount in service.get("volumes", []):
        if mount.startswith("./"):
            assert mount.endswith(":ro")
    # From outside this machine there is one door.
    for port in service.get("ports", []):
        assert name == "proxy" or port.startswith("127.0.0.1:")


@pytest.mark.parametrize("name", [*OURS, *OTHERS])
def test_what_a_service_names_is_there(compose: dict, name: str) -> None:
    service = compose["services"][name]
    for other, how in service.get("depends_on", {}).items():
        asked = "healthcheck" if how["condition"] == "service_healthy" else "command"
        assert asked in compose["services"][other]
    for mount in service.get("volumes", []):
        source = mount.split(":")[0]
        assert (ROOT / source).exists() if source.startswith("./") else source in compose["volumes"]
    assert {config["source"] for config in service.get("configs", [])} <= set(compose["configs"])
    assert set(service["networks"]) <= set(compose["networks"])


def test_only_the_stores_network_reaches_a_store(compose: dict) -> None:
    assert compose["networks"]["stores"]["internal"]
    assert compose["networks"]["inside"]["internal"]
    near = {n for n, s in compose["services"].items() if "stores" in s["networks"]}
    assert near == {"postgres", "valkey", *OURS}
    cameras = {n for n, s in compose["services"].items() if "cameras" in s["networks"]}
    assert cameras == {"vision", "listening", "hub", "mqtt"}


def test_the_stores_and_the_proxy_are_those_that_the_tests_run_on(compose: dict) -> None:
    programs = {
        "postgres": postgres_bin({}) / "postgres",
        "valkey": valkey_server({}),
    }
    for name, program in programs.items():
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        version = compose["services"][name]["image"].split(":")[1]
        assert re.search(rf"(\) |v=){re.escape(version)}\b", told.stdout), told.stdout
    told = subprocess.run([caddy(), "version"], capture_output=True, text=True, check=True)
    assert f"caddy:{told.stdout.split()[0][1:]}\n" in (ROOT / "Dockerfile").read_text()


def test_each_service_has_a_role_and_password_of_its_own(compose: dict, stores: Stores) -> None:
    urls = {name: compose["services"][name]["environment"]["IOC_DATABASE_URL"] for name in OURS}
    roles = {name: re.search(r"//(\w+):(\w+)@postgres/ioc$", url) for name, url in urls.items()}
    assert {name: match[1] for name, match in roles.items() if match} == {
        "migrate": "ioc",
        **{role.removeprefix("ioc_"): role for role in SERVICE_ROLES},
        # The same edge as the API, with the same rights.
        "listening": "ioc_ingest",
        "archive": "ioc_archive",
    }
    assert len({match[2] for match in roles.values() if match}) == len(OURS) - 1
    assert compose["services"]["archive"]["environment"]["IOC_ARCHIVE_URL"] == urls["archive"]
    script = compose["configs"]["roles"]["content"]
    for role in SERVICE_ROLES:
        password = GIVEN[f"{role.upper()}_PASSWORD"]
        assert f"CREATE ROLE {role} LOGIN PASSWORD '{password}';" in script
    assert "CREATE ROLE ioc_archive LOGIN REPLICATION PASSWORD 'archive1';" in script
    shell = compose["configs"]["replication"]["content"]
    folder = stores.state.path / "pg-hba"
    folder.mkdir()
    subprocess.run(["sh", "-ec", shell], env={"PGDATA": str(folder)}, check=True)
    assert (folder / "pg_hba.conf").read_text().split() == [
        "host", "replication", "ioc_archive", "all", "scram-sha-256",
    ]  # fmt: skip
    # Read by the server itself, as roles that are not there, and taken back.
    url = stores.database_url("postgres", "postgres").replace("+psycopg2", "")
    conn = psycopg2.connect(url)
    conn.cursor().execute(script.replace("ROLE ioc_", "ROLE other_"))
    conn.rollback()
    conn.close()


@pytest.mark.parametrize("name", OURS)
def test_a_command_parses(compose: dict, name: str) -> None:
    words = list(compose["services"][name]["command"])
    node, context = root_command(), None
    while hasattr(node, "get_command") and not words[0].startswith("-"):
        context = typer.Context(node, parent=context)
        child = node.get_command(context, words[0])
        assert child is not None, words
        node, words = child, words[1:]
    node.make_context(name, words, parent=context)


def test_the_images_start_as_nobody_special_and_have_every_package() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"\\\n\s*", "", text)
    lines = [shlex.split(line, comments=True) for line in text.splitlines() if line.strip()]
    lines = [line for line in lines if line]
    stages = [line[3] for line in lines if line[0] == "FROM"]
    assert stages == ["build", "services", "proxy"]
    sources = [line[1:-1] for line in lines if line[0] == "COPY" and line[1][:2] != "--"]
    copied = {word for words in sources for word in words}
    assert {"ioc", "vision", "ingest", "dashboards", "config", "constraints.txt"} <= copied
    assert all((ROOT / name).exists() for name in copied)
    users = [line[1] for line in lines if line[0] == "USER"]
    assert users == ["10001:10001", "10001:10001"]
    assert ["ENTRYPOINT", "[ioc]"] in lines
    # Nothing is taken from outside but the base, by its version, and what constraints.txt pins.
    bases = [line[1].split("=")[1] for line in lines if line[0] == "ARG"]
    assert all(re.search(r":\d+\.\d+\.\d+", base) for base in bases)
    assert not [line for line in lines if {"curl", "wget", "apt-get", "ADD"} & set(line)]
    assert text.count("pip install") == text.count("--constraint constraints.txt") + text.count(
        "--no-deps"
    )


@pytest.mark.faults
@pytest.mark.timeout(2 * PATIENCE_S)
def test_the_services_run_as_processes_and_pass_their_health_checks(
    stores: Stores, database: str, tmp_path: Path
) -> None:
    """The words, the environment and the health check of each, word for word, but for addresses."""
    passwords = {f"{role.upper()}_PASSWORD": stores.state.secret(role) for role in SERVICE_ROLES}
    passwords["POSTGRES_PASSWORD"] = stores.state.secret("ioc")
    with follower(stores) as passwords["IOC_ARCHIVE_PASSWORD"]:
        run_all(load_compose({**GIVEN, **passwords}), stores.postgres.port, database, tmp_path)


def run_all(compose: dict[str, Any], postgres: int, database: str, tmp_path: Path) -> None:
    memory = free_port()
    places = {
        "@postgres/ioc": f"@127.0.0.1:{postgres}/{database}",
        "@valkey:": "@127.0.0.1:",
        STATE: str(tmp_path),
        "0.0.0.0": "127.0.0.1",
        "/etc/ioc/cameras.toml": str(tmp_path / "cameras.toml"),
    }
    (tmp_path / "cameras.toml").write_text(CAMERAS)
    ports = {6379: memory, **{there: free_port() for there in (8050, 8060, 9101, 9102, 9103, 9104)}}
    services = {name: Process(compose["services"][name], places, ports) for name in OURS}
    with ExitStack() as running:
        words = [str(valkey_server({})), *compose["services"]["valkey"]["command"][1:]]
        here = ["--port", str(memory), "--bind", "127.0.0.1", "--dir", str(tmp_path)]
        running.enter_context(started("valkey", [*words, *here], {}, tmp_path))
        migrate = services.pop("migrate")
        done = subprocess.run(
            read_only(migrate),
            env=migrate.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        for name, one in services.items():
            running.enter_context(started(name, read_only(one), one.env, tmp_path))
        for name, one in services.items():
            assert wait_until(lambda one=one: passes(one.check), PATIENCE_S, 0.2), name
        assert wait_until(lambda: bases(tmp_path / "backups") != [], 60, 0.2), "a copy of the day"
        assert list(log_of(*bases(tmp_path / "backups")).iterdir()), "and the log after it"
        assert not passes([sys.executable, "-m", "ioc.readiness", str(free_port())])
        site = {
            "IOC_PAGES": f"127.0.0.1:{ports[8050]}",
            "IOC_API": f"127.0.0.1:{ports[8060]}",
        }
        running.enter_context(proxied(compose, site, tmp_path))
        shows_tls(tmp_path)
    events = [json.loads(line) for name in services for line in lines_of(tmp_path, name)]
    assert {"at", "level", "logger", "message", "pid"} <= set(events[0])


@contextmanager
def follower(stores: Stores) -> Iterator[str]:
    """Let there be the role that the file makes for the archive; yields its password."""
    conn = psycopg2.connect(stores.database_url("postgres", "postgres").replace("+psycopg2", ""))
    conn.autocommit = True
    with conn.cursor() as cursor:
        password = stores.state.secret("ioc_archive")
        cursor.execute("CREATE ROLE ioc_archive LOGIN REPLICATION PASSWORD %s", (password,))
        try:
            yield password
        finally:
            cursor.execute("SELECT pg_drop_replication_slot(%s)", (NAME,))
            cursor.execute("DROP ROLE ioc_archive")
            conn.close()


def lines_of(folder: Path, name: str) -> list[str]:
    return (folder / f"{name}.out").read_text(encoding="utf-8").splitlines()


@contextmanager
def started(name: str, words: list[str], env: dict[str, str], folder: Path) -> Iterator[None]:
    """Run a process; at its end it must have ended as it was told, without a trace in its log."""
    log = folder / f"{name}.out"
    with (
        log.open("wb") as out,
        subprocess.Popen(words, env=env, stdout=out, stderr=out, cwd=folder) as process,
    ):
        try:
            yield
            assert process.poll() is None, log.read_text()
            process.terminate()
            assert process.wait(60) in (0, -15), log.read_text()
        finally:
            process.kill()
            print(name, log.read_text()[-3000:])
    assert "Traceback" not in log.read_text()


def passes(check: list[str]) -> bool:
    """Tell whether a health check passes, as Docker runs it."""
    return subprocess.run(check, cwd=ROOT, capture_output=True, check=False).returncode == 0


def read_only(one: Process) -> list[str]:
    """Return the words of a service with every disk read-only but what is mounted into it.

    Where this machine does not let us do so they are the words as they are.
    """
    for folder in one.writable:
        Path(folder).mkdir(parents=True, exist_ok=True)
    script = (
        'while [ "$1" != -- ]; do mount --bind "$1" "$1"; shift; done; shift; '
        'mount -o remount,ro,bind / && mount -t tmpfs tmpfs /dev/shm && exec "$@"'
    )
    command = ["unshare", "-m", "sh", "-ec", script, "sh", *one.writable, "--"]
    if (
        shutil.which("unshare")
        and not subprocess.run([*command, "true"], capture_output=True, check=False).returncode
    ):
        return [*command, *one.words]
    return one.words


def caddy() -> str:
    return str(Path(sys.executable).with_name("caddy"))


PROXY: dict[str, int] = {}


@contextmanager
def proxied(compose: dict[str, Any], site: dict[str, str], folder: Path) -> Iterator[None]:
    """Run Caddy on our file before the pages and the API."""
    PROXY.update({name: free_port() for name in ("HTTP", "HTTPS", "PROBE")})
    env = {
        "PATH": "/usr/bin:/bin",
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        **compose["services"]["proxy"]["environment"],
        **{f"IOC_{name}_PORT": str(port) for name, port in PROXY.items()},
        **site,
    }
    # An authority of its own must not be put among those that this machine trusts.
    text = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text()
    file = folder / "Caddyfile"
    file.write_text(text.replace("\tadmin off\n", "\tadmin off\n\tskip_install_trust\n"))
    with started("proxy", [caddy(), "run", "--config", str(file)], env, folder):
        probe = f"http://127.0.0.1:{PROXY['PROBE']}/healthz"
        assert wait_until(lambda: answers(probe), 30, 0.1)
        yield


def answers(url: str) -> bool:
    try:
        with httpx.Client(trust_env=False, timeout=2) as client:
            return client.get(url).status_code == 200
    except httpx.HTTPError:
        return False


def shows_tls(folder: Path) -> None:
    """The pages and the API answer over TLS; what is for operators does not, and says nothing."""
    root = folder / "data" / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    assert wait_until(root.exists, 30, 0.1)
    # The names are Caddy's alone: no machine need know them.
    at = {"pages": "localhost", "api": "api.localhost"}

    def ask(site: str, path: str, method: str = "GET", **what: Any) -> httpx.Response:
        url, sni = f"https://127.0.0.1:{PROXY['HTTPS']}{path}", {"sni_hostname": at[site]}
        return client.request(method, url, headers={"Host": at[site]}, extensions=sni, **what)

    def has_certificate(site: str) -> bool:
        try:
            return ask(site, "/healthz").status_code == 404
        except httpx.ConnectError:
            return False

    trust = ssl.create_default_context(cafile=str(root))
    with httpx.Client(trust_env=False, verify=trust, timeout=10) as client:
        assert all(wait_until(lambda site=site: has_certificate(site), 30, 0.1) for site in at)
        door = ask("pages", "/login")
        assert door.status_code == 200
        assert "includeSubDomains" in door.headers["strict-transport-security"]
        assert "server" not in door.headers
        assert ask("api", "/v1/permits/75A12345").status_code == 401
        assert {ask(site, path).status_code for site in at for path in ("/metrics", "/readyz")} == {
            404
        }
        # The proxy says who asks and how: a form from our own page is no foreign one.
        form = {"name": "nobody", "password": "wrong"}
        assert ask("pages", "/login", "POST", data=form).status_code == 401
        assert ask("api", "/v1/scans", "POST", content=b"x" * 9_100_000).status_code in (401, 413)
        plain = client.get(f"http://127.0.0.1:{PROXY['HTTP']}/login", headers={"Host": at["pages"]})
        assert plain.status_code == 308
        assert plain.headers["location"].startswith("https://")
    # Whoever speaks a version of TLS that is broken is sent away by the server, not by us.
    with warnings.catch_warnings(), httpx.Client(trust_env=False, verify=trust) as client:
        warnings.simplefilter("ignore", DeprecationWarning)
        trust.minimum_version = trust.maximum_version = ssl.TLSVersion.TLSv1_1
        trust.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises(httpx.ConnectError, match="ALERT_PROTOCOL_VERSION"):
            ask("pages", "/login")
