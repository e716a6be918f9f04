"""Trains the plate reader and writes it as ONNX (extra `[train]`)."""

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vision.reader import INPUT_SIZE, PLACES
from vision.training.network import CLASSES, build, torch_library
from vision.training.pool import Crops, Pool, Targets, stack, write_chunk
from vision.training.restart import reopen
from vision.training.samples import UNKNOWN, Real, load_real, real, real_root

log = logging.getLogger(__name__)

SEED = 20211003
BATCH = 64
CHECKPOINT = "reader.pt"
POOL = "reader-pool"
BASE_STEPS, BASE_RATE = 5000, 2e-3
USUAL_STEPS, USUAL_RATE = 6500, 1.5e-3
CHUNKS = 56
IS_PLATE = PLACES + 2


@dataclass(frozen=True)
class Plan:
    """How long to train, and on what.

    `steps` batches in all, the learning rate falling to nothing at the last; `real_share` of each
    batch are real crops (0 = drawn ones alone); sources in `left_out` are never shown.
    """

    steps: int
    real_share: float = 0.0
    left_out: tuple[str, ...] = ()
    rate: float = USUAL_RATE
    threads: int = 1

    @property
    def name(self) -> str:
        """What its folder is called."""
        if not self.real_share:
            return "reader-drawn-alone"
        return "-without-".join(["reader", *sorted(self.left_out)])


def real_plates(left_out: tuple[str, ...] = ()) -> list[Real]:
    """Return the real plates that may be trained on."""
    root = real_root()
    plates = load_real(root) if root else []
    return [p for p in plates if not p.held_out and p.source not in left_out]


def make(runs: Path, plan: Plan, start: Path | None) -> Path:
    """Train in two stages, each from where an earlier run stopped; return the last checkpoint.

    First on drawn plates alone, however long; then by `plan`, most of it on real ones, so that
    what the pictures of few cameras teach stands on what all plates share. The first stage serves
    every plan: readers with a source left out differ in the second alone.

    Args:
        runs: where the pool of drawn crops and the checkpoints lie.
        plan: the second stage.
        start: what to begin the second stage with, instead of the first.
    """
    for number in range(CHUNKS):
        write_chunk(runs / POOL, number)
    first = start or train(runs / "reader-base", Plan(BASE_STEPS, rate=BASE_RATE,
                                                      threads=plan.threads))  # fmt: skip
    return train(runs / plan.name, plan, first)


def train(folder: Path, plan: Plan, start: Path | None = None) -> Path:
    """Train in `folder`, going on from its checkpoint if there is one; return the checkpoint.

    Args:
        folder: holds the pool of drawn crops (`vision.training.pool`) and the checkpoint.
        plan: how long, and on what.
        start: what to begin with: a checkpoint of an earlier training, or the reader's ONNX file.
    """
    torch = torch_library()
    torch.manual_seed(SEED)
    torch.set_num_threads(plan.threads)
    source = _Source(folder.parent / POOL, plan)
    net = _first_net(start, source).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), lr=plan.rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, plan.rate, total_steps=plan.steps + 1, pct_start=0.08
    )
    checkpoint, step = folder / CHECKPOINT, 0
    folder.mkdir(parents=True, exist_ok=True)
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        net.load_state_dict(state["net"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        step = state["step"]
    source.go_on_from(step)
    while step < plan.steps:
        step = _learn(net, (optimiser, schedule), source, (step, plan.steps))
        parts = {"net": net, "optimiser": optimiser, "schedule": schedule}
        torch.save({k: v.state_dict() for k, v in parts.items()} | {"step": step}, checkpoint)
    return checkpoint


def _first_net(start: Path | None, source: "_Source") -> Any:
    """Return the network to begin with: untrained, of a checkpoint, or of a shipped ONNX file."""
    if start is None:
        return build()
    if start.suffix == ".onnx":
        return reopen(start, np.concatenate([source.batch()[0] for _ in range(8)]))
    net = build()
    net.load_state_dict(torch_library().load(start, weights_only=True)["net"])
    return net


class _Source:
    """Batches: real crops worn anew, the others taken from the pool on disk."""

    def __init__(self, pool: Path, plan: Plan) -> None:
        self.pool = Pool(pool)
        self._plan = plan
        self._rng = np.random.default_rng(SEED)
        self._real = real_plates(plan.left_out) if plan.real_share else []
        self._weights = _balanced(self._real)

    def go_on_from(self, step: int) -> None:
        """Deal the batches that come after `step`, the same whenever it is asked."""
        self._rng = np.random.default_rng([SEED, step])

    def batch(self) -> tuple[Crops, Targets]:
        """Return BATCH crops with what to answer."""
        n_real = round(BATCH * self._plan.real_share) if self._real else 0
        drawn, targets = self.pool.pick(self._rng, BATCH - n_real)
        crops = np.stack([self._shaken(crop) for crop in drawn])
        if n_real:
            chosen = self._rng.choice(len(self._real), n_real, p=self._weights)
            samples = [real(self._rng, self._real[i]) for i in chosen]
            real_crops, real_targets = stack(samples)
            crops = np.concatenate([crops, real_crops])
            targets = np.concatenate([targets, real_targets])
        return crops, targets

    def _shaken(self, crop: Any) -> Any:
        """Return a drawn crop shifted, in other tones, so that no two looks at it are alike."""
        dx, dy = int(self._rng.integers(-4, 5)), int(self._rng.integers(-3, 4))
        gain = float(self._rng.uniform(0.8, 1.2))
        crop = np.roll(crop, (dy, dx), axis=(0, 1))
        if dx:
            edge = slice(0, dx) if dx > 0 else slice(dx, None)
            crop[:, edge] = crop[:, dx if dx > 0 else dx - 1][:, None]
        if dy:
            edge = slice(0, dy) if dy > 0 else slice(dy, None)
            crop[edge] = crop[dy if dy > 0 else dy - 1][None]
        shifted = crop.astype(np.float32) * gain + float(self._rng.uniform(-12, 12))
        return np.clip(shifted, 0, 255).astype(np.uint8)


SOURCE_SHARES = {
    "greenparking": 0.4, "carlongplate": 0.22, "ndata-unchecked": 0.2,
    "foreign-us": 0.09, "foreign-br": 0.09,
}  # fmt: skip


def _balanced(plates: list[Real]) -> Any:
    counts = {s: sum(p.source == s for p in plates) for s in SOURCE_SHARES}
    weights = np.array([SOURCE_SHARES[p.source] / counts[p.source] for p in plates])
    return weights / weights.sum() if len(weights) else weights


def _learn(net: Any, tools: tuple[Any, Any], source: _Source, at: tuple[int, int]) -> int:
    """Train until the next checkpoint; return the number of steps done in all."""
    torch = torch_library()
    optimiser, schedule = tools
    step, last = at
    until = min(step + 250, last)
    net.train()
    # Half precision in the products: twice as fast on processors that know it, on others nine
    # times slower (measured on one with AVX2 alone). Of the ways to compute attention the plain
    # one is by far the quickest to learn with at this size.
    is_quick_in_half = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    attention = torch.nn.attention
    losses, right, began = [], [], time.monotonic()
    while step < until:
        crops, targets = source.batch()
        x = torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 255
        y = torch.from_numpy(targets).long()
        with (
            attention.sdpa_kernel(attention.SDPBackend.MATH),
            torch.autocast("cpu", torch.bfloat16, enabled=is_quick_in_half),
        ):
            answers = net(x)
        loss, exact = _loss(torch, [a.float() for a in answers], y)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        schedule.step()
        step += 1
        losses.append(float(loss.detach()))
        right.append(exact)
    source.pool.refresh()
    rate = BATCH * len(losses) / (time.monotonic() - began)
    log.info("step %d: loss %.3f, texts right %.3f, %.0f crops/s",
             step, np.mean(losses), np.mean(right), rate)  # fmt: skip
    return step


def _loss(torch: Any, answers: Any, y: Any) -> tuple[Any, float]:
    f = torch.nn.functional
    places, layout, ground, plate = answers
    texts = y[:, :PLACES]
    loss = f.cross_entropy(places.reshape(-1, CLASSES), texts.reshape(-1), ignore_index=UNKNOWN)
    loss = loss + 0.1 * f.cross_entropy(layout, y[:, PLACES], ignore_index=UNKNOWN)
    loss = loss + 0.1 * f.cross_entropy(ground, y[:, PLACES + 1], ignore_index=UNKNOWN)
    told = y[:, IS_PLATE].float()
    loss = loss + 0.3 * f.binary_cross_entropy_with_logits(plate[:, 0], told)
    readable = y[:, 0] != UNKNOWN
    exact = (places.argmax(2) == texts).all(1)[readable].float().mean()
    return loss, float(exact)


def export(checkpoint: Path, target: Path, temperature: float = 1.0) -> Path:
    """Write the trained network as ONNX, with probabilities instead of logits.

    Args:
        checkpoint: what `train` returned.
        target: the ONNX file.
        temperature: logits of places and of is-a-plate are divided by it; above 1 is more modest.
    """
    torch = torch_library()
    net = build()
    net.load_state_dict(torch.load(checkpoint, weights_only=True)["net"])
    net.eval()

    class Told(torch.nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, crop: Any) -> Any:
            places, layout, ground, plate = self.net(crop)
            return (
                torch.softmax(places / temperature, 2),
                torch.softmax(layout, 1),
                torch.softmax(ground, 1),
                torch.sigmoid(plate / temperature),
            )

    width, height = INPUT_SIZE
    torch.onnx.export(
        Told().eval(), torch.zeros(1, 3, height, width), str(target), input_names=["crop"],
        output_names=["places", "layout", "ground", "is_plate"], dynamo=False, opset_version=17,
    )  # fmt: skip
    return target
