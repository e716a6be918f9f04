"""A pool of drawn crops on disk: drawing is slower than learning, so each is looked at often."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vision.training.samples import Sample, drawn, others, real_root, resized, target

CHUNK = 4096
# Of a chunk: things that are no plate at all. They need the real street pictures.
NO_PLATE_SHARE = 0.12

Crops = NDArray[np.uint8]
Targets = NDArray[np.int16]


def stack(samples: list[Sample]) -> tuple[Crops, Targets]:
    """Return samples as arrays: (n, 64, 160, 3) BGR and (n, PLACES + 3), see `target`."""
    return np.stack([resized(s.picture) for s in samples]), np.stack([target(s) for s in samples])


def write_chunk(folder: Path, number: int) -> Path:
    """Draw one chunk of the pool; the same number gives the same crops."""
    path = folder / f"pool-{number:03d}.npz"
    if path.is_file():
        return path
    rng = np.random.default_rng([20211003, number])
    root = real_root()
    no_plate = int(CHUNK * NO_PLATE_SHARE) if root else 0
    samples = [drawn(rng) for _ in range(CHUNK - no_plate)]
    if root:
        endless = others(rng, root)
        samples += [next(endless) for _ in range(no_plate)]
    crops, targets = stack(samples)
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.npz")
    np.savez(part, crops=crops, targets=targets)
    part.rename(path)
    return path


def load_pool(folder: Path) -> tuple[Crops, Targets]:
    """Return all chunks that are finished."""
    parts = [np.load(path) for path in sorted(folder.glob("pool-[0-9][0-9][0-9].npz"))]
    crops = np.concatenate([part["crops"] for part in parts])
    return crops, np.concatenate([part["targets"] for part in parts])
