"""A rectangle in a picture."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels of the picture: left, top, width, height."""

    x: float
    y: float
    w: float
    h: float

    def joined(self, other: "Box") -> "Box":
        """Return the smallest box around both."""
        left, top = min(self.x, other.x), min(self.y, other.y)
        right = max(self.x + self.w, other.x + other.w)
        bottom = max(self.y + self.h, other.y + other.h)
        return Box(left, top, right - left, bottom - top)

    def grown(self, by: float) -> "Box":
        """Return the box with `by` pixels more on each side."""
        return Box(self.x - by, self.y - by, self.w + 2 * by, self.h + 2 * by)

    def scaled(self, across: float, down: float) -> "Box":
        """Return the box in a picture so many times as wide and as high."""
        return Box(self.x * across, self.y * down, self.w * across, self.h * down)

    def holds(self, x: float, y: float) -> bool:
        """Tell whether the point lies inside."""
        return self.x <= x <= self.x + self.w and self.y <= y <= self.y + self.h
