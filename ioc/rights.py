"""What each service's database role may do; given anew after every migration.

A role that does not exist is left out: an operator may run everything under one role.
"""

from sqlalchemy import Connection, text

READ = "SELECT"
APPEND = "SELECT, INSERT"
CHANGE = "SELECT, INSERT, UPDATE"

FACTS = {
    "intake": APPEND,
    "refused": APPEND,
    "tally": CHANGE,
    "presence": APPEND,
    "evidence": APPEND,
    "audit": APPEND,
    "permits": READ,
    "sightings": APPEND,
    "incident": CHANGE,
    "alerts": CHANGE,
    "alert_steps": APPEND,
}
FIGURES = {"tally_day": READ, "tally_total": READ, "seal": READ}
ACCESS = {"users": CHANGE, "sessions": f"{CHANGE}, DELETE", "sign_in_attempts": f"{APPEND}, DELETE"}
RIGHTS = {
    "ioc_vision": FACTS,
    "ioc_ingest": {**FACTS, **FIGURES, "permits": CHANGE, "api_keys": READ},
    "ioc_dashboards": {
        **dict.fromkeys(FACTS, READ),
        **FIGURES,
        **ACCESS,
        "alerts": CHANGE,
        "alert_steps": APPEND,
        "audit": APPEND,
    },
    "ioc_timekeeper": {
        **dict.fromkeys(FACTS, READ),
        "audit": READ,
        "audit_link": APPEND,
        "alerts": CHANGE,
        "alert_steps": APPEND,
        "tally": f"{CHANGE}, DELETE",
        "tally_day": CHANGE,
        "tally_total": CHANGE,
        "seal": CHANGE,
        "intake": f"{READ}, DELETE",
        "refused": f"{READ}, DELETE",
        "evidence": f"{READ}, DELETE",
        "presence": f"{READ}, DELETE",
    },
}


def grant_rights(conn: Connection) -> None:
    """Give every role that exists what its service needs, and nothing else."""
    roles = set(conn.execute(text("SELECT rolname FROM pg_roles")).scalars())
    for role, tables in RIGHTS.items():
        if role not in roles:
            continue
        conn.execute(text(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"))
        conn.execute(text(f"GRANT USAGE ON SCHEMA public TO {role}"))
        for table, rights in tables.items():
            conn.execute(text(f"GRANT {rights} ON {table} TO {role}"))
    if "ioc_timekeeper" in roles:
        conn.execute(
            text(
                "GRANT EXECUTE ON FUNCTION create_sightings_day, drop_sightings_day"
                " TO ioc_timekeeper"
            )
        )
