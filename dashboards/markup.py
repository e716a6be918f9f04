"""HTML and SVG as values: elements are built by functions, and every text is escaped."""

from collections.abc import Iterable
from html import escape

VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})
VOID_SVG = frozenset({"circle", "ellipse", "line", "path", "polygon", "polyline", "rect", "use"})


class Html(str):
    """A piece of markup that is safe to put into a page as it stands."""

    __slots__ = ()


def el(tag: str, *children: object, **attributes: object) -> Html:
    """Return one element; children that are no `Html` are escaped, None and lists are unfolded.

    `cls` is the class, an underscore in a name is a hyphen, True gives a bare attribute, None and
    False leave it out.

    >>> el("b", "a < b", cls="x", data_id=3)
    '<b class="x" data-id="3">a &lt; b</b>'
    """
    opened = f"<{tag}{''.join(_attribute(*pair) for pair in attributes.items())}>"
    if tag in VOID or tag in VOID_SVG:
        return Html(opened[:-1] + "/>")
    return Html(f"{opened}{join(children)}</{tag}>")


def join(children: Iterable[object]) -> Html:
    """Return the children one after the other, escaped where they are text.

    >>> join(["x", None, ["<", 3]])
    'x&lt;3'
    """
    return Html("".join(_child(child) for child in children))


def _child(child: object) -> str:
    if child is None or child is False:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, (list, tuple)):
        return join(child)
    return escape(str(child), quote=True)


def _attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = "class" if name == "cls" else name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(_text(value), quote=True)}"'


def _text(value: object) -> str:
    # Coordinates: a tenth of a pixel is enough, and a map has thousands of them.
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
