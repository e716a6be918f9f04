"""docker-compose.yml is true: its form, its references, and the very commands it would start."""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import typer
import yaml

from ioc.cli import root_command
from ioc.embedded.postgres import SERVICE_ROLES
from ioc.embedded.process import free_port, wait_until
from ioc.embedded.stores import Stores

ROOT = Path(__file__).resolve().parent.parent
VARIABLE = re.compile(r"\$\{(\w+)(?::([?-])([^}]*))?\}")
OURS = ("migrate", "ingest", "dashboards", "timekeeper", "vision")
DURATION = re.compile(r"^(\d+(us|ms|s|m|h))+$")
# The part of the Compose specification's schema that this file uses; a key beside it is a typo.
KEYS = {
    "image", "build", "restart", "init", "depends_on", "environment", "command", "ports",
    "volumes", "configs", "healthcheck",
}  # fmt: skip
GIVEN = {
    "POSTGRES_PASSWORD": "owner1",
    "VALKEY_PASSWORD": "memory1",
    "IOC_SECRET": "0123456789abcdef0123456789abcdef",
    "IOC_EVIDENCE_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "IOC_CAMERA": "cam-001",
    "IOC_SOURCE": "scene:seed=1&per_minute=6",
    **{f"{role.upper()}_PASSWORD": f"{role.removeprefix('ioc_')}1" for role in SERVICE_ROLES},
}


def filled(text: str, given: dict[str, str]) -> str:
    """Return `text` with its variables put in, as Compose does; a required one must be given."""

    def value(match: re.Match[str]) -> str:
        name, sort, rest = match.groups()
        if name in given:
            return given[name]
        assert sort == "-", f"{name} is required and not given"
        return rest or ""

    return VARIABLE.sub(value, text)


@pytest.fixture(scope="module")
def compose() -> dict:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    return yaml.safe_load(filled(text, GIVEN))


# A city, and an identity provider that it may trust besides passwords: all or none of it.
OPTIONAL = {"IOC_CITY", "IOC_SECOND_FACTOR", "IOC_PUBLIC_URL"} | {
    f"IOC_OIDC_{name}" for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")
}


def test_every_secret_is_required() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for match in VARIABLE.finditer(text):
        name, sort, _ = match.groups()
        assert sort == "?" or name in OPTIONAL, name
    with pytest.raises(AssertionError, match="IOC_SECRET is required"):
        filled("${IOC_SECRET:?set it}", {})


def test_one_service_a_process(compose: dict) -> None:
    assert set(compose["services"]) == {"postgres", "valkey", *OURS}
    assert set(compose) <= {"name", "services", "volumes", "configs", "x-service", "x-environment"}


@pytest.mark.parametrize("name", ["postgres", "valkey", *OURS])
def test_a_service_has_the_form_compose_wants(compose: dict, name: str) -> None:
    service = compose["services"][name]
    assert set(service) <= KEYS
    assert isinstance(service["image"], str)
    assert service["restart"] in ("no", "unless-stopped")
    assert all(isinstance(word, str) for word in service.get("command", []))
    assert all(isinstance(value, str) for value in service.get("environment", {}).values())
    for other, how in service.get("depends_on", {}).items():
        assert other in compose["services"]
        assert how["condition"] in ("service_healthy", "service_completed_successfully")
        if how["condition"] == "service_healthy":
            assert "healthcheck" in compose["services"][other]
    for mount in service.get("volumes", []):
        assert mount.split(":")[0] in compose["volumes"]
    for config in service.get("configs", []):
        assert config["source"] in compose["configs"]
    for port in service.get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)
    check = service.get("healthcheck")
    if check:
        assert check["test"][0] == "CMD"
        assert DURATION.match(check["interval"])
        assert DURATION.match(check["timeout"])
        assert isinstance(check["retries"], int)


def test_each_service_has_a_role_and_password_of_its_own(compose: dict) -> None:
    urls = {name: compose["services"][name]["environment"]["IOC_DATABASE_URL"] for name in OURS}
    roles = {name: re.search(r"//(\w+):(\w+)@postgres/ioc$", url) for name, url in urls.items()}
    assert {name: match[1] for name, match in roles.items() if match} == {
        "migrate": "ioc",
        **{role.removeprefix("ioc_"): role for role in SERVICE_ROLES},
    }
    assert len({match[2] for match in roles.values() if match}) == len(OURS)
    script = compose["configs"]["roles"]["content"]
    for role in SERVICE_ROLES:
        password = GIVEN[f"{role.upper()}_PASSWORD"]
        assert f"CREATE ROLE {role} LOGIN PASSWORD '{password}';" in script


@pytest.mark.parametrize("name", OURS)
def test_a_command_parses(compose: dict, name: str) -> None:
    words = list(compose["services"][name]["command"])
    node, context = root_command(), None
    while hasattr(node, "get_command"):
        context = typer.Context(node, parent=context)
        child = node.get_command(context, words[0])
        assert child is not None, words
        node, words = child, words[1:]
    node.make_context(name, words, parent=context)


def test_the_image_starts_as_nobody_special_and_has_every_package() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"\\\n\s*", "", text)
    lines = [shlex.split(line, comments=True) for line in text.splitlines() if line.strip()]
    copied = {word for line in lines if line[:1] == ["COPY"] for word in line[1:-1]}
    assert {"ioc", "vision", "ingest", "dashboards", "config", "constraints.txt"} <= copied
    assert all((ROOT / name).exists() for name in copied)
    users = [line[1] for line in lines if line[:1] == ["USER"]]
    assert users == ["ioc"]
    assert ["ENTRYPOINT", "[ioc]"] in lines


@pytest.mark.faults
@pytest.mark.parametrize("name", OURS)
def test_a_command_runs_as_a_process_of_its_role(
    compose: dict, stores: Stores, database: str, service_env: dict[str, str], name: str
) -> None:
    service = compose["services"][name]
    command, port = list(service["command"]), None
    if "--port" in command:
        port = free_port()
        command[command.index("--port") + 1] = str(port)
        command[command.index("--host") + 1] = "127.0.0.1"
    role = "ioc" if name == "migrate" else f"ioc_{name}"
    url = stores.database_url(role, database)
    env = {**service_env, "IOC_DATABASE_URL": url, "IOC_SECRET": GIVEN["IOC_SECRET"]}
    del env["IOC_DEMO"]
    with subprocess.Popen(
        [sys.executable, "-m", "ioc.cli", *command],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            if name == "migrate":
                assert process.wait(60) == 0
            elif port is not None:
                assert wait_until(lambda: answers(port) or process.poll() is not None, 60, 0.1)
                assert process.poll() is None
            else:
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(6)
                process.send_signal(signal.SIGTERM)
                assert process.wait(15) in (0, -signal.SIGTERM)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            output = process.stdout.read().decode() if process.stdout else ""
            print(output)
    assert "Traceback" not in output


def answers(port: int) -> bool:
    try:
        with httpx.Client(trust_env=False, timeout=2) as client:
            return client.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    except httpx.HTTPError:
        return False
