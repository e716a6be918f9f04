"""What the eye found: a plate in a picture, and a vehicle that passed a camera."""

from dataclasses import dataclass
from datetime import datetime

from ioc.vehicles.model import Ground, Layout, PlateCharacter
from vision.box import Box
from vision.frames import Frame, Image


@dataclass(frozen=True)
class PlateText:
    """A text on a plate with what speaks for it.

    Attributes:
        text: normalised `[A-Z0-9]`.
        confidence: probability that the whole text is right, 0 to 1.
        characters: one a character of `text`, each with its own probability.
    """

    text: str
    confidence: float
    characters: tuple[PlateCharacter, ...]
    layout: Layout
    colour: Ground


@dataclass(frozen=True)
class PlateFound:
    """A plate in one picture; `box` in pixels of it."""

    plate: PlateText
    box: Box


@dataclass(frozen=True, eq=False)
class VehiclePass:
    """One vehicle that passed, read over all its frames.

    Attributes:
        frame: the picture that shows the characters best; `box` lies in it.
        first_at: when its plate was first seen, aware.
        last_at: when it was last seen before this was told.
        looks: pictures in which the plate was read.
        start: where its plate was first seen.
    """

    plate: PlateText
    box: Box
    frame: Frame
    first_at: datetime
    last_at: datetime
    looks: int
    start: Box

    def plate_picture(self, margin: float = 0.12) -> Image:
        """Return the cut-out of the plate, (h, w, 3), BGR, with `margin` of its size around."""
        return cut(self.frame.image, self.box, margin)


def cut(image: Image, box: Box, margin: float = 0.0) -> Image:
    """Return the part of `image` under `box`, widened by `margin` of its size on each side.

    What lies outside of the picture is left out; the part has at least one pixel.
    """
    height, width = image.shape[:2]
    wide, high = box.w * margin, box.h * margin
    left = min(max(int(box.x - wide), 0), width - 1)
    top = min(max(int(box.y - high), 0), height - 1)
    right = max(min(round(box.x + box.w + wide), width), left + 1)
    bottom = max(min(round(box.y + box.h + high), height), top + 1)
    return image[top:bottom, left:right]
