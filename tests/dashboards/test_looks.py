"""Night, day or by the clock, and from how far: what a request may ask for, and what it gets."""

import pytest

from dashboards.looks import Looks, looks_of
from ioc.access.model import Page


def a_request(query: str = "", cookie: str = "") -> dict[str, object]:
    return {"query_string": query.encode(), "headers": [(b"cookie", cookie.encode())]}


@pytest.mark.parametrize(
    ("query", "cookie", "page", "looks"),
    [
        ("", "", Page.WALL, Looks("night")),
        ("", "", Page.BRIEFING, Looks("day")),
        ("theme=day", "", Page.WALL, Looks("day")),
        ("", "theme=day", Page.POLICE, Looks("day")),
        ("theme=night", "theme=day", Page.POLICE, Looks("night")),
        ("theme=pink", "theme=day", Page.POLICE, Looks("day")),
        ("theme=06:00-18:30", "", Page.WALL, Looks("night", "06:00-18:30")),
        ("", "theme=06%3A00-18%3A30", Page.WALL, Looks("night", "06:00-18:30")),
        ("theme=06:00-24:30", "", Page.WALL, Looks("night")),
        ("theme=%22onload=x", "", Page.WALL, Looks("night")),
        ("dist=6.25", "", Page.WALL, Looks("night", distance_m=6.25)),
        ("", "dist=4", Page.WALL, Looks("night", distance_m=4.0)),
        ("dist=0", "", Page.WALL, Looks("night")),
        ("dist=400", "dist=6", Page.WALL, Looks("night", distance_m=6.0)),
        ("dist=nan", "", None, Looks("night")),
    ],
)
def test_a_page_looks_as_it_was_asked_to(query, cookie, page, looks) -> None:
    assert looks_of(a_request(query, cookie), page) == looks


@pytest.mark.parametrize(("metres", "scale"), [(4.0, 1.0), (5.0, 1.0), (6.25, 1.25)])
def test_letters_grow_with_the_distance(metres, scale) -> None:
    assert Looks("night", distance_m=metres).scale == scale


def test_the_document_says_how_it_looks_to_every_part() -> None:
    told = Looks("day", "06:00-18:00", 6.25).root
    assert told == (
        'data-theme="day" data-bs-theme="light" data-ag-theme-mode="light"'
        ' data-daytime="06:00-18:00" data-dist="1.25" style="--dist:1.25"'
    )
    assert "data-dist" not in Looks("night").root
