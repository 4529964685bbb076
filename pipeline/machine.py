"""What work may use of this machine: set once where a process starts, asked wherever work is done.

Work is spread over threads by items (photos, planes, rows of a grid), each computed by one thread in an order
of its own, and libraries that would split one sum over threads are kept from it: the number of threads changes
no result.
"""

import os
import re
import sys
from functools import cache

CPU = "cpu"
AUTO = "auto"
#: devices that may be asked for
DEVICE_NAME = re.compile(r"auto|cpu|cuda(:\d+)?")
#: OpenBLAS adds up in another order for each number of threads; Intel's library (in torch) can be told not to
_SAME_SUMS = {"OPENBLAS_NUM_THREADS": "1", "MKL_CBWR": "AUTO,STRICT"}
#: libraries that share out rows and items, and give the same for any number
_SHARED_OUT = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")

_chosen: dict[str, int | str] = {"threads": 0, "device": AUTO}


def use(threads: int = 0, device: str = AUTO) -> None:
    """Hold this process, and those that it starts, to so many threads and to a device.

    Args:
        threads: that work may run on; 0: as many as there are cores.
        device: that torch may use: ``cpu``, ``cuda``, ``cuda:1``..., or ``auto``: a GPU where there is one.

    Raises:
        ValueError: a negative number, or no device of this name.
    """
    if threads < 0:
        raise ValueError(f"threads: 0 (all cores) or more is needed, not {threads}")
    if not DEVICE_NAME.fullmatch(device):
        raise ValueError(f'device: "auto", "cpu", "cuda" or "cuda:1" is needed, not "{device}"')
    _chosen.update(threads=threads, device=device)
    count = str(usable_threads())
    os.environ.update(_SAME_SUMS | dict.fromkeys(_SHARED_OUT, count))
    _tell_what_is_loaded()


def _tell_what_is_loaded() -> None:
    """Libraries read their environment once, when they are loaded; those that are must be told."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    threadpool_limits(1, user_api="blas")
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(usable_threads())
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(usable_threads())


def usable_threads() -> int:
    """Threads that work may run on, at least 1."""
    return int(_chosen["threads"]) or _cores()


@cache
def _cores() -> int:
    """Cores that this process may use: of its affinity and its container, not of the whole machine."""
    from joblib import cpu_count  # type: ignore[import-untyped]

    return int(cpu_count())


def one_thread_environment() -> dict[str, str]:
    """Environment for a native process that has threads of its own: OpenMP's beside them would only spin."""
    return {**os.environ, **_SAME_SUMS, "OMP_NUM_THREADS": "1"}


def torch_device() -> str:
    """Where torch works: ``cpu``, ``cuda``, ``cuda:1``... Torch is loaded to find out, which takes a second."""
    if _chosen["device"] != AUTO:
        return str(_chosen["device"])
    import torch

    return "cuda" if torch.cuda.is_available() else CPU


def has_gpu() -> bool:
    """Whether torch may and can use a GPU (see :func:`torch_device`)."""
    return torch_device() != CPU
