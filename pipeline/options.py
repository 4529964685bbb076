"""What a user may choose for one analysis."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pipeline.rooms import backends

LayoutName = Literal["auto", "geometric", "st_roomnet"]
ViewRule = Literal["gain", "original"]
InpainterName = Literal["auto", "planar", "diffusion", "opencv"]


class AnalysisOptions(BaseModel):
    """Choices of one analysis; part of what decides whether work was done before.

    Attributes:
        rooms: whether to reconstruct rooms.
        reviews: whether to read reviews.
        backend: reconstruction backend; ``auto`` takes the best one that is installed.
        new_views: most views to generate of what no photo of a room shows; 0 switches it off.
        view_rule: what chooses them: the unseen area they show, or the original's rule for three photos.
        layout: what tells floor, ceiling and walls; ``auto`` takes the best one that is installed.
        depth_prior: what guesses the depth of a photo: ``None`` for the best in place, ``eye``, a key of the
            weights, a folder, or a model of the Hugging Face hub.
        inpainter: what fills them; ``auto`` takes the best one that is installed.
        inpainting_steps, inpainting_guidance: of the diffusion model.
        inpainting_prompt: what its pictures shall show; ``None``: the same walls and floor go on.
        seed: seed of everything random.
        reviews_file: reviews (CSV, JSON, Inside Airbnb) to read beside a photo folder.
        rooms_file: JSON of rooms by hand (``{"Kitchen": ["a.jpg"]}``), over those that the source names.
        review_settings: JSON file with aspects and sentence model (see ``pipeline/reviews/settings.py``).
        listing: listing id or URL to take out of an Inside Airbnb file.
        title: shown instead of the source's title.
        visible: whether to show the browser that collects an Airbnb listing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rooms: bool = True
    reviews: bool = True
    backend: Annotated[str, AfterValidator(backends.check_name)] = backends.AUTO
    new_views: int = Field(default=5, ge=0, le=24)
    view_rule: ViewRule = "gain"
    layout: LayoutName = "auto"
    depth_prior: str | None = None
    inpainter: InpainterName = "auto"
    inpainting_steps: int = Field(default=50, ge=1, le=500)
    inpainting_guidance: float = Field(default=8.5, ge=0, le=50)
    inpainting_prompt: str | None = None
    seed: int = Field(default=0, ge=0, lt=2**32)
    reviews_file: str | None = None
    rooms_file: str | None = None
    review_settings: str | None = None
    listing: str | None = None
    title: str | None = None
    visible: bool = False
