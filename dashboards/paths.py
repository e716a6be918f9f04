"""Which page an address is, and which screen of the walls."""

from ioc.access.model import Page

PAGES = {f"/{page.value}": page for page in Page}
WALL = f"/{Page.WALL.value}"
# The page of the second factor, and the way to an identity provider and back.
SECOND, AWAY, BACK = "/second-factor", "/login/provider", "/login/provider/back"


def page_at(path: str) -> Page | None:
    """Return the page at `path`; each screen of the walls has an address below the wall's.

    >>> page_at("/wall/lobby"), page_at("/wall/lobby/x")
    (<Page.WALL: 'wall'>, None)
    """
    return Page.WALL if wall_at(path) else PAGES.get(path)


def wall_at(path: str) -> str:
    """Return the id of the screen at `path`; empty for `/wall` itself and all that is no wall."""
    name = path.removeprefix(f"{WALL}/")
    return "" if name == path or "/" in name else name


def path_of(wall: str) -> str:
    """Return the address of a screen of the walls."""
    return f"{WALL}/{wall}"
