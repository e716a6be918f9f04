"""The lists of an administrator, as his desk pages through them.

An account is named by a digest of its name, so that no name of a person stands in an address.
"""

from ioc.access.model import Role
from ioc.listing import Condition, Source, by_age, named, one_of
from ioc.notices.model import NoticeState

SPANS = {"hour": "1 hour", "day": "1 day", "week": "7 days", "month": "30 days"}
REF = "left(encode(sha256(convert_to({}, 'UTF8')), 'hex'), 16)"
# As `ioc.access.managing` names a session: the first six bytes of its digest.
SESSION_REF = "encode(substring(s.token_hash FROM 1 FOR 6), 'hex')"
# What is asked for most of an audit, by families of what was done.
FAMILIES = {
    "access": "a.action LIKE 'user\\_%' OR a.action LIKE 'key\\_%' OR a.action LIKE 'sign%' OR"
    " a.action LIKE 'session%' OR a.action LIKE 'password%' OR a.action LIKE 'factor%'",
    "looked": "a.action LIKE '%\\_seen' OR a.action LIKE '%looked\\_up' OR"
    " a.action LIKE '%\\_opened' OR a.action LIKE '%\\_searched' OR a.action LIKE '%\\_read'"
    " OR a.action LIKE '%traced'",
    "taken": "a.action LIKE '%\\_taken' OR a.action LIKE '%\\_made' OR"
    " a.action LIKE '%\\_printed' OR a.action LIKE '%\\_exported'",
    "refused": "a.action = 'sign_in_refused'",
    "purge": "a.action LIKE '%purge%'",
}
# What was refused while one file was imported.
OF_RUN = """EXISTS (SELECT 1 FROM import_runs AS i WHERE i.no = :value AND r.source = i.source
    AND r.received_at BETWEEN i.began_at AND coalesce(i.ended_at, CAST(:now AS timestamptz)))"""


ACCOUNTS = Source(
    tables="""
        users AS u LEFT JOIN LATERAL (
            SELECT max(seen_at) AS seen_at,
                count(*) FILTER (WHERE ended_at IS NULL AND expires_at > :now) AS open
            FROM sessions WHERE user_name = u.name
        ) AS s ON true""",
    columns={
        "ref": REF.format("u.name"),
        "account": "u.name",
        "display_name": "u.display_name",
        "role": "u.role",
        "area": "u.scope",
        "agency": "u.agency",
        "open": "u.disabled_at IS NULL",
        "created_at": "u.created_at",
        "disabled_at": "u.disabled_at",
        "seen_at": "s.seen_at",
        "sessions": "s.open",
        "factor": "EXISTS (SELECT 1 FROM second_factors AS f"
        " WHERE f.user_name = u.name AND f.confirmed_at IS NOT NULL)",
    },
    gaps=frozenset({"area", "agency", "disabled_at", "seen_at"}),
    key="u.name",
    order=(("account", False),),
    filters={
        "role": one_of("u.role", Role),
        "open": named({"yes": "u.disabled_at IS NULL", "no": "u.disabled_at IS NOT NULL"}),
        "scope": one_of("u.scope"),
        "ref": one_of(REF.format("u.name")),
    },
    scope="u.scope",
)
SESSIONS = Source(
    tables="sessions AS s JOIN users AS u ON u.name = s.user_name",
    columns={
        "ref": SESSION_REF,
        "account": "u.name",
        "display_name": "u.display_name",
        "role": "u.role",
        "came_from": "s.origin",
        "agent": "s.agent",
        "way": "s.way",
        "created_at": "s.created_at",
        "seen_at": "s.seen_at",
        "expires_at": "s.expires_at",
    },
    key="s.token_hash",
    order=(("seen_at", True),),
    filters={"role": one_of("u.role", Role), "ref": one_of(SESSION_REF)},
    scope="u.scope",
    # What still waits for a second factor opens nothing.
    holds="s.ended_at IS NULL AND s.expires_at > :now AND s.proof = 'done'",
)
KEYS = Source(
    tables="api_keys AS k",
    columns={
        "ref": "k.id",
        "source": "k.source",
        "rights": "k.rights",
        "points": "k.points",
        "open": "k.revoked_at IS NULL",
        "created_at": "k.created_at",
        "used_at": "k.used_at",
        "revoked_at": "k.revoked_at",
    },
    gaps=frozenset({"used_at", "revoked_at"}),
    key="k.id",
    order=(("source", False),),
    filters={
        "open": named({"yes": "k.revoked_at IS NULL", "no": "k.revoked_at IS NOT NULL"}),
        "used": named(
            {
                "day": "k.used_at > CAST(:now AS timestamptz) - interval '1 day'",
                "silent": "k.used_at <= CAST(:now AS timestamptz) - interval '1 day'",
                "never": "k.used_at IS NULL",
            }
        ),
        "right": Condition(":value = ANY(k.rights)"),
        "ref": one_of("k.id"),
    },
)
AUDIT = Source(
    tables="audit AS a LEFT JOIN audit_link AS l ON l.no = a.no",
    columns={
        "ref": "CAST(a.no AS text)",
        "no": "a.no",
        "at": "a.at",
        "actor": "a.actor",
        "action": "a.action",
        "subject": "a.subject",
        "purpose": "a.purpose",
        "detail": "a.detail",
        "seq": "l.seq",
        "hash": "encode(l.hash, 'hex')",
    },
    gaps=frozenset({"purpose", "seq", "hash"}),
    key="a.no",
    order=(("no", True),),
    filters={
        "family": named(FAMILIES),
        "span": named(by_age("a.at", SPANS)),
        "purpose": named({"yes": "a.purpose IS NOT NULL", "no": "a.purpose IS NULL"}),
        "ref": Condition("a.no = :value", int),
    },
    # Of a part of the province: what its own accounts did.
    scope="a.actor IN (SELECT name FROM users WHERE users.scope = ANY(CAST(:units AS text[])))",
)
REFUSED = Source(
    tables="refused AS r",
    columns={
        "ref": "CAST(r.no AS text)",
        "no": "r.no",
        "received_at": "r.received_at",
        "source": "r.source",
        "kind": "r.kind",
        "item_id": "r.item_id",
        "field": "r.field",
        "why": "r.why",
        "content": "r.content",
    },
    gaps=frozenset({"item_id", "content"}),
    key="r.no",
    order=(("no", True),),
    filters={
        "source": one_of("r.source"),
        "kind": one_of("r.kind"),
        "span": named(by_age("r.received_at", SPANS)),
        "run": Condition(OF_RUN, int),
        "ref": Condition("r.no = :value", int),
    },
)
LETTERS = Source(
    tables="notices AS n",
    columns={
        "ref": "CAST(n.id AS text)",
        "put_at": "n.put_at",
        "channel": "n.channel",
        "topic": "n.topic",
        "about": "n.about",
        "state": "n.state",
        "attempts": "n.attempts",
        "next_at": "n.next_at",
        "delivered_at": "n.delivered_at",
        "fault": "n.fault",
    },
    gaps=frozenset({"delivered_at", "fault"}),
    key="n.id",
    order=(("put_at", True),),
    filters={
        "state": one_of("n.state", NoticeState),
        "channel": one_of("n.channel"),
        "span": named(by_age("n.put_at", SPANS)),
        "ref": one_of("CAST(n.id AS text)"),
    },
)
IMPORTS = Source(
    tables="import_runs AS i",
    columns={
        "ref": "CAST(i.no AS text)",
        "no": "i.no",
        "file": "i.file",
        "sha256": "i.sha256",
        "kind": "i.kind",
        "source": "i.source",
        "actor": "i.actor",
        "began_at": "i.began_at",
        "ended_at": "i.ended_at",
        "recorded": "i.recorded",
        "repeated": "i.repeated",
        "refused": "i.refused",
    },
    gaps=frozenset({"ended_at", "recorded", "repeated", "refused"}),
    key="i.no",
    order=(("no", True),),
    filters={
        "import_state": named(
            {
                "whole": "i.ended_at IS NOT NULL AND i.refused = 0",
                "refused": "i.refused > 0",
                "open": "i.ended_at IS NULL",
            }
        ),
        "source": one_of("i.source"),
        "span": named(by_age("i.began_at", SPANS)),
        "ref": Condition("i.no = :value", int),
    },
)
