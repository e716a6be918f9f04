"""Trains the plate detector with Ultralytics and writes it as ONNX (extra `[train]`)."""

import copy
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ioc.errors import Unavailable
from vision.detector import INPUT_SIZE, Detector
from vision.scene.still import training_picture
from vision.training import compose
from vision.training.data import Corners, load_scenes, load_vehicles, plates_root
from vision.training.degrade import Picture

SEED = 20211003
# As many as the network we start from knows, so that its head fits too; only the first is used.
CLASSES = 80
USUAL_PASSES = 5
FIRST_PASSES = 3


def network(start: Path | None) -> Any:
    """Return YOLO11n without its coarsest level (a plate never fills half the picture).

    Args:
        start: a state dict of YOLO11n with 80 classes; its layers are taken over where they
            fit. None starts from random weights.
    """
    ultralytics, torch = _libraries()
    folder = Path(ultralytics.__file__).parent
    plan = ultralytics.utils.YAML.load(folder / "cfg" / "models" / "11" / "yolo11.yaml")
    plan = copy.deepcopy(plan) | {"nc": CLASSES, "scale": "n"}
    plan["head"] = [*plan["head"][:9], [[16, 19], 1, "Detect", ["nc"]]]
    from ultralytics.nn.tasks import DetectionModel  # noqa: PLC0415

    model = DetectionModel(plan, verbose=False)
    if start is not None:
        state = {k.replace("model.23.", "model.20."): v for k, v in torch.load(start).items()}
        own = model.state_dict()
        fit = {k: v.to(own[k].dtype) for k, v in state.items()
               if k in own and own[k].shape == v.shape}  # fmt: skip
        model.load_state_dict(own | fit)
    return model


def _libraries() -> tuple[Any, Any]:
    try:
        import torch  # noqa: PLC0415
        import ultralytics  # noqa: PLC0415
    except ImportError as missing:
        raise Unavailable(f"training needs the extra [train]: {missing}") from missing
    return ultralytics, torch


def write_dataset(folder: Path, earlier: Any = None, roads: int = 0) -> Path:
    """Write pictures and YOLO labels under `folder`; return the description file.

    Args:
        folder: emptied first.
        earlier: a detector with `find(image)`, which shows where street pictures have plates of
            their own; without one no street picture is used.
        roads: how many wholly rendered pictures to add.
    """
    shutil.rmtree(folder, ignore_errors=True)
    rng = np.random.default_rng(SEED)
    _write(folder, "train", _pictures(rng, earlier, roads))
    held_out = [s for s in load_scenes(plates_root()) if s.held_out][::8]
    _write(folder, "held_out", (compose.as_is(scene) for scene in held_out))
    description = folder / "plates.yaml"
    places = "train: images/train\nval: images/held_out\n"
    description.write_text(f"path: {folder.resolve()}\n{places}names: [plate]\n")
    return description


def _write(folder: Path, part: str, pictures: Iterable[tuple[Picture, list[Corners]]]) -> None:
    (folder / "images" / part).mkdir(parents=True)
    (folder / "labels" / part).mkdir(parents=True)
    for n, (picture, boxes) in enumerate(pictures):
        cv2.imwrite(str(folder / "images" / part / f"{n:05d}.jpg"), picture)
        (folder / "labels" / part / f"{n:05d}.txt").write_text(_labels(picture.shape, boxes))


def _labels(shape: tuple[int, ...], boxes: list[Corners]) -> str:
    h, w = shape[:2]
    rows = [((x + bw / 2) / w, (y + bh / 2) / h, bw / w, bh / h) for x, y, bw, bh in boxes]
    return "".join("0 " + " ".join(f"{v:.6f}" for v in row) + "\n" for row in rows)


# How often each source enters a pass: gate cameras are plenty and all alike.
SHARES = {"greenparking": 0.25, "carlongplate": 0.5, "garage": 2.0}
STREET_SHARE = 1.6
ROADS = 450


def _pictures(
    rng: np.random.Generator, earlier: Any, roads: int
) -> Iterable[tuple[Picture, list[Corners]]]:
    root = plates_root()
    for scene in load_scenes(root):
        share = SHARES.get(scene.source, 1.5)
        for _ in range(0 if scene.held_out else int(share + rng.random())):
            yield compose.redrawn(rng, scene)
    for path, vehicles in load_vehicles(root) if earlier is not None else []:
        image = cv2.imread(str(path))
        found = [(d.box.x, d.box.y, d.box.w, d.box.h) for d in earlier.find(image)]
        for _ in range(int(STREET_SHARE + rng.random())):
            yield compose.street(rng, path, vehicles, found)
    for _ in range(roads):
        picture, labelled = training_picture(rng)
        yield compose.shrink(picture, [box for box, *_ in labelled])


def make(runs: Path, start: Path | None, epochs: int) -> Path:
    """Train in two stages and return the weights.

    First on the labelled pictures alone; then, street pictures cleaned of their own plates by
    the shipped detector, on all.

    Args:
        runs: where data and checkpoints lie.
        start: state dict of YOLO11n; None = random weights.
        epochs: passes of the second stage.
    """
    data = write_dataset(runs / "detector-data-1")
    first = train(runs / "detector-1", data, start, FIRST_PASSES)
    data = write_dataset(runs / "detector-data-2", Detector(least_confidence=0.15), ROADS)
    return train(runs / "detector-2", data, first, epochs)


def train(folder: Path, data: Path, start: Path | None, epochs: int, size: int = 416) -> Path:
    """Train on `data` in `folder`, going on where an earlier run stopped; return the weights.

    Args:
        folder: `last.pt` in `folder`/weights is the checkpoint of each pass.
        data: the description file of `write_dataset`.
        start: state dict of YOLO11n, or the checkpoint of an earlier stage; None = random.
        epochs: passes over the data.
        size: side of the square training mosaics, px.
    """
    ultralytics, torch = _libraries()
    last = folder / "weights" / "last.pt"
    if last.is_file():
        ultralytics.YOLO(str(last)).train(resume=True)
        return last
    checkpoint = start
    if start is None or "model" not in torch.load(start, weights_only=False):
        checkpoint = folder.parent / f"{folder.name}-start.pt"
        torch.save({"model": network(start), "train_args": {}}, checkpoint)
    ultralytics.YOLO(str(checkpoint)).train(
        data=str(data), epochs=epochs, imgsz=size, batch=16, workers=1, cache="ram", device="cpu",
        project=str(folder.parent.resolve()), name=folder.name, exist_ok=True, seed=SEED,
        single_cls=True, val=False, plots=False, amp=False, optimizer="AdamW", lr0=0.001,
        lrf=0.05, cos_lr=True, warmup_epochs=0.5, close_mosaic=1, scale=0.6, degrees=6, shear=3,
        perspective=0.0003, fliplr=0.0, hsv_h=0.02, hsv_s=0.5, hsv_v=0.45, mixup=0.0, erasing=0.0,
    )  # fmt: skip
    return last


def export(weights: Path, target: Path) -> Path:
    """Write the trained network as ONNX: (1, 3, H, W) RGB 0-1 in, (1, 5, N) x y w h score out."""
    ultralytics, torch = _libraries()
    net = ultralytics.YOLO(str(weights)).model.float().eval()
    net.fuse(verbose=False)
    net.model[-1].export = True
    net.model[-1].format = "onnx"
    width, height = INPUT_SIZE

    class Plates(torch.nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, image: Any) -> Any:
            return self.net(image)[:, :5]

    torch.onnx.export(
        Plates().eval(), torch.zeros(1, 3, height, width), str(target), input_names=["image"],
        output_names=["plates"], dynamo=False, opset_version=17,
    )  # fmt: skip
    from vision.training.anysize import free_size  # noqa: PLC0415  it needs the extra

    free_size(target)
    return target
