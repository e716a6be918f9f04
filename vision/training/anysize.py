"""Frees an exported detector of the one size it was traced with.

Tracing turns whatever was computed from the size of the picture into constants: the middles of the
grid cells, the stride of each, the shapes inside the attention. They are computed again from the
size of the input, so that one file serves the whole picture and a part of it. Its weights stay.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx

STRIDES = (8, 16, 32)
OPSET_TYPES = {"float": 1, "int64": 7}


def free_size(path: Path) -> None:
    """Rewrite the ONNX file at `path` in place: height and width any multiples of 32.

    Raises:
        ValueError: a constant depends on the size in a way that is not known here.
    """
    model = onnx.load(path)
    graph = model.graph
    tall, wide = (d.dim_value for d in graph.input[0].type.tensor_type.shape.dim[2:])
    maker = _Maker(graph.input[0].name, (tall, wide))
    nodes = []
    for node in graph.node:
        made = maker.instead_of(node) if node.op_type == "Constant" else None
        nodes.extend([node] if made is None else made)
    del graph.node[:]
    graph.node.extend([*maker.first(), *nodes])
    for name, dim in zip(("height", "width"), graph.input[0].type.tensor_type.shape.dim[2:],
                         strict=True):  # fmt: skip
        dim.dim_param = name
    graph.output[0].type.tensor_type.shape.dim[-1].dim_param = "cells"
    del graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


class _Maker:
    """Makes nodes that compute what a constant of the traced size was."""

    def __init__(self, image: str, size: tuple[int, int]) -> None:
        self._image = image
        self._grids = {(size[0] // s, size[1] // s): s for s in STRIDES}
        self._cells = sum(h * w for h, w in list(self._grids)[:2])

    def first(self) -> list[Any]:
        """Return the nodes all others stand on: height and width of each stride's grid."""
        nodes = [_node("Shape", [self._image], "size/all", start=2, end=4)]
        for stride in STRIDES:
            nodes += [
                _constant(f"size/by{stride}", [stride], "int64"),
                _node("Div", ["size/all", f"size/by{stride}"], f"size/{stride}"),
            ]
        return nodes

    def instead_of(self, node: Any) -> list[Any] | None:
        """Return what stands for a constant; None when it does not depend on the size."""
        name = node.output[0]
        value = onnx.numpy_helper.to_array(node.attribute[0].t)
        if value.dtype.kind == "i":
            return self._shape(name, [int(v) for v in value.ravel()])
        if value.ndim == 2 and value.shape == (1, self._cells):
            return self._strides(name)
        for (h, w), stride in self._grids.items():
            if value.shape in {(h, 1), (1, w)} and value.size > 1:
                return _middles(name, stride, 0 if value.shape[1] == 1 else 1)
        return None

    def _shape(self, name: str, dims: list[int]) -> list[Any] | None:
        grid = next((s for hw, s in self._grids.items() if tuple(dims[-2:]) == hw), None)
        if grid is not None:
            head = [_constant(f"{name}/head", dims[:-2], "int64")] if dims[:-2] else []
            parts = [*(n.output[0] for n in head), f"size/{grid}"]
            return [*head, _node("Concat", parts, name, axis=0)]
        areas = {h * w for h, w in self._grids} | {self._cells}
        if len(dims) > 1 and dims[-1] in areas:
            return [_constant(name, [*dims[:-1], -1], "int64")]
        if set(dims) & areas:
            raise ValueError(f"{name}: {dims} depends on the size")
        return None

    def _strides(self, name: str) -> list[Any]:
        nodes, parts = [_constant(f"{name}/row", [1], "int64")], []
        for stride in STRIDES[:2]:
            mine = f"{name}/{stride}"
            nodes += [
                _node("ReduceProd", [f"size/{stride}"], f"{mine}/cells", keepdims=1),
                _node("Concat", [f"{name}/row", f"{mine}/cells"], f"{mine}/shape", axis=0),
                _constant(f"{mine}/value", [float(stride)], "float"),
                _node("Expand", [f"{mine}/value", f"{mine}/shape"], mine),
            ]
            parts.append(mine)
        return [*nodes, _node("Concat", parts, name, axis=1)]


def _middles(name: str, stride: int, axis: int) -> list[Any]:
    """Return nodes for 0.5, 1.5 … along one side of a grid: (h, 1) for axis 0, (1, w) for 1."""

    def scalar(label: str, value: float, kind: Any) -> Any:
        tensor = onnx.numpy_helper.from_array(np.array(value, kind))
        return _node("Constant", [], f"{name}/{label}", value=tensor)

    return [
        scalar("axis", axis, np.int64),
        scalar("zero", 0, np.int64),
        scalar("one", 1, np.int64),
        scalar("half", 0.5, np.float32),
        _constant(f"{name}/across", [1 - axis], "int64"),
        _node("Gather", [f"size/{stride}", f"{name}/axis"], f"{name}/n", axis=0),
        _node("Range", [f"{name}/zero", f"{name}/n", f"{name}/one"], f"{name}/range"),
        _node("Cast", [f"{name}/range"], f"{name}/float", to=OPSET_TYPES["float"]),
        _node("Add", [f"{name}/float", f"{name}/half"], f"{name}/middles"),
        _node("Unsqueeze", [f"{name}/middles", f"{name}/across"], name),
    ]


def _node(kind: str, inputs: list[str], output: str, **attributes: Any) -> Any:

    return onnx.helper.make_node(kind, inputs, [output], name=f"{output}/{kind}", **attributes)


def _constant(name: str, values: list[Any], kind: str) -> Any:

    tensor = onnx.helper.make_tensor(name, OPSET_TYPES[kind], [len(values)], values)
    return _node("Constant", [], name, value=tensor)
