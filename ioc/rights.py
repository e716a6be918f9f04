"""What each service's database role may do; given anew after every migration.

A role that does not exist is left out: an operator may run everything under one role.
"""

from sqlalchemy import Connection, text

READ = "SELECT"
# Putting a letter into the outbox, without being able to read what others told whom.
PUT = "INSERT, SELECT (id)"
# Writing down who looked, without being able to see who else did.
NOTE = "INSERT, SELECT (no)"
APPEND = "SELECT, INSERT"
CHANGE = "SELECT, INSERT, UPDATE"
# A version of a permit is only ever ended; what it says stays as it was.
VERSIONS = "SELECT, INSERT, UPDATE (superseded_at, held_until, is_void)"

FACTS = {
    "intake": APPEND,
    "refused": APPEND,
    "tally": CHANGE,
    "presence": APPEND,
    "evidence": APPEND,
    "audit": NOTE,
    "audit_open": "INSERT",
    "permits": READ,
    "registrations": "SELECT (ref, colour)",
    "plate_lists": READ,
    "list_entries": READ,
    # One that was begun by a misreading is forgotten.
    "journeys": f"{CHANGE}, DELETE",
    "sightings": APPEND,
    "readings": APPEND,
    "incident": CHANGE,
    "alerts": CHANGE,
    "alert_steps": APPEND,
    "notices": PUT,
    "notice_files": "INSERT",
    "plates_seen": READ,
    "trail_requests": READ,
    "mutes": READ,
    "doubts": APPEND,
}
FIGURES = {"tally_day": READ, "tally_quarter": READ, "tally_total": READ, "seal": READ}
ACCESS = {
    "users": CHANGE,
    "sessions": f"{CHANGE}, DELETE",
    "sign_in_attempts": f"{APPEND}, DELETE",
    "second_factors": f"{CHANGE}, DELETE",
    "recovery_codes": f"{CHANGE}, DELETE",
}
# Transport decides at its desk and over the API.
DECISIONS = {
    "permits": VERSIONS,
    "registrations": CHANGE,
    "registration_steps": APPEND,
    "tally": CHANGE,
}
# A camera's read lets people arrive who declared: whoever records one does this.
ARRIVALS = {
    "persons": "SELECT (ref, head)",
    # Nor phone nor address of anybody.
    "declarations": "SELECT (ref, source, declaration_id, people, unit, cell, plate, means, wave,"
    " origin, expected_at, state, received_at, decided_at, decided_by, arrived_at, arrived_by),"
    " UPDATE (state, arrived_at, arrived_by)",
    "declaration_people": READ,
    "declaration_steps": APPEND,
    "passages": CHANGE,
    "entrants": CHANGE,
    "tasks": APPEND,
}
PEOPLE = {
    "declarations": CHANGE,
    "declaration_people": APPEND,
    "declaration_steps": APPEND,
    "passages": CHANGE,
    "entrants": CHANGE,
    "tasks": CHANGE,
    "task_calls": APPEND,
    "waves": APPEND,
    "lodgings": APPEND,
    "person_pairs": CHANGE,
    "person_pair_steps": APPEND,
}
# Who meets somebody keeps him; what was said of him otherwise is never changed.
PERSONS = {
    "persons": CHANGE,
    "person_numbers": APPEND,
    "person_variants": APPEND,
    "persons_fresh": APPEND,
}
# Gates must know which cards ended; who issues them ends them, too.
CARDS = {"cards": CHANGE, "card_ends": APPEND, "card_steps": APPEND}
SCANS = {
    "scans": APPEND,
    "scan_ids": APPEND,
    "point_states": APPEND,
    "occupancy": CHANGE,
}
LISTS = {"plate_lists": CHANGE, "list_entries": CHANGE}
# Nobody reads who sent a report: see the function `reveal_reporter`, which writes down who asks.
REPORTS = {"reports": CHANGE, "report_steps": APPEND, "calls": APPEND}
# What was given, taken or reported never changes; what it counts for, and what came of it, does.
HEALTH = {
    "health_standing": CHANGE,
    "doses": f"{APPEND}, UPDATE (mark, near_of, why, is_counted, ordinal, is_full)",
    "dose_corrections": APPEND,
    "tests": f"{APPEND}, UPDATE (result, resulted_at, changed_at)",
    "test_results": APPEND,
    "cases": f"{APPEND}, UPDATE (state, state_since)",
    "case_steps": APPEND,
    "paper_totals": f"{APPEND}, UPDATE (superseded_at)",
    "amendments": CHANGE,
}
# What was frozen, signed or noted of a report is never changed.
BRIEFINGS = {
    "briefings": APPEND,
    "briefing_signatures": APPEND,
    "briefing_amendments": APPEND,
}
# Who administers sees what is asked and what was purged; answering is done by command. A breach is
# entered and followed at his desk.
PRIVACY = {
    "purge_certificates": READ,
    "subject_requests": READ,
    "breaches": f"{APPEND}, UPDATE (told_at, closed_at)",
    "breach_steps": APPEND,
    "audit_findings": APPEND,
}
RIGHTS = {
    "ioc_vision": {
        **FACTS,
        **ARRIVALS,
        "fleet_workers": f"{CHANGE}, DELETE",
        "fleet_leases": CHANGE,
    },
    "ioc_ingest": {
        **FACTS,
        **FIGURES,
        **DECISIONS,
        **LISTS,
        **PERSONS,
        **PEOPLE,
        **REPORTS,
        **HEALTH,
        "reporters": "INSERT",
        **CARDS,
        **SCANS,
        # When a key was last used, and nothing else of it.
        "api_keys": f"{READ}, UPDATE (used_at)",
        "patrols": CHANGE,
        "feed_cursors": CHANGE,
        "self_readers": READ,
        "import_runs": f"{APPEND}, UPDATE (ended_at, recorded, repeated, refused)",
    },
    "ioc_dashboards": {
        **dict.fromkeys(FACTS, READ),
        **FIGURES,
        **ACCESS,
        "displays": CHANGE,
        **DECISIONS,
        **LISTS,
        **PERSONS,
        **PEOPLE,
        **REPORTS,
        **HEALTH,
        **BRIEFINGS,
        "calls": READ,
        **dict.fromkeys(CARDS, READ),
        **dict.fromkeys(SCANS, READ),
        "alerts": CHANGE,
        "alert_steps": APPEND,
        "notices": f"{APPEND}, UPDATE (state, next_at, attempts)",
        "notice_files": "INSERT",
        "api_keys": f"{APPEND}, UPDATE (revoked_at)",
        "feed_cursors": READ,
        "import_runs": READ,
        "self_readers": READ,
        **dict.fromkeys(("fleet_workers", "fleet_leases"), READ),
        "config_versions": READ,
        "camera_faults": READ,
        "patrols": CHANGE,
        "mutes": CHANGE,
        "handovers": APPEND,
        "audit_link": READ,
        **PRIVACY,
        "reviews": f"{APPEND}, UPDATE (undone_at)",
        "trail_requests": CHANGE,
        "audit": APPEND,
        "audit_open": APPEND,
    },
    "ioc_timekeeper": {
        **dict.fromkeys(FACTS, READ),
        "audit": f"{APPEND}, DELETE",
        "audit_open": f"{APPEND}, DELETE",
        "audit_link": f"{APPEND}, DELETE",
        "purge_certificates": f"{APPEND}, DELETE",
        **dict.fromkeys(("breaches", "breach_steps", "audit_findings"), f"{READ}, DELETE"),
        # It keeps what is held apart before it deletes.
        "legal_holds": f"{READ}, UPDATE (kept_at), DELETE",
        **dict.fromkeys(("hold_rows", "hold_pictures"), f"{APPEND}, DELETE"),
        **dict.fromkeys(("subject_requests", "erasures"), f"{READ}, DELETE"),
        "permits": f"{READ}, DELETE",
        **{table: f"{right}, DELETE" for table, right in {**PERSONS, **PEOPLE}.items()},
        # Taking from a queue holds its rows.
        "persons_fresh": f"{CHANGE}, DELETE",
        **dict.fromkeys(REPORTS, f"{CHANGE}, DELETE"),
        "report_steps": f"{APPEND}, DELETE",
        "calls": f"{READ}, DELETE",
        "reporters": "SELECT (report), DELETE",
        **dict.fromkeys((*CARDS, *SCANS), f"{READ}, DELETE"),
        "registrations": f"{READ}, DELETE",
        "registration_steps": f"{READ}, DELETE",
        "list_entries": f"{READ}, DELETE",
        "journeys": f"{CHANGE}, DELETE",
        "incident": f"{CHANGE}, DELETE",
        "alerts": f"{CHANGE}, DELETE",
        "alert_steps": f"{APPEND}, DELETE",
        "notices": f"{CHANGE}, DELETE",
        "notice_files": f"{APPEND}, DELETE",
        "plates_seen": f"{CHANGE}, DELETE",
        "trail_requests": f"{READ}, DELETE",
        "patrols": READ,
        "mutes": f"{READ}, DELETE",
        "handovers": f"{READ}, DELETE",
        "doubts": f"{READ}, DELETE",
        "readings": f"{READ}, DELETE",
        "self_readers": CHANGE,
        "reviews": f"{APPEND}, DELETE, UPDATE (applied_at, raised)",
        **dict.fromkeys(HEALTH, f"{READ}, DELETE"),
        **dict.fromkeys(BRIEFINGS, f"{APPEND}, DELETE"),
        "health_standing": f"{CHANGE}, DELETE",
        "tally": f"{CHANGE}, DELETE",
        "tally_quarter": f"{CHANGE}, DELETE",
        "tally_day": CHANGE,
        "tally_total": CHANGE,
        "seal": CHANGE,
        "intake": f"{READ}, DELETE",
        "refused": f"{READ}, DELETE",
        "evidence": f"{READ}, DELETE",
        "presence": f"{READ}, DELETE",
        "import_runs": f"{READ}, DELETE",
        "config_versions": CHANGE,
        "fleet_leases": f"{READ}, DELETE",
        "camera_faults": f"{CHANGE}, DELETE",
    },
}
MAKE, DROP = "create_sightings_day", "drop_sightings_day"
MAKE_SCANS, FINISH_SCANS, DROP_SCANS = "create_scans_day", "finish_scans_day", "drop_scans_day"
REVEAL = "reveal_reporter"
# What a vehicle bore changes by a second reading of it, and by nothing else.
JOIN, PICTURES = "join_sightings", "add_pictures"
FUNCTIONS = {
    "ioc_vision": (MAKE, JOIN),
    "ioc_ingest": (MAKE, MAKE_SCANS, REVEAL, JOIN, PICTURES),
    "ioc_dashboards": (REVEAL,),
    "ioc_timekeeper": (MAKE, DROP, MAKE_SCANS, FINISH_SCANS, DROP_SCANS),
}


def grant_rights(conn: Connection) -> None:
    """Give every role that exists what its service needs, and nothing else."""
    roles = set(conn.execute(text("SELECT rolname FROM pg_roles")).scalars())
    for role, tables in RIGHTS.items():
        if role not in roles:
            continue
        told = [
            f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
            f"GRANT USAGE ON SCHEMA public TO {role}",
            *(f"GRANT {rights} ON {table} TO {role}" for table, rights in tables.items()),
            *(f"GRANT EXECUTE ON FUNCTION {name} TO {role}" for name in FUNCTIONS[role]),
        ]
        conn.execute(text("; ".join(told)))
