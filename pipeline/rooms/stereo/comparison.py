"""How alike photos are on planes: by numba on the CPU, by PyTorch on a GPU."""

import logging
from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Float32, Int

from pipeline.machine import CPU
from pipeline.rooms.stereo.patchmatch import Trials, sweep
from pipeline.rooms.stereo.views import Search, StereoViews
from pipeline.rooms.stereo.windows import NOT_SEEN, Sources, fill_depth_costs, plane_costs

_log = logging.getLogger(__name__)


def improve(
    views: StereoViews,
    index: int,
    sources: Int[np.ndarray, " S"],
    depths: Float32[np.ndarray, "N H W"],
    search: Search,
    state: Float[np.ndarray, "H W 3"],
    cost: Float32[np.ndarray, "H W"],
) -> None:
    """PatchMatch for one photo on ``views.device``; improves ``state`` and ``cost`` in place.

    Args:
        index: of the photo.
        sources: photos that it is compared with.
        depths: inverse depths of all photos, used where ``search.geometric`` > 0.
        state: of every pixel inverse depth and its gradient along x and y.
        cost: of that, 0 to 1.
    """

    def on_device() -> None:
        from pipeline.rooms.stereo import patchmatch_torch as gpu

        shown = gpu.Comparison.of(views, index, sources, depths)
        tensors = gpu.tensor(state, views.device), gpu.tensor(cost, views.device)
        gpu.improve(shown, search, *tensors)
        state[:], cost[:] = (values.cpu().numpy() for values in tensors)

    def on_cpu() -> None:
        others = Sources(
            views.grey,
            views.sizes,
            sources,
            *views.warps(index, sources),
            depths,
            search.geometric,
            search.keep,
        )
        image = np.ascontiguousarray(views.photo(index))
        for iteration in range(-1, search.iterations):
            how = Trials(iteration, search.neighbours, *search.w_range, search.seed)
            sweep(image, others, how, state, cost)

    _run(views.device, on_device, on_cpu)


def costs_of_planes(
    views: StereoViews,
    index: int,
    sources: Int[np.ndarray, " S"],
    planes: Float[np.ndarray, "P 3"],
) -> Float32[np.ndarray, "P h w"]:
    """Cost of planes at every second pixel of a photo, 0 (alike) to 1; ``NOT_SEEN`` where nothing can be said.

    Args:
        planes: inverse depth at pixel (x, y) is ``planes @ (x, y, 1)``.
    """
    half = (views.sizes[index] + 1) // 2
    costs = np.full((len(planes), *half), NOT_SEEN, np.float32)

    def on_device() -> None:
        from pipeline.rooms.stereo import patchmatch_torch as gpu

        shown = gpu.Comparison.of(views, index, sources, np.zeros_like(views.grey))
        found = gpu.tensor(costs, views.device)
        gpu.match_planes(shown, gpu.tensor(planes, views.device), found)
        costs[:] = found.cpu().numpy()

    def on_cpu() -> None:
        warps = views.warps(index, sources)[0]
        others = _photos_only(views.grey, views.sizes, sources, warps)
        plane_costs(np.ascontiguousarray(views.photo(index)), others, planes, costs)

    _run(views.device, on_device, on_cpu)
    return costs


def depth_costs(
    index: int,
    grey: Float32[np.ndarray, "N H W"],
    sizes: Int[np.ndarray, "N 2"],
    sources: Int[np.ndarray, " S"],
    warps: Float[np.ndarray, "S 3 4"],
    inverse_depth: Float[np.ndarray, "h w"],
    slant_x: Float[np.ndarray, "h w"],
    slant_y: Float[np.ndarray, "h w"],
    out: Float32[np.ndarray, "_ _ 2"],
) -> None:
    """Likeness of the photos at a depth map, see :func:`.windows.fill_depth_costs`; always by the CPU.

    Args:
        grey, sizes: all photos, padded to one size, and their heights and widths.
        warps: into the sources.
        out: filled in place, every second pixel.
    """
    height, width = sizes[index]
    image = np.ascontiguousarray(grey[index, :height, :width])
    fill_depth_costs(image, _photos_only(grey, sizes, sources, warps), inverse_depth, slant_x, slant_y, out)


def _photos_only(
    grey: Float32[np.ndarray, "N H W"],
    sizes: Int[np.ndarray, "N 2"],
    sources: Int[np.ndarray, " S"],
    warps: Float[np.ndarray, "S 3 4"],
) -> Sources:
    """Sources whose depths are not compared."""
    return Sources(grey, sizes, sources, warps, warps, grey, 0.0, 1)


def _run(device: str, on_device: Callable[[], None], on_cpu: Callable[[], None]) -> None:
    """On the device; by the CPU where there is none, or where it fails."""
    if device == CPU:
        on_cpu()
        return
    import torch

    try:
        on_device()
    except (torch.OutOfMemoryError, torch.AcceleratorError) as error:
        _log.warning("The GPU cannot be used, the CPU takes over: %s", error)
        on_cpu()
