// From which side a room shows the fronts of its furniture: what no photo saw has no surface, and is seen from behind.
import { Vector3 } from "three";

const SAMPLES = 40000;
// share of the box along its sides and bottom that belongs to walls and floor
const WALLS = 0.08;
const BEHIND = 2;

/** Area vectors (half the cross product of two edges) of triangles within the box, away from walls and floor. */
export function innerAreas(scene, box) {
  const inner = box.clone();
  const inset = box.getSize(new Vector3()).multiplyScalar(WALLS);
  inner.min.add(inset);
  inner.max.sub(inset);
  const areas = [];
  const corners = [new Vector3(), new Vector3(), new Vector3()];
  scene.updateMatrixWorld(true);
  scene.traverse((node) => {
    const positions = node.isMesh && node.geometry?.attributes.position;
    if (!positions) {
      return;
    }
    const order = node.geometry.index;
    const count = Math.floor((order ?? positions).count / 3);
    const step = Math.max(1, Math.floor(count / SAMPLES));
    for (let triangle = 0; triangle < count; triangle += step) {
      corners.forEach((corner, k) => {
        const vertex = order ? order.getX(3 * triangle + k) : 3 * triangle + k;
        corner.fromBufferAttribute(positions, vertex).applyMatrix4(node.matrixWorld);
      });
      if (inner.containsPoint(corners[0])) {
        const [a, b, c] = corners;
        areas.push(b.clone().sub(a).cross(c.clone().sub(a)).multiplyScalar(step / 2));
      }
    }
  });
  return areas;
}

/** The direction towards the viewer, of those given, from which most fronts and fewest backs are seen. */
export function bestSide(areas, directions) {
  const score = (direction) =>
    areas.reduce((sum, area) => {
      const facing = area.dot(direction);
      return sum + (facing > 0 ? facing : BEHIND * facing);
    }, 0);
  const scores = directions.map(score);
  return directions[scores.indexOf(Math.max(...scores))];
}
