"""The reader's network: convolutions, a little attention, and one spotlight a place."""

from typing import Any

from ioc.errors import Unavailable
from vision.reader import ALPHABET, GROUNDS, INPUT_SIZE, LAYOUTS, PLACES

WIDTHS = (32, 64, 128, 160)
CLASSES = len(ALPHABET) + 1
MAP_SIZE = (INPUT_SIZE[1] // 8, INPUT_SIZE[0] // 8)


def torch_library() -> Any:
    """Return PyTorch.

    Raises:
        Unavailable: the extra [train] is not installed.
    """
    try:
        import torch  # noqa: PLC0415
    except ImportError as missing:
        raise Unavailable(f"training needs the extra [train]: {missing}") from missing
    return torch


def _block(nn: Any, before: int, after: int, stride: int) -> Any:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(),
        nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(),
    )  # fmt: skip


def build() -> Any:
    """Return the untrained network.

    In: (n, 3, 64, 160) BGR, 0-1. Out, as logits: places (n, PLACES, 37), layout (n, 2),
    ground (n, 4), is a plate (n, 1). Each place looks at the map of features through a
    spotlight of its own, which starts where that place usually stands and moves with what is seen.
    """
    torch = torch_library()
    nn = torch.nn
    wide = WIDTHS[-1]
    parts = nn.ModuleDict(
        {
            "stem": nn.Sequential(
                nn.Conv2d(3, WIDTHS[0], 3, 2, 1, bias=False), nn.BatchNorm2d(WIDTHS[0]), nn.ReLU(),
                _block(nn, WIDTHS[0], WIDTHS[1], 2),
                _block(nn, WIDTHS[1], WIDTHS[2], 2),
                _block(nn, WIDTHS[2], wide, 1),
            ),
            "mix": nn.TransformerEncoderLayer(
                # Chance inside attention took a fifth of the time of training, and gained nothing.
                wide, 4, 256, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
            ),
            "after": nn.Sequential(
                nn.Conv2d(wide, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU()
            ),
            "spotlight": nn.Conv2d(wide, PLACES, 1),
            "classify": nn.Sequential(nn.Linear(2 * wide, 256), nn.ReLU(), nn.Dropout(0.1),
                                      nn.Linear(256, CLASSES)),
            "whole": nn.Sequential(nn.Linear(2 * wide, 96), nn.ReLU(),
                                   nn.Linear(96, len(LAYOUTS) + len(GROUNDS) + 1)),
        }
    )  # fmt: skip
    height, width = MAP_SIZE
    place = nn.Parameter(torch.randn(1, height * width, wide) * 0.1)
    bias = nn.Parameter(_usual_places(torch))
    who = nn.Parameter(torch.randn(1, PLACES, wide) * 0.1)
    return _assemble(torch, parts, {"place": place, "bias": bias, "who": who})


def _usual_places(torch: Any) -> Any:
    """Return (1, PLACES, H * W): a hill where each place stands on a one- or a two-line plate."""
    height, width = MAP_SIZE
    ys = torch.linspace(0, 1, height)[:, None]
    xs = torch.linspace(0, 1, width)[None, :]
    hills = []
    for k in range(PLACES):
        one = ((xs - (k + 0.7) / 9.2) / 0.1) ** 2 + ((ys - 0.5) / 0.4) ** 2
        column = (k + 0.7) / 4.4 if k < 4 else (k - 3.5) / 5
        two = ((xs - column) / 0.15) ** 2 + ((ys - (0.25 if k < 4 else 0.75)) / 0.25) ** 2
        hills.append(2 * (torch.exp(-one) + torch.exp(-two)))
    return torch.stack(hills).reshape(1, PLACES, height * width)


def _assemble(torch: Any, parts: Any, learnt: dict[str, Any]) -> Any:
    class PlateReader(torch.nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.parts = parts
            for name, parameter in learnt.items():
                self.register_parameter(name, parameter)

        def forward(self, crops: Any) -> Any:
            return _forward(self, crops)

    return PlateReader()


def _forward(net: Any, crops: Any) -> Any:
    torch = torch_library()
    parts = net.parts
    features = parts["stem"](crops)
    n, wide, height, width = features.shape
    tokens = features.flatten(2).transpose(1, 2) + net.place
    tokens = parts["mix"](tokens)
    features = parts["after"](tokens.transpose(1, 2).reshape(n, wide, height, width))
    light = torch.softmax(parts["spotlight"](features).flatten(2) + net.bias, dim=2)
    flat = features.flatten(2).transpose(1, 2)
    seen = light @ flat
    named = torch.cat([seen, net.who.expand(n, -1, -1)], dim=2)
    places = parts["classify"](named)
    whole = parts["whole"](torch.cat([flat.mean(1), flat.amax(1)], dim=1))
    cut = len(LAYOUTS) + len(GROUNDS)
    return places, whole[:, : len(LAYOUTS)], whole[:, len(LAYOUTS) : cut], whole[:, cut:]
