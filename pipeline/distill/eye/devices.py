"""Where a training runs: this process alone, or the processes and devices that accelerate launched."""

from typing import Any, Protocol

from torch import Tensor, nn
from torch.optim import Optimizer


class Devices(Protocol):
    """What the trainer needs to know of where it runs.

    Attributes:
        device: of this process.
        share: number of this process, and of all.
    """

    device: str
    share: tuple[int, int]

    def prepared(self, eye: nn.Module, optimizer: Optimizer) -> tuple[nn.Module, Any]:
        """Network and optimiser as they are to be called."""
        ...

    def backward(self, loss: Tensor) -> None:
        """Gradients, the mean over all processes."""
        ...


class Alone:
    """This process, without a library."""

    share = (0, 1)

    def __init__(self, device: str) -> None:
        self.device = device

    def prepared(self, eye: nn.Module, optimizer: Optimizer) -> tuple[nn.Module, Any]:
        """As they are."""
        return eye, optimizer

    def backward(self, loss: Tensor) -> None:
        """Gradients."""
        loss.backward()  # type: ignore[no-untyped-call]


class Launched:
    """By accelerate: one process gives the same bits as without it, several share the batches of a step."""

    def __init__(self, *, cpu: bool) -> None:
        try:
            from accelerate import Accelerator
        except ImportError as error:
            raise ImportError(
                "accelerate is not installed; pip install accelerate, or train without it"
            ) from error
        self._library = Accelerator(cpu=cpu, mixed_precision="no")
        self.device = self._library.device.type if cpu else str(self._library.device)
        self.share = (self._library.process_index, self._library.num_processes)

    def prepared(self, eye: nn.Module, optimizer: Optimizer) -> tuple[nn.Module, Any]:
        """Wrapped, on this process's device."""
        network, wrapped = self._library.prepare(eye, optimizer)
        return network, wrapped

    def backward(self, loss: Tensor) -> None:
        """Gradients, the mean over all processes."""
        self._library.backward(loss)
