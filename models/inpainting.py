"""Stable Diffusion inpainting from a local folder or a model id, through diffusers.

Rombach et al. 2022, "High-Resolution Image Synthesis with Latent Diffusion Models"; any pipeline that
``AutoPipelineForInpainting`` knows (SD 1.5, SD 2, SDXL) will do. Only safetensors are read, never pickles.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image

from models.checkpoints import WeightsError


class DeviceOutOfMemory(Exception):
    """The device has too little memory for this picture."""


@dataclass(frozen=True)
class DiffusionSettings:
    """How a hole is painted.

    Attributes:
        prompt, negative_prompt: what the picture shows and must not show.
        steps: denoising steps.
        guidance: classifier-free guidance scale.
        strength: share of the noise schedule that the hole goes through; 1 ignores what was under the mask.
    """

    prompt: str = (
        "interior photo, the same empty wall and floor continue, same colour, same material, same light, "
        "wide-angle real estate photography"
    )
    negative_prompt: str = (
        "new furniture, people, text, logo, watermark, clutter, picture frame, window, door, blur, distortion"
    )
    steps: int = 50
    guidance: float = 8.5
    strength: float = 1.0

    def __post_init__(self) -> None:
        if self.steps < 1 or not 0 < self.strength <= 1 or self.guidance < 0:
            raise ValueError("steps >= 1, 0 < strength <= 1 and guidance >= 0 are needed")
        if int(self.steps * self.strength) < 1:
            raise ValueError(
                f"{self.steps} steps at strength {self.strength} leave no step to do; raise either"
            )


class InpaintingPipeline:
    """A loaded diffusers pipeline.

    Attributes:
        native_px: side of the pictures that the model was trained on.
        multiple_px: sides must be multiples of it.
        device: where it runs.
    """

    def __init__(self, pipe: Any, device: str) -> None:
        self._pipe = pipe
        self.device = device
        self.multiple_px = int(pipe.vae_scale_factor)
        self.native_px = int(pipe.unet.config.sample_size) * self.multiple_px

    @classmethod
    def from_pretrained(cls, source: str | Path, device: str | None = None) -> Self:
        """Load a folder, or a hub id if it is in the local cache or there is a connection.

        Raises:
            WeightsError: not a diffusers folder, incomplete, or not reachable.
            DeviceOutOfMemory: the device cannot hold the model.
        """
        import torch
        from diffusers import AutoPipelineForInpainting
        from diffusers.utils import logging as diffusers_logging

        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        half = device.startswith("cuda")
        options: dict[str, Any] = {
            "use_safetensors": True,
            "dtype": torch.float16 if half else torch.float32,
        }
        folder = Path(source).expanduser()
        if folder.exists() or _looks_like_path(str(source)):
            options |= _folder_options(folder, half=half)
            source = folder
        diffusers_logging.disable_progress_bar()
        try:
            load: Callable[..., Any] = AutoPipelineForInpainting.from_pretrained
            pipe = load(str(source), **options)
            pipe = pipe.to(device)
        except _memory_errors() as error:
            raise DeviceOutOfMemory(f"{device} has too little memory for the model") from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
            if _is_memory_error(error):
                raise DeviceOutOfMemory(f"{device} has too little memory for the model") from error
            raise WeightsError(
                f"{source} cannot be loaded as an inpainting pipeline: {_first_line(error)}",
                "Fetch it again with `python -m pipeline weights fetch stable-diffusion-inpainting`, or name "
                "a complete diffusers folder (model_index.json, and unet, vae, text_encoder in safetensors).",
            ) from error
        pipe.set_progress_bar_config(disable=True)
        if half:
            pipe.enable_attention_slicing()
        return cls(pipe, device)

    def paint(
        self,
        image: UInt8[np.ndarray, "H W 3"],
        mask: Bool[np.ndarray, "H W"],
        settings: DiffusionSettings,
        seed: int,
        on_step: Callable[[float], None] = lambda fraction: None,
    ) -> UInt8[np.ndarray, "H W 3"]:
        """Paint the masked pixels; sides must be multiples of ``multiple_px``. ``on_step`` may raise to stop.

        Raises:
            DeviceOutOfMemory: the picture is too large for the device.
            WeightsError: the model fails on it for another reason.
        """
        import torch

        if any(side % self.multiple_px for side in mask.shape):
            raise ValueError(f"sides must be multiples of {self.multiple_px} px, not {mask.shape}")
        done = max(1, int(settings.steps * settings.strength))

        def report(pipe: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            on_step((step + 1) / done)
            return tensors

        try:
            result = self._pipe(
                prompt=settings.prompt,
                negative_prompt=settings.negative_prompt,
                image=Image.fromarray(image),
                mask_image=Image.fromarray(np.where(mask, 255, 0).astype(np.uint8)),
                height=mask.shape[0],
                width=mask.shape[1],
                num_inference_steps=settings.steps,
                guidance_scale=settings.guidance,
                strength=settings.strength,
                generator=torch.Generator("cpu").manual_seed(seed),
                callback_on_step_end=report,
            )
        except _memory_errors() as error:
            raise DeviceOutOfMemory(f"{self.device} has too little memory for {mask.shape[1]} px") from error
        except (RuntimeError, ValueError, TypeError) as error:
            if _is_memory_error(error):
                raise DeviceOutOfMemory(
                    f"{self.device} has too little memory for {mask.shape[1]} px"
                ) from error
            raise WeightsError(
                f"the inpainting model cannot paint this picture: {_first_line(error)}",
                "Name a folder with a pipeline that inpaints (SD 1.5, SD 2 or SDXL inpainting).",
            ) from error
        painted: UInt8[np.ndarray, "H W 3"] = np.asarray(result.images[0].convert("RGB"), np.uint8)
        return painted


def _looks_like_path(source: str) -> bool:
    """Hub ids are ``owner/name``; anything else is meant as a folder."""
    return source.startswith((".", "/", "~")) or source.count("/") != 1


def _folder_options(folder: Path, *, half: bool) -> dict[str, Any]:
    index = folder / "model_index.json"
    if not index.is_file():
        raise WeightsError(
            f"{folder} has no model_index.json, so it is not a diffusers pipeline.",
            "Name the folder that holds model_index.json, unet/, vae/ and text_encoder/.",
        )
    try:
        parts = json.loads(index.read_text(encoding="utf-8"))
    except ValueError as error:
        raise WeightsError(f"{index} is not readable JSON.", "Fetch the folder again.") from error
    options: dict[str, Any] = {"local_files_only": True}
    if any(folder.rglob("*.fp16.safetensors")):
        options["variant"] = "fp16"
    if "safety_checker" in parts:
        # it blackens pictures it mistrusts, and a wall is never what it looks for
        options |= {"safety_checker": None, "requires_safety_checker": False}
    return options


def _memory_errors() -> tuple[type[BaseException], ...]:
    import torch

    return (MemoryError, torch.cuda.OutOfMemoryError)


def _is_memory_error(error: BaseException) -> bool:
    """PyTorch's CPU allocator (and MPS) say so with a plain RuntimeError."""
    said = str(error).lower()
    return "out of memory" in said or "allocate memory" in said or "not enough memory" in said


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
