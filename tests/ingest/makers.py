"""Items as a camera box or an agency sends them, and the answers to them."""

import json

import httpx

GATE, MAIN, LOCAL = "cam-001", "cam-117", "cam-042"
MARKET = "dong-ba-01"
CITIZEN = "046085000123||Nguyễn Đình Chiểu|07031985|Nam|Huế|14092021"


def a_read(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "id": f"read-{number}",
        "camera": GATE,
        "plate": "43C-168.39",
        "confidence": 0.99,
        "seen_at": "2021-10-04T14:32:00+07:00",
        **changes,
    }


def a_permit(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "id": f"permit-{number}",
        "plate": "43C-168.39",
        "class": "green",
        "valid_from": "2021-10-01T00:00:00+07:00",
        "valid_until": "2021-11-01T00:00:00+07:00",
        **changes,
    }


def a_scan(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "id": f"scan-{number}",
        "point": MARKET,
        "code": CITIZEN,
        "direction": "in",
        "scanned_at": "2021-10-04T14:32:00+07:00",
        **changes,
    }


def post(api: httpx.Client, path: str, *items: object) -> list[dict]:
    # As JSON allows and httpx does not: lone surrogates, in ASCII.
    body = json.dumps({"items": list(items)})
    answer = api.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]
