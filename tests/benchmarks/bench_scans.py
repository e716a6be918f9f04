"""How many scans a second are answered after their commit, in batches and one by one.

    python -m tests.benchmarks.bench_scans [--seconds 10] [--servers 1] [--stored 0] [--profile]

Over HTTP (one key a device, connections kept alive, the client a process of its own on the same
cores), and in process: batches from 64 devices at once, single scans from 512. The store is an own
PostgreSQL with every safety on. A raw limit runs beside it, over 64 connections: one row inserted
into a table of the same columns and key, each in a transaction of its own. `--stored` fills in so
many scans of past days first. Prints one JSON line.
"""

import argparse
import cProfile
import json
import multiprocessing
import os
import pstats
import random
import select
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg2
from sqlalchemy import text

from ingest.app import THREADS
from ingest.server import serve_on
from ioc.access.model import Right
from ioc.access.service import create_key
from ioc.cards.model import CardMedium, CardOrder
from ioc.cards.service import issue_cards
from ioc.centre import Centre, open_centre
from ioc.db import migrate, transact
from ioc.embedded.stores import open_stores
from ioc.overview import figures as overview_figures
from ioc.persons.rules import identify
from ioc.places import PlaceKind
from ioc.settings import Settings, load_settings
from ioc.venues.model import Scan, Way
from ioc.venues.recording import ScanDesk
from ioc.venues.service import make_days, occupancies, visits_at, visits_of
from ioc.venues.upkeep import ensure_scan_days, finish_scan_days, recount

# Of the city's 1,368 points so many send at once: batches, and one by one.
DEVICES, SINGLES = 64, 512
# A bare insert is not quicker over more.
CONNECTIONS = 64
LENGTH = b"content-length: "
PEOPLE = 20_000
NAMES = ("Nguyễn Văn An", "Trần Thị Bình", "Lê Hoàng Cường", "Phạm Thị Dung")
BARE = """
    CREATE TABLE bare (key uuid PRIMARY KEY, person uuid, point text, is_in boolean,
        scanned_at timestamptz, known_at timestamptz, format text, proof text, source text)
"""
INSERT_BARE = """
    INSERT INTO bare VALUES (%s, gen_random_uuid(), 'dong-ba-01', true, now(), now(), 'personal_qr',
        'proved', 'bench')
"""
FILL = text("""
    INSERT INTO scans (key, person, point, is_in, scanned_at, known_at, format, proof, admit,
        source)
    SELECT gen_random_uuid(), md5((random() * 400000)::integer::text)::uuid,
        (CAST(:points AS text[]))[1 + (random() * (:many - 1))::integer], random() < 0.8,
        :start + make_interval(secs => n * 86400.0 / :rows), :start, 'personal_qr', 'proved', true,
        'fill'
    FROM generate_series(0, :rows - 1) AS n
""")
FILL_IDS = text("""
    INSERT INTO scan_ids (key, digest, day, admit) SELECT key, 1, :day, true FROM scans
    WHERE scanned_at >= :start AND scanned_at < :start + interval '1 day'
""")


@dataclass(frozen=True)
class World:
    """Whom devices meet, and where; `is_mixed`: a batch is of many points, not of one."""

    codes: Sequence[str]
    points: Sequence[str]
    is_mixed: bool = False


def codes_of(centre: Centre) -> list[str]:
    """Return codes of people: half with a card of ours, half with the citizen's card."""
    codes = []
    for start in range(0, PEOPLE // 2, 1_000):
        orders = [
            CardOrder(f"bench-{n}", identify(f"046085{n:06d}", NAMES[n % 4], "1985-03-07"), CardMedium.PHONE)  # noqa: E501
            for n in range(start, start + 1_000)
        ]  # fmt: skip
        codes += [str(issued.code) for _, issued in issue_cards(centre, "bench", orders)]
    codes += [
        f"046085{n:06d}|191{n:06d}|{NAMES[n % 4]}|07031985|Nam|{n} Lê Lợi, Huế|14092021"
        for n in range(PEOPLE // 2, PEOPLE)
    ]
    return codes


def items_of(world: World, seed: int) -> Iterator[dict[str, str]]:
    """Yield scans of now, one after another, each with an id of its own."""
    rng = random.Random(seed)
    number = 0
    while True:
        number += 1
        at = datetime.now(UTC) - timedelta(seconds=rng.random() * 60)
        yield {
            "id": f"{seed:x}-{number:x}-{rng.getrandbits(40):x}",
            "point": rng.choice(world.points),
            "code": rng.choice(world.codes),
            "direction": "in" if rng.random() < 0.7 else "out",
            "scanned_at": at.isoformat(timespec="milliseconds"),
        }


def serve(settings: Settings, listener: socket.socket) -> None:
    """Serve the API on a socket, as `ioc ingest serve` does, until killed."""
    with open_centre(settings, pool_size=THREADS) as centre:
        serve_on(listener, centre)


@contextmanager
def servers(settings: Settings, count: int) -> Iterator[tuple[list[int], list[int]]]:
    """Run so many API processes and give their ports and process ids."""
    listeners = [socket.create_server(("127.0.0.1", 0), backlog=512) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    spawned = multiprocessing.get_context("fork")
    processes = [spawned.Process(target=serve, args=(settings, one)) for one in listeners]
    for process in processes:
        process.start()
    for port in ports:
        deadline = time.monotonic() + 30
        while not _answers(port):
            assert time.monotonic() < deadline, "the API did not start"
            time.sleep(0.1)
    try:
        yield ports, [int(process.pid or 0) for process in processes]
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _answers(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return b" 200 " in line.recv(4096)[:20]


class Clock:
    """What a span cost: wall time, and processor time of client, API and store."""

    def __init__(self, api: Sequence[int], store: int) -> None:
        """Begin; `api` and `store` are process ids."""
        self._api, self._store = api, store
        self._began = self._now()

    def us_per(self, scans: int) -> dict[str, float]:
        """Return microseconds of processor time a scan, by who spent them."""
        spent = (now - was for now, was in zip(self._now(), self._began, strict=True))
        names = ("client_us", "api_us", "store_us")
        return {name: round(1e6 * s / scans, 1) for name, s in zip(names, spent, strict=True)}

    def _now(self) -> tuple[float, float, float]:
        backends = {self._store, *_children(self._store)}
        return time.process_time(), sum(map(_cpu_s, self._api)), sum(map(_cpu_s, backends))


def _cpu_s(pid: int) -> float:
    """Return the processor time of a process and of its children that ended."""
    try:
        parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, parts[11:15])) / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> set[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return set(map(int, found))


class Client:
    """Devices that send one request after another without a pause, each over its own connection."""

    def __init__(self, ports: Sequence[int], keys: Sequence[str]) -> None:
        """Connect them."""
        self.lines = [
            socket.create_connection(("127.0.0.1", ports[n % len(ports)])) for n in range(len(keys))
        ]
        self.heads = [
            f"POST /v1/scans HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
            "Content-Type: application/json\r\nContent-Length: ".encode()
            for key in keys
        ]

    def run(self, bodies: Sequence[bytes], seconds: float) -> tuple[int, float, list[float]]:
        """Send bodies until time is over; return how many were answered, in what time, how fast."""
        ready, now = select.epoll(), time.perf_counter
        waiting = iter(bodies)
        sent_at: dict[int, float] = {}
        lines = {line.fileno(): line for line in self.lines}
        heads = dict(zip(lines, self.heads, strict=True))
        delays: list[float] = []

        def send(device: int) -> bool:
            body = next(waiting, None)
            if body is None:
                return False
            sent_at[device] = now()
            lines[device].sendall(b"%s%d\r\n\r\n%s" % (heads[device], len(body), body))
            return True

        start = now()
        for device in lines:
            ready.register(device, select.EPOLLIN)
            send(device)
        busy = len(lines)
        while busy:
            for device, _ in ready.poll():
                answer = _read_answer(lines[device])
                assert answer.startswith(b"HTTP/1.1 200 "), answer[:500]
                assert b'"refused"' not in answer, answer[:500]
                at = now()
                delays.append(at - sent_at[device])
                if at - start > seconds or not send(device):
                    busy -= 1
        return len(delays), now() - start, sorted(delays)


def _read_answer(line: socket.socket) -> bytes:
    answer = line.recv(262144)
    begin = answer.index(LENGTH) + len(LENGTH)
    length = int(answer[begin : answer.index(b"\r", begin)])
    whole = answer.index(b"\r\n\r\n") + 4 + length
    while len(answer) < whole:
        answer += line.recv(262144)
    return answer


def over_http(
    connect: Callable[[], Client],
    world: World,
    clock: Callable[[], Clock],
    size: int,
    seconds: float,
    seed: int,
) -> dict[str, float]:
    """Send batches of `size` from all devices at once; return scans a second, delays, costs."""
    items = items_of(world, seed)
    # Enough for twice the target, made before the clock starts.
    count = int((70_000 if size > 1 else 20_000) * seconds / size)
    bodies = [_body(items, world, n, size) for n in range(count)]
    began = clock()
    answered, took, delays = connect().run(bodies, seconds)
    assert answered < count, "the client ran out of scans"
    return {
        "per_s": round(answered * size / took),
        "p50_ms": round(1000 * delays[len(delays) // 2], 1),
        "p99_ms": round(1000 * delays[int(len(delays) * 0.99)], 1),
        **began.us_per(answered * size),
    }


def _body(items: Iterator[dict[str, str]], world: World, number: int, size: int) -> bytes:
    batch = [next(items) for _ in range(size)]
    if not world.is_mixed:
        # A device stands at one point, and its queue holds what was scanned there.
        at = world.points[number % len(world.points)]
        batch = [{**item, "point": at} for item in batch]
    return json.dumps({"items": batch}, ensure_ascii=False).encode()


def in_process(centre: Centre, world: World, seconds: float) -> int:
    """Record batches of 100 from two threads; return scans a second."""
    desk, items = ScanDesk(centre), items_of(world, 77)
    batches = [[_scan(next(items)) for _ in range(100)] for _ in range(int(800 * seconds))]
    desk.record("warm", batches.pop())
    left, done = iter(batches), [0, 0]
    end = time.perf_counter() + seconds

    def work(number: int) -> None:
        while time.perf_counter() < end and (batch := next(left, None)) is not None:
            answers = desk.record(f"bench-{number}", batch)
            done[number] += len(answers)

    threads = [Thread(target=work, args=(number,)) for number in range(2)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return round(sum(done) / (time.perf_counter() - start))


def profiled(centre: Centre, world: World) -> None:
    """Print where the time of one thread goes."""
    desk, items = ScanDesk(centre), items_of(world, 78)
    batches = [[_scan(next(items)) for _ in range(100)] for _ in range(400)]
    profile = cProfile.Profile()
    profile.enable()
    for batch in batches:
        desk.record("bench", batch)
    profile.disable()
    pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(28)


def _scan(item: dict[str, str]) -> Scan:
    at = datetime.fromisoformat(item["scanned_at"])
    return Scan(item["id"], item["point"], item["code"], Way(item["direction"]), at)


def bare(url: str, seconds: float) -> int:
    """Insert one row a transaction, over a connection a device; return how many a second."""
    plain = url.replace("+psycopg2", "")
    lines = [psycopg2.connect(plain) for _ in range(CONNECTIONS)]
    for line in lines:
        line.autocommit = True
    end = time.perf_counter() + seconds

    def work(line: Any) -> int:
        done, rng = 0, random.Random(id(line))
        with line.cursor() as cursor:
            while time.perf_counter() < end:
                cursor.execute(INSERT_BARE, (f"{rng.getrandbits(128):032x}",))
                done += 1
        return done

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        total = sum(pool.map(work, lines))
    for line in lines:
        line.close()
    return round(total / seconds)


def fill(centre: Centre, stored: int, points: Sequence[str]) -> None:
    """Store scans of the twenty days before today behind the services' back."""
    each = stored // 20
    today = centre.now().replace(hour=0, minute=0, second=0, microsecond=0)
    for n in range(1, 21):
        start = today - timedelta(days=n) + timedelta(hours=1)
        values = {"points": list(points), "many": len(points), "rows": each, "start": start}
        transact(centre.engine, lambda conn, values=values: conn.execute(FILL, values))
        named = {"start": start, "day": start.date()}
        transact(centre.engine, lambda conn, named=named: conn.execute(FILL_IDS, named))
    finish_scan_days(centre)
    with centre.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE scan_ids"))
        conn.execute(text("VACUUM ANALYZE scans"))


def queries(centre: Centre, points: Sequence[str]) -> dict[str, float]:
    """Return the median of what is asked of scans, in ms: who was where, who is inside, figures."""
    now, rng = centre.now(), random.Random(5)
    start = now - timedelta(days=14)
    any_day = text("SELECT CAST(person AS text) FROM scans TABLESAMPLE SYSTEM (0.01) LIMIT 50")
    found = transact(centre.engine, lambda conn: list(conn.execute(any_day).scalars()))
    persons = [person.replace("-", "") for person in found] or ["0" * 32]

    def median_ms(ask: Callable[[], object], times: int = 60) -> float:
        took = []
        for _ in range(times):
            began = time.perf_counter()
            ask()
            took.append(time.perf_counter() - began)
        return round(1000 * sorted(took)[times // 2], 2)

    def at_a_point() -> object:
        noon = now.replace(hour=12, minute=0) - timedelta(days=rng.randrange(1, 14))
        return visits_at(centre, rng.choice(points), noon, noon + timedelta(hours=1))

    return {
        "visits_of_a_person_14_days_ms": median_ms(
            lambda: visits_of(centre, [rng.choice(persons)], start, now - timedelta(days=1))
        ),
        "visits_at_a_point_1_hour_ms": median_ms(at_a_point),
        "visits_of_a_person_today_ms": median_ms(
            lambda: visits_of(centre, [rng.choice(persons)], now - timedelta(days=1), now), 10
        ),
        "occupancies_ms": median_ms(lambda: occupancies(centre)),
        "figures_ms": median_ms(lambda: overview_figures(centre)),
    }


def measure(centre: Centre, store: int, args: argparse.Namespace) -> dict[str, object]:
    """Return what was measured, on a centre whose store is the process `store`."""
    points = sorted(p.id for p in centre.city.of_kind(PlaceKind.POINT, centre.now().date()))
    world = World(codes_of(centre), points)
    if args.stored:
        fill(centre, args.stored, points)
    if args.profile:
        profiled(centre, world)
    keys = [create_key(centre, f"device-{n}", [Right.SCANS]) for n in range(SINGLES)]
    figures: dict[str, object] = {}
    mixed = replace(world, is_mixed=True)
    with servers(centre.settings, args.servers) as (ports, pids):

        def clock() -> Clock:
            return Clock(pids, store)

        for seed, (name, where, size) in enumerate(
            (
                ("batches_of_100", world, 100),
                ("mixed_batches_of_100", mixed, 100),
                ("single", mixed, 1),
            )
        ):
            devices = partial(Client, ports, keys[:DEVICES] if size > 1 else keys)
            over_http(devices, where, clock, size, 2, 1_000 + seed)
            found = over_http(devices, where, clock, size, args.seconds, 2_000 + seed)
            figures |= {f"{name}_{key}": value for key, value in found.items()}
    began = Clock([], store)
    raw = bare(centre.settings.database_url, args.seconds)
    spent = began.us_per(round(raw * args.seconds))
    figures |= {f"bare_insert_{key}": value for key, value in spent.items() if key != "api_us"}
    figures["bare_inserts_per_s"] = raw
    figures["single_of_bare"] = round(float(str(figures["single_per_s"])) / raw, 2)
    figures["in_process_batches_of_100_per_s"] = in_process(centre, mixed, args.seconds)
    figures |= queries(centre, points)
    if not args.stored:
        assert not recount(centre), "the tallies differ from the facts"
    return figures | {
        "stored_before": args.stored,
        "servers": args.servers,
        "single_devices": SINGLES,
    }


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--servers", type=int, default=2)
    parser.add_argument("--stored", type=int, default=0)
    parser.add_argument("--profile", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_stores(Path(folder), {}) as stores:
        settings = load_settings(stores.demo_environment())
        with open_centre(settings) as centre:
            migrate(centre.engine)
            ensure_scan_days(centre)
            make_days(centre, [centre.now().date()])
            transact(centre.engine, lambda conn: conn.execute(text(BARE)))
            data = Path(folder).glob("**/postmaster.pid")
            store = int(next(data).read_text().split()[0])
            figures = measure(centre, store, args)
    target = "batches of 100: 30,000/s; single: 0.6 of a bare insert"
    what = "scans, answered after the commit"
    print(json.dumps({"what": what, "figures": figures, "target": target}))


if __name__ == "__main__":
    main()
