"""Students: made from a teacher, and stored so that the backend ``student`` reads them."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from models.fast3r import Fast3R, Fast3RConfig, ViewMaps
from pipeline.distill.losses import LossWeights, Target, distillation_loss
from pipeline.distill.training.experiment import ExperimentError, StudentSettings

STUDENT_FOLDER = "student"


def new_student(settings: StudentSettings, teacher: Fast3R | None, seed: int) -> Fast3R:
    """A student with the parts of the teacher that it copies, the rest fresh by this seed.

    Args:
        settings: what differs from the teacher.
        teacher: ``None``: the published configuration, and no weights.
        seed: of the fresh parts.

    Raises:
        ExperimentError: sizes that do not fit together, or a copied part of another size.
    """
    config = settings.config(teacher.config if teacher is not None else Fast3RConfig())
    torch.manual_seed(seed)
    student = Fast3R(config)
    for part in settings.copied:
        if teacher is None:
            raise ExperimentError(f"there is no teacher to copy the {part} from")
        try:
            student.get_submodule(part).load_state_dict(teacher.get_submodule(part).state_dict())
        except RuntimeError as error:
            reason = str(error).splitlines()[-1].strip()
            raise ExperimentError(
                f"the teacher's {part} has other sizes than the student's: {reason}"
            ) from error
    return student


def save_student(student: Fast3R, folder: Path) -> None:
    """Write ``config.json`` and ``model.safetensors``, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: tensor.contiguous().cpu() for name, tensor in student.state_dict().items()}
    plain = {name: tensor for name, tensor in state.items() if ".scratch.layer_rn." not in name}
    partial = folder / "model.part"
    save_file(plain, partial)
    config = folder / "config.part"
    config.write_text(json.dumps(student.config.to_dict(), indent=2, sort_keys=True), encoding="utf-8")
    config.replace(folder / "config.json")
    partial.replace(folder / "model.safetensors")


class Learner(nn.Module):
    """A student and its loss in one forward pass, so that what the loss leaves out is known to be unused."""

    def __init__(self, student: Fast3R, weights: LossWeights) -> None:
        super().__init__()
        self.student, self.weights = student, weights

    def forward(
        self, views: list[Tensor], target: list[Target], tokens: list[Tensor] | None, seed: int
    ) -> tuple[Tensor, dict[str, float]]:
        """The loss of a batch, and its parts."""
        maps, mine = maps_and_tokens(self.student, views, seed)
        both = (mine, tokens) if tokens is not None else None
        return distillation_loss([_float(view) for view in maps], target, self.weights, tokens=both, seed=seed)


def maps_and_tokens(
    model: Fast3R, views: list[Tensor], seed: int, rows: Tensor | None = None
) -> tuple[list[ViewMaps], list[Tensor]]:
    """A forward pass, and the decoder's last tokens of every view."""
    kept: list[list[list[Tensor]]] = []
    handle = model.decoder.register_forward_hook(lambda _module, _args, out: kept.append(out))
    try:
        maps = model(views, rows, seed=seed)
    finally:
        handle.remove()
    return maps, [levels[-1] for levels in kept[0]]


def _float(view: ViewMaps) -> ViewMaps:
    maps = {name: None if value is None else value.float() for name, value in vars(view).items()}
    return ViewMaps(**maps)  # type: ignore[arg-type]
