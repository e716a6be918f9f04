"""How the fleet does: who is there and who watches what, by the store; how fast, by heartbeats."""

from typing import Any

from ioc.centre import Centre
from ioc.fleet.board import fleet_board
from ioc.fleet.model import Watching, Worker


def fleet_status(centre: Centre) -> dict[str, list[dict[str, Any]]]:
    """Return the workers and the cameras, a row each; what no heartbeat tells is None."""
    board = fleet_board(centre)
    services, cameras = centre.live.beats("service"), centre.live.beats("camera")
    return {
        "workers": [
            _worker(one, services.get(one.name, {}), board.cameras) for one in board.workers
        ],
        "cameras": [_camera(one, cameras.get(one.camera, {})) for one in board.cameras],
    }


def _worker(worker: Worker, beat: dict[str, Any], cameras: tuple[Watching, ...]) -> dict[str, Any]:
    state = "leaving" if worker.is_leaving else "rolls" if worker.rolls_among else "works"
    return {
        "worker": worker.name,
        "node": worker.node,
        "state": state if worker.is_alive else "lost",
        "cameras": sum(one.worker == worker.name for one in cameras),
        "weight": worker.weight,
        "reads": beat.get("reads"),
        "spool_bytes": beat.get("spool_bytes"),
    }


def _camera(one: Watching, beat: dict[str, Any]) -> dict[str, Any]:
    known = beat if beat.get("worker") == one.worker else {}
    return {
        "camera": one.camera,
        "worker": one.worker,
        "number": one.number,
        "state": known.get("state", "silent") if one.is_alive else "lost",
        "fps": known.get("fps"),
        "looks": known.get("looks"),
        "look_ms": known.get("look_ms"),
        "reads": known.get("reads"),
        "backlog": known.get("backlog"),
        "heir": one.heir if one.heir != one.worker else None,
        "unwatched_s": round(one.unwatched_s, 1),
        "hands": one.hands,
    }
