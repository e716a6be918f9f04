"""Training the reader, where PyTorch is at hand (extra `[train]`): it can be taken up again."""

from pathlib import Path

import numpy as np
import pytest

from ioc.errors import InvalidInput
from vision.training.samples import drawn, resized
from vision.weights import find_weights

torch = pytest.importorskip("torch", reason="needs the extra [train]")
pytest.importorskip("onnx", reason="needs the extra [train]")

from vision.training.restart import reopen  # noqa: E402  after the skip


@pytest.fixture(scope="module")
def crops() -> np.ndarray:
    rng = np.random.default_rng(5)
    return np.stack([resized(drawn(rng).picture) for _ in range(64)])


def test_the_shipped_reader_answers_the_same_when_taken_up_again(crops) -> None:
    from vision.network import Network

    net = reopen(find_weights("reader.onnx"), crops).eval()
    inputs = torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        places = torch.softmax(net(inputs)[0], 2).numpy()
    shipped = Network(find_weights("reader.onnx"), 1)
    for number in range(8):
        told = shipped.run(inputs[number : number + 1].numpy())[0]
        assert np.abs(told[0] - places[number]).max() < 1e-3


def test_another_network_is_refused(tmp_path: Path, crops) -> None:
    with pytest.raises(InvalidInput, match="start"):
        reopen(find_weights("detector.onnx"), crops)
