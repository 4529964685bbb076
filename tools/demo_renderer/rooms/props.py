"""Small things that both rooms use."""

from tools.demo_renderer.geometry import turned_shape
from tools.demo_renderer.rooms import plants_and_lamps as soft
from tools.demo_renderer.scene import Kind, Material, SceneBuilder


def potted_plant(
    room: SceneBuilder, place: tuple[float, float, float], height: float, stems: int, leaves: int,
    leaf_m: tuple[float, float], spread: float, pot_m: float, seed: int,
) -> None:  # fmt: skip
    """A leafy plant in a glazed pot: ``leaf_m`` is (length, width), ``pot_m`` the radius of the pot."""
    x, y, z = place
    glaze = Material(
        Kind.PAINT, ("#c9b79c", "#e8e3d8", "#5c6f73")[seed % 3], contrast=2.0, gloss=0.2, seed=seed
    )
    room.add(glaze, soft.pot(pot_m, 1.7 * pot_m).at(x, y, z))
    room.add(soft.SOIL, turned_shape([(pot_m * 0.9, 0.0), (0.001, 0.012)], 18).at(x, y, z + 1.5 * pot_m))
    blades, canes = soft.leafy_plant(height, stems, leaves, leaf_m, spread, seed)
    for k, blade in enumerate(blades):
        room.add(soft.GREENS[(k * 7 + seed) % len(soft.GREENS)], blade.at(x, y, z + 1.5 * pot_m))
    room.add(soft.STEM, canes.at(x, y, z + 1.5 * pot_m))
