"""Who sent a report: written once, forgotten on its day, told through one function alone."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, text

from ioc.reports.model import Reporter


def add(conn: Connection, senders: Mapping[str, Reporter]) -> None:
    """Keep who sent reports, by their ref."""
    rows = [{"report": ref, **asdict(who)} for ref, who in senders.items() if who.is_known]
    if rows:
        conn.execute(ADD_REPORTERS, {"rows": json.dumps(rows)})


def reveal(conn: Connection, ref: str, actor: str, purpose: str) -> Reporter | None:
    """Return who sent a report; the store itself writes down who asked, and what for."""
    arguments = {"ref": ref, "actor": actor, "purpose": purpose}
    row = conn.execute(REVEAL, arguments).one_or_none()
    if row is None:
        return None
    return Reporter(row.name, row.phone, row.email, row.device, row.account)


def forget_reporters(conn: Connection, closed_before: datetime) -> int:
    """Delete who sent reports that ended before an instant; return how many."""
    return conn.execute(FORGET, {"before": closed_before}).rowcount


ADD_REPORTERS = text("""
    INSERT INTO reporters (report, name, phone, email, device, account)
    SELECT report, name, phone, email, device, account
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS item (
        report text, name text, phone text, email text, device text, account text)
""")
REVEAL = text("SELECT * FROM reveal_reporter(:ref, :actor, :purpose)")
FORGET = text("""
    DELETE FROM reporters WHERE report IN (SELECT ref FROM reports WHERE closed_at < :before)
""")
