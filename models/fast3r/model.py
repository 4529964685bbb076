"""Fast3R: encoder, fusion decoder and two dense heads in one module."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from models.checkpoints import load_strictly
from models.fast3r.config import Fast3RConfig
from models.fast3r.decoder import IMAGE_INDEX_ROWS, Decoder, draw_image_indices
from models.fast3r.dpt import DptHead
from models.fast3r.encoder import Encoder
from models.fast3r.loading import find_files, folder_from_hub, read_config, read_state
from models.fast3r.postprocess import to_confidence, to_points

Precision = Literal["auto", "float32", "bfloat16", "float16"]
#: Told the share of the forward pass that is done, 0 to 1; raises to stop it.
Report = Callable[[float], None]
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunOptions:
    """How a forward pass is run; none of it changes the result beyond rounding.

    Attributes:
        images_in_flight: images that the encoder takes at a time.
        head_views_in_flight: images that a head takes at a time.
        precision: of encoder and decoder at inference; ``auto`` is bfloat16 (else float16) autocast on a GPU
            and float32 on a CPU. Heads and point maps are always float32.
        output_device: where the maps are put; ``None`` leaves them on the model's device.
    """

    images_in_flight: int = 16
    head_views_in_flight: int = 4
    precision: Precision = "auto"
    output_device: torch.device | str | None = None

    def __post_init__(self) -> None:
        if min(self.images_in_flight, self.head_views_in_flight) < 1:
            raise ValueError("images_in_flight and head_views_in_flight must be at least 1")
        if self.precision not in ("auto", "float32", "bfloat16", "float16"):
            raise ValueError(f"precision {self.precision!r} is unknown; use auto, float32, bfloat16 or float16")


@dataclass(frozen=True)
class ViewMaps:
    """What Fast3R says about one view.

    Attributes:
        pts3d_in_other_view: points in the camera frame of the first view, up to scale.
        conf: their confidence (published configuration: above 1).
        pts3d_local: points in the view's own camera frame; ``None`` without a local head.
        conf_local: their confidence.
    """

    pts3d_in_other_view: Float[Tensor, "B H W 3"]
    conf: Float[Tensor, "B H W"] | None
    pts3d_local: Float[Tensor, "B H W 3"] | None
    conf_local: Float[Tensor, "B H W"] | None


class Fast3R(nn.Module):
    """Point maps of many views in one pass."""

    def __init__(self, config: Fast3RConfig | None = None) -> None:
        super().__init__()
        self.config = config or Fast3RConfig()
        self.encoder = Encoder(self.config.encoder)
        self.decoder = Decoder(self.config.decoder)
        self.downstream_head = DptHead(self.config)
        self.downstream_head_local = DptHead(self.config) if self.config.head.with_local_head else None
        if self.config.freeze == "encoder":
            self.encoder.requires_grad_(False)

    @classmethod
    def from_pretrained(
        cls,
        source: str | Path,
        *,
        device: torch.device | str = "cpu",
        revision: str | None = None,
        allow_download: bool = True,
    ) -> Self:
        """Load weights for inference, strictly and without holding them twice.

        The published weights are under the FAIR non-commercial research licence.

        Args:
            source: folder (``config.json`` and ``model.safetensors`` or a checkpoint), a checkpoint file
                (``.safetensors``, ``.pth``, ``.pt``, Lightning's ``.ckpt``), or a hub id ``owner/name``.
            device: where the model is put.
            revision: commit, branch or tag of a hub id.
            allow_download: whether a hub id may be fetched.

        Raises:
            WeightsError: what is missing, damaged or does not fit (see :mod:`models.checkpoints`).
        """
        place = Path(source)
        if not place.exists() and isinstance(source, str):
            _LOG.warning("%s: published Fast3R weights are for non-commercial research only (FAIR NC)", source)
            place = folder_from_hub(source, revision, allow_download)
        weights, config_file = find_files(place)
        state = read_state(weights)
        shapes = {name: tuple(tensor.shape) for name, tensor in state.items()}
        config = read_config(config_file, shapes, weights)
        with torch.device("meta"):
            model = cls(config)
        load_strictly(model, state, weights)
        return model.eval().requires_grad_(False).to(device)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.decoder.decoder_embed.weight.device

    def compile_blocks(self) -> Self:
        """Compile every transformer block with ``torch.compile`` (worth it for many rooms on one GPU)."""
        for block in (*self.encoder.enc_blocks, *self.decoder.dec_blocks):
            block.compile(dynamic=True)
        return self

    def forward(
        self,
        views: Sequence[Float[Tensor, "B 3 _ _"]],
        image_indices: Int[Tensor, "B V"] | None = None,
        *,
        seed: int = 0,
        options: RunOptions | None = None,
        report: Report = lambda done: None,
    ) -> list[ViewMaps]:
        """Reconstruct the views together.

        Args:
            views: images in [-1, 1], sides multiples of the patch size; views may differ in size.
            image_indices: row of the image-index table for each element and view, 0 to 999. Default: the
                first view gets row 0, the others random distinct rows (in order, if the configuration
                switches randomness off).
            seed: for these random rows.
            options: how to run it.
            report: told how far it is.

        Raises:
            ValueError: views or indices that cannot be used.
        """
        options = options or RunOptions()
        self._check_views(views)
        rows = self._image_indices(image_indices, len(views[0]), len(views), seed)
        depth = self.config.decoder.depth
        with self._autocast(options.precision):
            encoded = self._encode(views, options.images_in_flight, lambda done: report(0.4 * done))
            levels = self.decoder(encoded, rows, lambda block: report(0.4 + 0.4 * block / depth))
        del encoded
        return self._maps(views, levels, options, lambda done: report(0.8 + 0.2 * done))

    def _check_views(self, views: Sequence[Tensor]) -> None:
        patch = self.config.encoder.patch_size
        if not views:
            raise ValueError("Fast3R needs at least one view")
        if len(views) > IMAGE_INDEX_ROWS:
            raise ValueError(
                f"Fast3R tells at most {IMAGE_INDEX_ROWS} views apart, got {len(views)}; choose some"
            )
        for number, view in enumerate(views):
            if (
                view.ndim != 4
                or view.shape[1] != 3
                or not view.is_floating_point()
                or len(view) != len(views[0])
            ):
                raise ValueError(
                    f"view {number} is {view.dtype} {tuple(view.shape)}; "
                    f"expected floats ({len(views[0])}, 3, H, W)"
                )
            height, width = view.shape[2:]
            if not height or not width or height % patch or width % patch:
                raise ValueError(f"view {number} is {height} x {width}; sides must be multiples of {patch}")
            if self.config.encoder.patch_embed_cls == "ManyAR_PatchEmbed" and height > width:
                raise ValueError(
                    f"view {number} is portrait, which patch_embed_cls ManyAR_PatchEmbed cannot take; "
                    "set it to PatchEmbedDust3R in config.json (the weights are the same)"
                )

    def _image_indices(self, given: Tensor | None, batch: int, views: int, seed: int) -> Tensor:
        if given is None:
            if self.config.decoder.random_image_idx_embedding:
                return draw_image_indices(batch, views, seed)
            return torch.arange(views).expand(batch, views)
        if given.is_floating_point() or tuple(given.shape) != (batch, views):
            raise ValueError(
                f"image_indices is {given.dtype} {tuple(given.shape)}; expected ({batch}, {views})"
            )
        if int(given.min()) < 0 or int(given.max()) >= IMAGE_INDEX_ROWS:
            raise ValueError(f"image_indices must lie between 0 and {IMAGE_INDEX_ROWS - 1}")
        return given.to(torch.int64)

    def _autocast(self, precision: Precision) -> AbstractContextManager[object]:
        kind = self.device.type
        if precision == "float32" or self.training or (precision == "auto" and kind == "cpu"):
            return nullcontext()
        dtype = torch.float16 if precision == "float16" else torch.bfloat16
        if (
            precision == "auto"
            and kind == "cuda"
            and not torch.cuda.is_bf16_supported(including_emulation=False)
        ):
            dtype = torch.float16
        return torch.autocast(kind, dtype=dtype)

    def _encode(self, views: Sequence[Tensor], at_a_time: int, report: Report) -> list[Tensor]:
        weight = self.decoder.decoder_embed.weight
        encoded = []
        for group in _groups(views, max(1, at_a_time // len(views[0]))):
            images = torch.cat([view.to(weight.device, weight.dtype) for view in group])
            tokens = torch.cat([self.encoder(part) for part in torch.split(images, at_a_time)])
            encoded += list(tokens.chunk(len(group)))
            report(len(encoded) / len(views))
        return encoded

    def _maps(
        self, views: Sequence[Tensor], levels: list[list[Tensor]], options: RunOptions, report: Report
    ) -> list[ViewMaps]:
        maps: list[ViewMaps] = []
        at_a_time = options.head_views_in_flight
        for group in _groups(views, max(1, at_a_time // len(views[0]))):
            size = group[0].shape[2:]
            mine = levels[len(maps) : len(maps) + len(group)]
            tokens = [torch.cat([view[hook] for view in mine]).to(self._dtype) for hook in range(4)]
            parts = list(zip(*(torch.split(hook, at_a_time) for hook in tokens), strict=True))
            points, confidence = self._dense(self.downstream_head, parts, size, options)
            local, local_confidence = None, None
            if self.downstream_head_local is not None:
                local, local_confidence = self._dense(self.downstream_head_local, parts, size, options)
            batch = len(views[0])
            for view in range(len(group)):
                mine_only = slice(view * batch, (view + 1) * batch)
                maps.append(
                    ViewMaps(
                        pts3d_in_other_view=points[mine_only],
                        conf=None if confidence is None else confidence[mine_only],
                        pts3d_local=None if local is None else local[mine_only],
                        conf_local=None if local_confidence is None else local_confidence[mine_only],
                    )
                )
            report(len(maps) / len(views))
        return maps

    @property
    def _dtype(self) -> torch.dtype:
        return self.decoder.decoder_embed.weight.dtype

    def _dense(
        self, head: DptHead, parts: Sequence[tuple[Tensor, ...]], size: torch.Size, options: RunOptions
    ) -> tuple[Tensor, Tensor | None]:
        """Points and confidence of one group of views by one head, chunk by chunk."""
        config, (height, width) = self.config.head, size
        place = options.output_device or self.device
        points, confidences = [], []
        for tokens in parts:
            raw = head(tokens, height, width)
            if config.landscape_only and height > width:
                raw = raw.transpose(2, 3)
            points.append(to_points(raw[:, :3], config.depth_mode).to(place))
            if config.conf_mode is not None:
                confidences.append(to_confidence(raw[:, 3], config.conf_mode).to(place))
        return torch.cat(points), torch.cat(confidences) if confidences else None


def _groups(views: Sequence[Tensor], at_most: int) -> Iterator[list[Tensor]]:
    """Neighbouring views of one size, at most so many together."""
    group: list[Tensor] = []
    for view in views:
        if group and (len(group) == at_most or view.shape != group[0].shape):
            yield group
            group = []
        group.append(view)
    if group:
        yield group
