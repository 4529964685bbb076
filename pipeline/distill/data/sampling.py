"""Which photos of a room are looked at together, and in which order."""

import numpy as np

#: rooms with fewer photos are left out
LEAST_PHOTOS = 20
VIEWS = 5
_BLOCKS = 4


def sets_of_five(photos: int) -> list[tuple[int, ...]]:
    """The original's sets: five photos, a twentieth of the room's photos apart, from the second photo on.

    Args:
        photos: how many the room has, sorted by number.

    Returns:
        Positions of the photos of each set: 3, 7, 19, 59, 119 sets of 20, 40, 100, 300, 600 photos; none below
        :data:`LEAST_PHOTOS`. No photo is in two sets.

    Raises:
        ValueError: a negative number.
    """
    if photos < 0:
        raise ValueError(f"a room cannot have {photos} photos")
    interval = photos // LEAST_PHOTOS
    starts = (1 + block * VIEWS * interval + offset for block in range(_BLOCKS) for offset in range(interval))
    sets = (tuple(range(start, start + VIEWS * interval, interval)) for start in starts)
    return [chosen for chosen in sets if chosen[-1] < photos]


def strided_set(photos: int, stride: int, start: int, views: int = VIEWS) -> tuple[int, ...]:
    """Positions of ``views`` photos a stride apart.

    Raises:
        ValueError: it runs past the last photo.
    """
    chosen = tuple(start + step * stride for step in range(views))
    if stride < 1 or start < 0 or chosen[-1] >= photos:
        raise ValueError(f"{views} photos {stride} apart from {start} on do not fit into {photos}")
    return chosen


def view_order(key: str, number: int, views: int, seed: int) -> tuple[int, ...]:
    """One of a scene's seeded orders; its first view is the reference of the scene.

    Args:
        key: of the scene.
        number: which of its orders.
        views: how many it has.
        seed: of the training.
    """
    rng = np.random.default_rng([seed, number, *key.encode()])
    return tuple(int(view) for view in rng.permutation(views))
