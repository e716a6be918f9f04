"""Takes a reader's training up again from its ONNX file, where no checkpoint is left of it.

Export folds each batch normalisation into the convolution before it. Here both are told apart
again: the convolution keeps the folded weights, and the normalisation is set to what it undoes on
sample crops, so that the network answers as the file does and goes on learning from there.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ioc.errors import InvalidInput
from vision.training.network import build, torch_library
from vision.training.pool import Crops

# In the order of the file: products whose weights are stored turned, and lack a name.
TURNED = (
    "parts.mix.self_attn.in_proj_weight",
    "parts.mix.linear1.weight",
    "parts.mix.linear2.weight",
    "parts.classify.0.weight",
    "parts.classify.3.weight",
)


def reopen(file: Path, crops: Crops) -> Any:
    """Return the network of `file`, ready to learn.

    Args:
        file: what `vision.training.reader.export` wrote.
        crops: (n, 64, 160, 3) BGR, a few hundred of what it will learn from.

    Raises:
        InvalidInput: the file is no reader of this shape.
    """
    import onnx  # noqa: PLC0415

    torch = torch_library()
    graph = onnx.load(str(file)).graph
    values = {i.name: torch.from_numpy(onnx.numpy_helper.to_array(i).copy())
              for i in graph.initializer}  # fmt: skip
    net = build()
    state = net.state_dict()
    for name, value in values.items():
        if name.startswith("net."):
            _put(state, name.removeprefix("net."), value)
    turned = [value for name, value in values.items() if name.startswith("onnx::MatMul")]
    if len(turned) != len(TURNED):
        raise InvalidInput("start", f"{file} is no reader of this shape")
    for name, value in zip(TURNED, turned, strict=True):
        _put(state, name, value.T)
    net.load_state_dict(state)
    folded = [value for name, value in values.items() if name.startswith("onnx::Conv")]
    _unfold(net, folded, torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 255)
    return net


def _put(state: dict[str, Any], name: str, value: Any) -> None:
    if name not in state or state[name].shape != value.shape:
        raise InvalidInput("start", f"the file's {name} does not fit this network")
    state[name] = value


def _unfold(net: Any, folded: list[Any], crops: Any) -> None:
    """Set each convolution to its folded weights, and its normalisation to undo itself."""
    torch = torch_library()
    pairs = list(_normalised(net))
    if len(folded) != 2 * len(pairs):
        raise InvalidInput("start", f"{len(folded)} folded values for {len(pairs)} layers")
    net.eval()
    with torch.no_grad():
        for (conv, norm), weight, bias in zip(pairs, folded[::2], folded[1::2], strict=True):
            conv.weight.copy_(weight)
            norm.running_mean.zero_()
            norm.running_var.fill_(1 - norm.eps)
            norm.weight.fill_(1)
            norm.bias.copy_(bias)
        seen: dict[Any, Any] = {}
        hooks = [conv.register_forward_hook(lambda c, _in, out: seen.update({c: out}))
                 for conv, _ in pairs]  # fmt: skip
        net(crops)
        for (conv, norm), bias in zip(pairs, folded[1::2], strict=True):
            mean = seen[conv].mean((0, 2, 3))
            norm.running_mean.copy_(mean)
            norm.running_var.copy_(seen[conv].var((0, 2, 3)))
            norm.weight.copy_((norm.running_var + norm.eps).sqrt())
            norm.bias.copy_(bias + mean)
        for hook in hooks:
            hook.remove()


def _normalised(net: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each convolution with the normalisation that follows it, from the picture on."""
    nn = torch_library().nn
    last = None
    for part in net.modules():
        if isinstance(part, nn.Conv2d):
            last = part
        elif isinstance(part, nn.BatchNorm2d):
            yield last, part
