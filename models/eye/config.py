"""Sizes of the eye, checked."""

from dataclasses import dataclass

#: sides of a pixel, in the order of the logits
SIDES = ("floor", "ceiling", "wall", "thing", "opening", "mirror")


@dataclass(frozen=True)
class EyeConfig:
    """Sizes of the network.

    Attributes:
        widths: channels at 1/2, 1/4, 1/8, 1/16 and 1/32 of the picture.
        depths: residual blocks on each of these levels.
        decoder: channels of the way back at 1/16, 1/8, 1/4 and 1/2.
        full: channels at full size.
        groups: of the normalisation; divides all widths.
        lens: width of the head for focal length and horizon.
    """

    widths: tuple[int, int, int, int, int] = (32, 56, 96, 160, 176)
    depths: tuple[int, int, int, int, int] = (1, 2, 3, 2, 1)
    decoder: tuple[int, int, int, int] = (112, 80, 56, 40)
    full: int = 16
    groups: int = 8
    lens: int = 96

    def __post_init__(self) -> None:
        if len(self.widths) != 5 or len(self.depths) != 5 or len(self.decoder) != 4:
            raise ValueError("widths and depths are of five levels, decoder is of four")
        sizes = (*self.widths, *self.depths, *self.decoder, self.full, self.groups, self.lens)
        if any(isinstance(size, bool) or not isinstance(size, int) or size < 1 for size in sizes):
            raise ValueError("all sizes must be whole numbers of at least 1")
        odd = [size for size in (*self.widths, *self.decoder, self.full) if size % self.groups]
        if odd:
            raise ValueError(f"{odd} cannot be divided into {self.groups} groups")
