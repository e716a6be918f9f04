"""Pages in Chromium: what they ask for and complain of is collected, and people sign in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from ioc.access.model import Role
from ioc.centre import Centre
from tests.accounts import an_account
from tests.dashboards.conftest import PASSWORD, pages  # noqa: F401 - a fixture


@dataclass
class Complaints:
    """What a browser said that it should not have."""

    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Empty at the end, or the test fails: no error in a console, no request off the machine."""
    found = Complaints()
    yield found
    assert found.errors == []
    assert found.foreign == []


@pytest.fixture
def visit(browser, pages: str, centre: Centre, complaints) -> Iterator[Callable]:  # noqa: F811
    """A function that signs a role in and opens a path; each visit is a browser of its own."""
    contexts = []
    known: set[Role] = set()

    def note_request(request) -> None:
        if not request.url.startswith((pages, "data:", "blob:")):
            complaints.foreign.append(request.url)

    def note_console(message) -> None:
        if message.type == "error":
            complaints.errors.append(message.text)

    def enter(role: Role, path: str, size: tuple[int, int] = (1920, 1080)):
        if role not in known:
            an_account(centre, role.value, PASSWORD, role)
            known.add(role)
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="vi-VN"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("request", note_request)
        page.on("console", note_console)
        page.on("pageerror", lambda error: complaints.errors.append(str(error)))
        # As the form would: two pages less to load for every look at a third.
        form = {"name": role.value, "password": PASSWORD}
        assert context.request.post(f"{pages}/login", form=form, max_redirects=0).status == 303
        page.goto(f"{pages}{path}")
        return page

    yield enter
    for context in contexts:
        context.close()
