"""The reliability diagram: how often a plate is right, against how sure it was said to be."""

from collections.abc import Mapping, Sequence
from typing import Any

SIZE, LEFT, TOP = 360, 56, 24
WIDTH, HEIGHT = LEFT + SIZE + 24, TOP + SIZE + 56
INK, PALE, MARK = "#1f2933", "#c5ced8", "#0b6bcb"
TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
# The area of a mark grows with its answers, so that one answer is still to be seen.
LEAST_R, MOST_R = 3.0, 16.0


def diagram(calibration: Mapping[str, Any]) -> str:
    """Return an SVG of what `vision.training.scores.calibration` found.

    A mark for each group of confidence that has answers: mean confidence to the right, share of
    right answers upwards, its area by their number. On the line, confidence keeps its word; below
    it boasts.
    """
    groups = [bin_ for bin_ in calibration["bins"] if bin_[2]]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12" fill="{INK}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *_axes(),
        *_marks(groups),
    ]
    error = calibration["ece"]
    if error is not None:
        told = f"{sum(bin_[2] for bin_ in groups)} answers, expected calibration error {error:.1%}"
        parts.append(f'<text x="{LEFT + 8}" y="{TOP + 18}">{told}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _axes() -> list[str]:
    parts = [
        f'<rect x="{LEFT}" y="{TOP}" width="{SIZE}" height="{SIZE}" fill="none" stroke="{PALE}"/>',
        f'<line x1="{LEFT}" y1="{TOP + SIZE}" x2="{LEFT + SIZE}" y2="{TOP}" stroke="{PALE}" '
        'stroke-dasharray="4 4"/>',
    ]
    for tick in TICKS:
        x, y = _place(tick, tick)
        parts.append(f'<text x="{x:.0f}" y="{TOP + SIZE + 18}" text-anchor="middle">{tick}</text>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{tick}</text>')
    middle, foot = LEFT + SIZE / 2, TOP + SIZE + 42
    parts.append(f'<text x="{middle}" y="{foot}" text-anchor="middle">confidence told</text>')
    parts.append(
        f'<text transform="translate(16 {TOP + SIZE / 2}) rotate(-90)" text-anchor="middle">'
        "share right</text>"
    )
    return parts


def _marks(groups: Sequence[Sequence[Any]]) -> list[str]:
    most = max((bin_[2] for bin_ in groups), default=1)
    parts = []
    for low, high, answers, mean, right in groups:
        x, y = _place(mean, right)
        radius = LEAST_R + (MOST_R - LEAST_R) * (answers / most) ** 0.5
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{MARK}" fill-opacity="0.6" '
            f'stroke="{MARK}"><title>{low}-{high}: {answers} answers, {right:.1%} right</title>'
            "</circle>"
        )
    return parts


def _place(confidence: float, share: float) -> tuple[float, float]:
    return LEFT + SIZE * confidence, TOP + SIZE * (1 - share)
