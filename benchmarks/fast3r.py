"""Fast3R on this machine: seconds and memory of the forward pass, and of loading a full-size file.

::

    python -m benchmarks.fast3r forward                        # 3 views of 256 x 192, published configuration
    python -m benchmarks.fast3r forward --views 2 8 32 100 320 --size 512 384 --device cuda
    python -m benchmarks.fast3r load                           # writes a 2.6 GB file below the temporary folder

Weights are random: neither time nor memory depends on their values.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from benchmarks.records.recorder import Recorder, add_options

if TYPE_CHECKING:
    from models.fast3r import Fast3R, Fast3RConfig

#: Seconds of the reference implementation: 3 views of 256 x 192 on 2 cores with its fastest working attention.
REFERENCE_CPU_S = 39.0
#: Seconds and GiB that the paper gives (A100, 512 x 384), by number of views.
PAPER = {
    2: (0.065, 3.8),
    8: (0.122, 6.3),
    32: (0.509, 13.3),
    48: (0.84, 20.8),
    100: (4.0, None),
    320: (15.9, 41.9),
}
STUDENT_DIMS = (48, 96, 192, 384)


def random_model(config: Fast3RConfig, device: str, seed: int = 0) -> Fast3R:
    """A model with plausible random weights, made where it is used."""
    import torch

    from models.fast3r import Fast3R

    with torch.device("meta"):
        model = Fast3R(config)
    model = model.to_empty(device=device).eval().requires_grad_(False)
    torch.manual_seed(seed)
    for name, weight in model.named_parameters():
        if weight.ndim > 1:
            weight.normal_(0.0, 0.02)
        else:
            weight.fill_(1.0 if "norm" in name and name.endswith("weight") else 0.0)
    return model


def _config(student: bool) -> Fast3RConfig:
    from models.fast3r import Fast3RConfig, HeadConfig

    return Fast3RConfig(head=HeadConfig(layer_dims=STUDENT_DIMS)) if student else Fast3RConfig()


def forward(arguments: argparse.Namespace) -> None:
    """Time the forward pass for each number of views."""
    import torch

    from models.fast3r import RunOptions

    torch.set_num_threads(arguments.threads)
    on_gpu = arguments.device.startswith("cuda")
    model = random_model(_config(arguments.student), arguments.device)
    if arguments.compile:
        model.compile_blocks()
    width, height = arguments.size
    options = RunOptions(16, 8, output_device="cpu") if on_gpu else RunOptions()
    where = torch.cuda.get_device_name(0) if on_gpu else f"{arguments.threads} CPU threads"
    print(f"{width} x {height}, {where}, load average {os.getloadavg()[0]:.1f}")
    print(f"{'views':>6} {'seconds':>9} {'CPU s':>7} {'views/s':>8} {'GiB':>6}   beside")
    for count in arguments.views:
        views = [torch.rand(1, 3, height, width) * 2 - 1 for _ in range(count)]
        best, cpu_s = float("inf"), float("inf")
        for _ in range(arguments.repeats):
            if on_gpu:
                torch.cuda.reset_peak_memory_stats()
                torch.cuda.synchronize()
            began, cpu_began = time.perf_counter(), time.process_time()
            with torch.inference_mode():
                model(views, options=options)
            if on_gpu:
                torch.cuda.synchronize()
            best = min(best, time.perf_counter() - began)
            cpu_s = min(cpu_s, time.process_time() - cpu_began)
        gib = (torch.cuda.max_memory_allocated() if on_gpu else _peak_bytes()) / 2**30
        beside = _beside(count, (width, height), on_gpu)
        arguments.recorder.add(
            {
                "what": "forward",
                "views": count,
                "s": best,
                "cpu_s": cpu_s,
                "views_per_s": count / best,
                "gib": gib,
            }
        )
        print(f"{count:>6} {best:>9.3f} {cpu_s:>7.1f} {count / best:>8.2f} {gib:>6.2f}   {beside}")


def _beside(count: int, size: tuple[int, int], on_gpu: bool) -> str:
    if count == 3 and size == (256, 192) and not on_gpu:
        return f"reference implementation {REFERENCE_CPU_S:.0f} s; bar {REFERENCE_CPU_S / 2:.1f} s"
    if count in PAPER and size == (512, 384):
        seconds, gib = PAPER[count]
        return f"paper (A100) {seconds} s" + (f", {gib} GiB" if gib else "")
    return ""


def _peak_bytes() -> int:
    """Greatest resident memory of this process so far."""
    import resource

    kilo = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * kilo


def load(arguments: argparse.Namespace) -> None:
    """Write a full-size file in the published layout and load it in a fresh process."""
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        size = write_published(folder, arguments.student)
        print(f"file: {size / 1e9:.3f} GB")
        code = "import sys; from benchmarks.fast3r import load_once; load_once(sys.argv[1])"
        output = subprocess.run(
            [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
        )
        figures = json.loads(output.stdout.splitlines()[-1])
        for what, peak in (("loading", figures["peak"]), ("reading every number", figures["peak_read"])):
            print(f"peak after {what}: {peak / 1e9:.3f} GB = {peak / size:.2f} x file")
        ratios = {name: figures[name] / size for name in ("peak", "peak_read")}
        arguments.recorder.add({"what": "load", "file_gb": size / 1e9, "s": figures["seconds"], **ratios})
        print(f"loading took {figures['seconds']:.2f} s")


def write_published(folder: Path, student: bool) -> int:
    """Write ``config.json`` and ``model.safetensors`` without the aliases; returns the size of the latter."""
    from safetensors.torch import save_file

    config = _config(student)
    model = random_model(config, "cpu")
    state = {name: tensor for name, tensor in model.state_dict().items() if ".layer_rn." not in name}
    save_file(state, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config.to_dict(), indent=2), encoding="utf-8")
    return (folder / "model.safetensors").stat().st_size


def load_once(folder: str) -> None:
    """Load, report the peak of resident memory, then touch every weight and report it again."""
    import torch

    from models.fast3r import Fast3R

    torch.set_num_threads(1)
    began = time.perf_counter()
    model = Fast3R.from_pretrained(folder)
    figures = {"seconds": time.perf_counter() - began, "peak": float(_peak_bytes())}
    total = sum(float(weight.sum()) for weight in model.parameters())
    figures |= {"peak_read": float(_peak_bytes()), "sum": total}
    print(json.dumps(figures))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("forward", help="time and memory of the forward pass")
    one.add_argument("--views", type=int, nargs="+", default=[3], help="numbers of views")
    one.add_argument("--size", type=int, nargs=2, default=(256, 192), metavar=("WIDTH", "HEIGHT"))
    one.add_argument("--device", default="cpu", help="cpu or cuda")
    one.add_argument("--threads", type=int, default=psutil.cpu_count(logical=False) or 1)
    one.add_argument("--repeats", type=int, default=2)
    one.add_argument("--compile", action="store_true", help="compile the transformer blocks")
    one.add_argument("--student", action="store_true", help="heads of half the width")
    one.set_defaults(run=forward)
    two = commands.add_parser("load", help="memory while a full-size file is loaded")
    two.add_argument("--folder", default=None, help="where to write the file (default: temporary folder)")
    two.add_argument("--student", action="store_true", help="heads of half the width")
    two.set_defaults(run=load)
    for command in (one, two):
        add_options(command)
    arguments = parser.parse_args()
    arguments.recorder = Recorder.of("fast3r", ["what", "views"], arguments)
    arguments.run(arguments)


if __name__ == "__main__":
    main()
