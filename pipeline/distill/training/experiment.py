"""An experiment as a YAML file says it: data, student, loss and optimiser, each checked.

The project's own lie in ``pipeline/distill/experiments`` and go by their name.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.fast3r import Fast3RConfig
from models.fast3r.config import ConfigError
from pipeline.distill.losses import LossWeights

EXPERIMENTS = Path(__file__).parents[1] / "experiments"


class ExperimentError(Exception):
    """An experiment cannot be run; the message says what to change."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class DataSettings(_Part):
    """What is trained on.

    Attributes:
        kind: ``prepared`` shards, or ``made`` rooms.
        folder: of the shards.
        rooms, seed: how many made rooms, and the first one's seed.
        views, width_px, height_px: of made rooms.
        orders: seeded orders of a scene's views that are used in turn, so that the teacher's maps can be kept;
            0: a new one in every epoch, nothing is kept.
        held_out: scenes that are measured with.
        workers: processes that read or draw.
    """

    kind: Literal["prepared", "made"] = "prepared"
    folder: Path = Path("data/scannetpp")
    rooms: int = Field(4000, ge=1)
    seed: int = Field(0, ge=0)
    views: int = Field(5, ge=1)
    width_px: int = Field(256, ge=32, multiple_of=16)
    height_px: int = Field(192, ge=32, multiple_of=16)
    orders: int = Field(1, ge=0)
    held_out: int = Field(40, ge=1)
    workers: int = Field(2, ge=0)


class StudentSettings(_Part):
    """The student: the teacher's configuration with some fields changed.

    Attributes:
        encoder, decoder, head: fields of ``encoder_args``, ``decoder_args``, ``head_args`` that differ.
        copied: parts whose weights are the teacher's at the start; the rest is fresh.
    """

    encoder: dict[str, Any] = {}
    decoder: dict[str, Any] = {}
    head: dict[str, Any] = {}
    copied: tuple[Literal["encoder", "decoder"], ...] = ()

    def config(self, teacher: Fast3RConfig) -> Fast3RConfig:
        """The student's configuration.

        Raises:
            ExperimentError: fields that no Fast3R has, or that do not fit together.
        """
        raw = teacher.to_dict()
        for name in ("encoder", "decoder", "head"):
            raw[f"{name}_args"] |= getattr(self, name)
        try:
            return Fast3RConfig.from_dict(raw)
        except (ConfigError, TypeError) as error:
            raise ExperimentError(f"student: {error}") from error


class LossSettings(_Part):
    """Shares of :class:`pipeline.distill.losses.LossWeights`."""

    relations: float = Field(1.0, ge=0)
    mode: Literal["seed", "points"] = "points"
    tokens: float = Field(0.0, ge=0)
    global_points: float = Field(2.0, ge=0)
    local_points: float = Field(1.0, ge=0)
    confidence: float = Field(0.001, ge=0)

    def weights(self) -> LossWeights:
        """As the loss takes them."""
        return LossWeights(**self.model_dump())


class OptimiserSettings(_Part):
    """AdamW and its schedule.

    Attributes:
        epochs: how often all scenes are seen.
        learning_rate, warmup_epochs, decay, least_rate: see :func:`pipeline.distill.training.schedule.rate`.
        weight_decay, betas: of AdamW.
        batch_size: scenes that the loss sees together.
        accumulation: such batches for one step, shared by the processes.
        clip: greatest norm of the gradient.
        precision: of the student's forward pass on a GPU; a CPU always works in float32.
    """

    epochs: int = Field(30, ge=1)
    learning_rate: float = Field(1e-4, gt=0)
    warmup_epochs: float = Field(5, ge=0)
    decay: Literal["cosine", "none"] = "cosine"
    least_rate: float = Field(1e-6, ge=0)
    weight_decay: float = Field(0.05, ge=0)
    betas: tuple[float, float] = (0.9, 0.95)
    batch_size: int = Field(4, ge=1)
    accumulation: int = Field(8, ge=1)
    clip: float = Field(1.0, gt=0)
    precision: Literal["bf16", "fp16", "no"] = "bf16"


class Experiment(_Part):
    """A whole training.

    Attributes:
        name: of the experiment.
        about: what it is for, one sentence.
        seed: of fresh weights and of every order.
        teacher: folder or hub id of a Fast3R, whose configuration and weights the student starts from; empty:
            the published configuration, no weights.
        targets: what is learnt: the ``teacher``'s maps, or the ``truth`` of made rooms.
        report_steps, check_steps: steps between lines of the curve; between checkpoints with validations.
    """

    name: str
    about: str = ""
    seed: int = Field(0, ge=0)
    teacher: str = "jedyang97/Fast3R_ViT_Large_512"
    targets: Literal["teacher", "truth"] = "teacher"
    data: DataSettings = DataSettings()
    student: StudentSettings = StudentSettings()
    loss: LossSettings = LossSettings()
    optimiser: OptimiserSettings = OptimiserSettings()
    report_steps: int = Field(10, ge=1)
    check_steps: int = Field(1000, ge=1)

    @model_validator(mode="after")
    def _fits(self) -> "Experiment":
        if self.targets == "truth" and (self.data.kind != "made" or self.loss.tokens):
            raise ValueError("targets 'truth' needs data of kind 'made', and has no tokens")
        if not self.teacher and (self.targets == "teacher" or self.student.copied):
            raise ValueError("without a teacher, targets must be 'truth' and nothing can be copied")
        return self


def load_experiment(source: str | Path, changes: dict[str, Any] | None = None) -> Experiment:
    """Read an experiment.

    Args:
        source: name of one of the project's own, or a file.
        changes: values by dotted field, such as ``{"optimiser.epochs": 2}``.

    Raises:
        ExperimentError: no such experiment, no YAML, or fields that are unknown or wrong.
    """
    file = Path(source)
    if file.suffix not in (".yaml", ".yml"):
        file = EXPERIMENTS / f"{source}.yaml"
    if not file.is_file():
        raise ExperimentError(f"there is no experiment {source}; known are {', '.join(known_experiments())}")
    raw = _parsed(file)
    for dotted, value in (changes or {}).items():
        _set(raw, dotted.split("."), value)
    try:
        return Experiment.model_validate(raw)
    except (ValidationError, ValueError) as error:
        raise ExperimentError(f"{file}: {error}") from error


def known_experiments() -> list[str]:
    """Names of the project's own experiments."""
    return sorted(file.stem for file in EXPERIMENTS.glob("*.yaml"))


def parsed_value(text: str) -> Any:
    """A value of the command line as YAML reads it.

    Raises:
        ExperimentError: it is none.
    """
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ExperimentError(f"{text!r} is no value: {error}") from error


def _parsed(file: Path) -> dict[str, Any]:
    import yaml

    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ExperimentError(f"{file} is no YAML: {error}") from error
    if not isinstance(raw, dict):
        raise ExperimentError(f"{file} holds no fields")
    return raw


def _set(raw: dict[str, Any], path: list[str], value: Any) -> None:
    for name in path[:-1]:
        raw = raw.setdefault(name, {})
        if not isinstance(raw, dict):
            raise ExperimentError(f"{name} has no fields below it")
    raw[path[-1]] = value
