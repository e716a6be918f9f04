"""The faults that are tried: what each is, how it is put in, how soon all must be well again."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.suite.camera import Mode
from tests.faults.suite.disks import Grounds
from tests.faults.suite.line import CUT, SILENT, Manner
from tests.faults.suite.ways import (
    Way,
    camera,
    clock,
    frozen,
    full,
    killed,
    locked,
    on_the_line,
    read_only,
    silenced,
    stopped,
    together,
)  # fmt: skip

DELAYED, THROTTLED = Manner(delay_s=0.2), Manner(bytes_per_s=20_000)


def anywhere(_grounds: Grounds) -> str:
    """Say that nothing is needed of the machine."""
    return ""


def with_mounts(grounds: Grounds) -> str:
    """Say why disks cannot be made here, if so."""
    return grounds.mounts


def with_loops(grounds: Grounds) -> str:
    """Say why no disk can be made to fail here, if so."""
    return grounds.loops


def with_network(grounds: Grounds) -> str:
    """Say why packets cannot be lost here, if so."""
    return grounds.network


def with_clock(grounds: Grounds) -> str:
    """Say why the services' clock cannot be moved here, if so."""
    return grounds.clock


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        id: its name; `what` says it in words, for docs/operating.md.
        way: puts it in and takes it away.
        lasts_s: for so long.
        limit_s: from its end on all must be at work within this.
        needs: says why it cannot be tried on this machine; empty: it can.
        in_short: it is tried in the two minutes of every change too.
        keeps: cameras that must go on meanwhile.
        may_refuse: items may be refused by name (and are sent again by their sender's keeper).
    """

    id: str
    what: str
    way: Way
    lasts_s: float = 0.0
    limit_s: float = 30.0
    needs: Callable[[Grounds], str] = anywhere
    in_short: bool = False
    keeps: tuple[str, ...] = ()
    may_refuse: bool = False


FAULTS = (
    Fault("postgres-killed", "PostgreSQL killed", killed("postgres")),
    Fault("postgres-stopped", "PostgreSQL gone for a while", stopped("postgres"), 3),
    Fault("postgres-frozen", "PostgreSQL answers nobody", frozen("postgres"), 4, in_short=True),
    Fault("postgres-locked", "a table locked against all", locked("sightings"), 4),
    Fault("postgres-full", "the disk of PostgreSQL full", full("postgres"), 4, 40, with_mounts, in_short=True),  # noqa: E501
    Fault("postgres-read-only", "the disk of PostgreSQL read-only", read_only("postgres"), 3, 40, with_loops, in_short=True),  # noqa: E501
    Fault("evidence-full", "the disk of pictures full", full("evidence"), 3, needs=with_mounts, in_short=True),  # noqa: E501
    Fault("state-full", "the disk of spools and logs full, and the API killed", together(full("spool"), killed("ingest")), 3, needs=with_mounts),  # noqa: E501
    Fault("valkey-killed", "Valkey killed", killed("valkey")),
    Fault("valkey-stopped", "Valkey gone for a while", stopped("valkey"), 3),
    Fault("valkey-frozen", "Valkey answers nobody", frozen("valkey"), 4),
    Fault("ingest-killed", "the API killed", killed("ingest")),
    Fault("ingest-frozen", "the API answers nobody", frozen("ingest"), 4),
    Fault("dashboards-killed", "the pages killed", killed("dashboards")),
    Fault("timekeeper-killed", "the clockwork killed", killed("timekeeper")),
    Fault("vision-killed", "a worker of the cameras killed", killed("vision-1"), in_short=True),
    # Its cameras are taken over; when it wakes it must tell nothing of them any more.
    Fault("vision-frozen", "a worker of the cameras frozen, woken after others took over", frozen("vision-1"), 10, keeps=("cam-001", "cam-002")),  # noqa: E501
    Fault("up-killed", "`ioc up` killed, and all services with it", killed("up"), limit_s=60, in_short=True),  # noqa: E501
    Fault(
        "all-killed", "everything killed at once",
        together(*map(killed, ("postgres", "valkey", "ingest", "timekeeper", "vision-1", "up"))),
        limit_s=60,
    ),
    Fault("store-line-cut", "network to PostgreSQL cut", on_the_line("to_postgres", CUT), 3),
    Fault("store-line-delayed", "network to PostgreSQL 0.2 s slower each way", on_the_line("to_postgres", DELAYED), 4),  # noqa: E501
    Fault("store-line-throttled", "network to PostgreSQL at 20 kB/s", on_the_line("to_postgres", THROTTLED), 4),  # noqa: E501
    Fault("store-line-half-open", "network to PostgreSQL half-open", on_the_line("to_postgres", SILENT), 4, in_short=True),  # noqa: E501
    Fault("live-line-cut", "network to Valkey cut", on_the_line("to_valkey", CUT), 3),
    Fault("live-line-half-open", "network to Valkey half-open", on_the_line("to_valkey", SILENT), 4),  # noqa: E501
    Fault("api-line-cut", "network of the senders cut", on_the_line("to_api", CUT), 3),
    Fault("api-line-throttled", "network of the senders at 20 kB/s", on_the_line("to_api", THROTTLED), 4),  # noqa: E501
    Fault("api-line-half-open", "network of the senders half-open", on_the_line("to_api", SILENT), 4),  # noqa: E501
    Fault("network-gone", "every packet between all parts lost", silenced(), 4, needs=with_network, in_short=True),  # noqa: E501
    # Longer than anybody waits for a peer that says nothing: all connections are given up.
    Fault("network-gone-long", "every packet lost for longer than connections last", silenced(), 16, needs=with_network),  # noqa: E501
    Fault("camera-hung", "a camera hangs", camera(Mode.HANGS), 5, keeps=("cam-002",)),
    Fault("camera-floods", "a camera floods", camera(Mode.FLOODS), 4, keeps=("cam-002",)),
    Fault("camera-resizes", "a camera changes its resolution each second", camera(Mode.RESIZES), 4, keeps=("cam-002",)),  # noqa: E501
    Fault("camera-without-video", "a camera sends sound alone", camera(Mode.NO_VIDEO), 3, keeps=("cam-002",)),  # noqa: E501
    Fault("camera-noise", "a camera sends what nobody can decode", camera(Mode.NOISE), 3, keeps=("cam-002",), in_short=True),  # noqa: E501
    Fault("clock-ahead", "the clock of the services three hours ahead, then right", clock(3 * 3600), 3, needs=with_clock),  # noqa: E501
    # The clockwork begins anew under the wrong clock: it must not purge by it.
    Fault("clock-years-ahead", "the machine starts two years ahead, then right", together(clock(2 * 365 * 86_400), killed("timekeeper")), 8, needs=with_clock, may_refuse=True, in_short=True),  # noqa: E501
    Fault("clock-behind", "the clock of the services an hour behind, then right", clock(-3600), 3, needs=with_clock, may_refuse=True),  # noqa: E501
)  # fmt: skip
