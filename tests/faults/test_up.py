"""`ioc up` on an operator's own stores: each service under its own role, nothing left behind."""

from pathlib import Path

import psycopg2
import pytest

from ioc.embedded.postgres import SERVICE_ROLES
from ioc.embedded.process import free_port, wait_until
from ioc.embedded.stores import Stores

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

CAMERAS = """
[[camera]]
id = "cam-001"
source = "scene:seed=1&per_minute=6&width=640&height=360&fps=5"
"""


def test_up_runs_each_service_under_its_role(
    stores: Stores,
    database: str,
    service_env: dict[str, str],
    tmp_path: Path,
    state_dir: Path,
    install,
) -> None:
    cameras = tmp_path / "cameras.toml"
    cameras.write_text(CAMERAS)
    del service_env["IOC_DEMO"]
    for role in SERVICE_ROLES:
        name = f"IOC_DATABASE_URL_{role.removeprefix('ioc_').upper()}"
        service_env[name] = stores.database_url(role, database)
    options = [
        "--port",
        str(free_port()),
        "--api-port",
        str(free_port()),
        "--cameras",
        str(cameras),
    ]
    with install(["up", *options], state_dir, service_env) as running:
        assert set(running.known) == {"dashboards", "api"}
        assert set(running.pids()) == {"ingest", "dashboards", "timekeeper", "vision-1"}
        assert running.is_ready()
        assert wait_until(lambda: connected(stores, database) >= set(SERVICE_ROLES), 60, 0.5)


def connected(stores: Stores, database: str) -> set[str]:
    conn = psycopg2.connect(stores.database_url().replace("+psycopg2", ""))
    with conn.cursor() as cursor:
        cursor.execute("SELECT usename FROM pg_stat_activity WHERE datname = %s", (database,))
        found = {row[0] for row in cursor.fetchall()}
    conn.close()
    return found
