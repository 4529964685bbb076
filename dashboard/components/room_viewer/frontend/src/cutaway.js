// Looking into a room from outside: a wall on this side is not drawn, and what hangs on it would be seen from behind.
import { Plane, Vector3 } from "three";

// in units of the viewer, about a metre
const SIDE = 0.4;
const TOP = 0.15;

/** Planes that cut off a strip of the box along each side that the position is beyond; none from within. */
export function cutaway(box, position, unit) {
  const planes = [];
  const cut = (axis, sign, depth) => {
    const edge = sign > 0 ? box.max[axis] : -box.min[axis];
    if (sign * position[axis] > edge) {
      const normal = new Vector3();
      normal[axis] = -sign;
      planes.push(new Plane(normal, edge - depth * unit));
    }
  };
  for (const axis of ["x", "z"]) {
    cut(axis, 1, SIDE);
    cut(axis, -1, SIDE);
  }
  cut("y", 1, TOP);
  return planes;
}
