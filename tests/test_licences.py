"""Every package that we stand on is under a licence that lets us, and the page lists it."""

import pytest

from tests.licences import PAGE, is_allowed, stood_on


def test_every_licence_is_one_that_an_agpl_program_may_be_made_of() -> None:
    packages = stood_on()
    assert len(packages) > 60
    assert not {name: told for name, told in packages.items() if not is_allowed(told)}


def test_the_page_lists_what_is_installed() -> None:
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines()]
    listed = {row[1].strip(): row[2].strip() for row in rows if len(row) == 4}
    differs = {name: told for name, told in stood_on().items() if listed.get(name) != told}
    assert not differs, "run `make licences`"


@pytest.mark.parametrize(
    ("licence", "may"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-2.0-only", True),
        ("BSD-3-Clause AND MIT", True),
        ("BSD-3-Clause AND SSPL-1.0", False),
        ("GPL-2.0-only", False),
        ("Proprietary", False),
        ("", False),
    ],
)
def test_one_of_several_offered_and_all_that_apply(licence: str, may: bool) -> None:
    assert is_allowed(licence) is may
