"""One way to run a network: OpenVINO, on the CPU, a fixed number of threads, a fixed shape."""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ioc.errors import Unavailable

# OpenVINO tells its maker of each start unless somebody forbade it. Nothing of ours leaves the
# machine: where its teller cannot be imported it uses a stub that does nothing.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
import openvino  # noqa: E402

Tensor = NDArray[np.float32]
HALF = "BF16"


class Network:
    """A network ready to run; one thread may use it at a time."""

    def __init__(
        self,
        path: Path,
        threads: int,
        shape: tuple[int, ...] | None = None,
        *,
        may_round: bool = False,
    ) -> None:
        """Load and compile the ONNX file at `path`.

        Args:
            path: a model with one input.
            threads: how many cores one run may take, 1 or more.
            shape: of the input, where the model leaves it open.
            may_round: compute in bfloat16 on processors that have it; answers then differ a
                little from those of other processors.

        Raises:
            Unavailable: the file is no model that can run here.
        """
        core = openvino.Core()
        rounds = may_round and HALF in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        settings = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16" if rounds else "f32",
        }
        try:
            model = core.read_model(str(path))
            if shape is not None:
                model.reshape(list(shape))
            compiled = core.compile_model(model, "CPU", settings)
        except RuntimeError as fault:
            raise Unavailable(f"{path}: cannot be run: {str(fault).splitlines()[-1]}") from fault
        self._request = compiled.create_infer_request()
        self.input_shape: tuple[int, ...] = tuple(compiled.input(0).shape)

    def run(self, tensor: Tensor) -> list[Tensor]:
        """Return the outputs, in the order of the model; copies, float32."""
        if tensor.shape != self.input_shape:
            raise ValueError(f"network wants {self.input_shape}, got {tensor.shape}")
        results = self._request.infer([np.ascontiguousarray(tensor)])
        return [np.array(value, np.float32) for value in results.values()]
