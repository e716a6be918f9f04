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
    """Draw one chunk of the pool; the same number gives the same crops.

    Returns:
        The file of its crops; beside it lies one with what to answer.
    """
    path = folder / f"pool-{number:03d}.npy"
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
    np.save(_answers(path), targets)
    part = path.with_suffix(".part.npy")
    np.save(part, crops)
    part.rename(path)  # last: where it lies, the chunk is whole
    return path


def _answers(crops: Path) -> Path:
    return crops.with_name(f"answers-{crops.name}")


class Pool:
    """The chunks in a folder, left on disk: a long training's are larger than memory."""

    def __init__(self, folder: Path) -> None:
        """Open the chunks that are finished."""
        self._folder = folder
        self._chunks: dict[Path, tuple[Crops, Targets]] = {}
        self.refresh()

    def refresh(self) -> None:
        """Open the chunks that were drawn since."""
        for path in sorted(self._folder.glob("pool-[0-9][0-9][0-9].npy")):
            if path not in self._chunks:
                crops = np.load(path, mmap_mode="r")
                self._chunks[path] = crops, np.load(_answers(path))

    def pick(self, rng: np.random.Generator, n: int) -> tuple[list[Crops], Targets]:
        """Return n crops, each (64, 160, 3), taken at random, and (n, PLACES + 3) answers."""
        chunks = list(self._chunks.values())
        picks = [(int(rng.integers(len(chunks))), int(rng.integers(CHUNK))) for _ in range(n)]
        crops = [np.array(chunks[c][0][i]) for c, i in picks]
        return crops, np.stack([chunks[c][1][i] for c, i in picks])
