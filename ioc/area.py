"""The outline of a city as an area: which points lie in it."""

from collections.abc import Sequence

BANDS = 64
Edge = tuple[float, float, float, float]


class Area:
    """A closed polygon of (lat, lon) points, asked thousands of times when a city is opened.

    Its edges are sorted into bands of latitude, so that a point meets only those near it.
    """

    def __init__(self, outline: Sequence[tuple[float, float]]) -> None:
        lats = [lat for lat, _ in outline]
        self._low = min(lats)
        self._high = max(lats)
        self._step = (self._high - self._low) / BANDS or 1.0
        self._bands: list[list[Edge]] = [[] for _ in range(BANDS + 1)]
        for (lat, lon), (next_lat, next_lon) in zip(
            outline, [*outline[1:], outline[0]], strict=True
        ):
            first, last = sorted((self._band(lat), self._band(next_lat)))
            for band in range(first, last + 1):
                self._bands[band].append((lat, lon, next_lat, next_lon))

    def _band(self, lat: float) -> int:
        return int((lat - self._low) / self._step)

    def contains(self, lat: float, lon: float) -> bool:
        """Tell whether the point lies inside: a line from it westwards meets the edges oddly often.

        >>> square = Area([(0.0, 0.0), (0.0, 2.0), (2.0, 2.0), (2.0, 0.0)])
        >>> square.contains(1.0, 1.0), square.contains(1.0, 3.0), square.contains(-1.0, 1.0)
        (True, False, False)
        """
        if not self._low <= lat <= self._high:
            return False
        crossings = sum(
            (a > lat) != (c > lat) and lon < (d - b) * (lat - a) / (c - a) + b
            for a, b, c, d in self._bands[self._band(lat)]
        )
        return crossings % 2 == 1
