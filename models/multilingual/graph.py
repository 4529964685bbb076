"""Building small ONNX graphs by hand: no export, no file, ready in a second."""

from typing import Any, Final

import numpy as np
from jaxtyping import Float32

_OPSET: Final = 20
_IR_VERSION: Final = 9
#: 7-bit weights: on processors without VNNI a product of 8-bit numbers would overflow its 16 bits
_LARGEST_WEIGHT: Final = 63


class Graph:
    """A graph under construction; every method adds a node and gives the name of its result."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, array: "np.ndarray | list[int]") -> str:
        """Numbers that stand in the graph; lists are whole numbers."""
        from onnx import numpy_helper

        name = f"c{len(self._constants)}"
        values = np.array(array, dtype=np.int64) if isinstance(array, list) else np.ascontiguousarray(array)
        self._constants.append(numpy_helper.from_array(values, name))
        return name

    def op(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        """Any node; with several ``outputs`` a list of names."""
        from onnx import helper

        names = [f"x{len(self._nodes)}_{index}" for index in range(outputs)]
        self._nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def linear(self, x: str, weights: Float32[np.ndarray, "I O"], bias: Float32[np.ndarray, "O"]) -> str:
        """``x @ weights + bias`` in 32 bits."""
        name: str = self.op("Gemm", x, self.constant(weights), self.constant(bias))
        return name

    def small_linear(self, x: str, weights: Float32[np.ndarray, "I O"], bias: Float32[np.ndarray, "O"]) -> str:
        """The same in 8-bit integers: weights rounded by output, ``x`` when it comes by."""
        scale = np.maximum(np.abs(weights).max(0), 1e-12) / _LARGEST_WEIGHT
        rounded = np.rint(weights / scale).astype(np.int8)
        small, step, zero = self.op("DynamicQuantizeLinear", x, outputs=3)
        product = self.op(
            "MatMulInteger", small, self.constant(rounded), zero, self.constant(np.array(0, dtype=np.int8))
        )
        steps = self.op("Mul", step, self.constant(scale.astype(np.float32)))
        scaled = self.op("Mul", self.op("Cast", product, to=1), steps)
        name: str = self.op("Add", scaled, self.constant(bias))
        return name

    def norm(
        self, x: str, scale: Float32[np.ndarray, "D"], bias: Float32[np.ndarray, "D"], epsilon: float
    ) -> str:
        """Layer norm over the last axis."""
        name: str = self.op(
            "LayerNormalization", x, self.constant(scale), self.constant(bias), axis=-1, epsilon=epsilon
        )
        return name

    def slice(self, x: str, start: int, stop: int, axis: int) -> str:
        """From ``start`` to ``stop``; a ``stop`` below 1 counts from the end."""
        end = stop if stop else np.iinfo(np.int32).max
        name: str = self.op(
            "Slice", x, self.constant([start]), self.constant([int(end)]), self.constant([axis])
        )
        return name

    def session(self, result: str, inputs: "dict[str, tuple[int, list[int | str]]]") -> Any:
        """Run by ONNX Runtime on one thread; ``inputs``: element type (ONNX) and shape by name."""
        import onnxruntime  # type: ignore[import-untyped]
        from onnx import helper

        self._nodes.append(helper.make_node("Identity", [result], ["vector"]))
        graph = helper.make_graph(
            self._nodes,
            "sentence",
            [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()],
            [helper.make_tensor_value_info("vector", 1, None)],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)])
        model.ir_version = _IR_VERSION
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
