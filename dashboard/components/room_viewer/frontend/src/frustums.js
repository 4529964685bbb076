// The cameras of the photos: a wire pyramid each, with the photo at its end.
import {
  BufferAttribute, BufferGeometry, DoubleSide, Group, LineBasicMaterial, LineSegments, Mesh,
  MeshBasicMaterial, Raycaster,
} from "three";
import { loadPhoto } from "./assets.js";

const EDGES = [0, 1, 0, 2, 0, 3, 0, 4, 1, 2, 2, 3, 3, 4, 4, 1];

function pyramid(camera, depth) {
  const [x, y] = [camera.halfWidth * depth, camera.halfHeight * depth];
  return new Float32Array([0, 0, 0, -x, y, -depth, x, y, -depth, x, -y, -depth, -x, -y, -depth]);
}

function picture(camera, depth) {
  const corners = pyramid(camera, depth).subarray(3);
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(corners.slice(), 3));
  geometry.setAttribute("uv", new BufferAttribute(new Float32Array([0, 1, 1, 1, 1, 0, 0, 0]), 2));
  geometry.setIndex([0, 2, 1, 0, 3, 2]);
  return geometry;
}

export class Frustums {
  constructor(onChange) {
    this.group = new Group();
    this.items = [];
    this.onChange = onChange;
    this.raycaster = new Raycaster();
  }

  /** Show these cameras with the photos that have a URL. `depth`: length of a pyramid. */
  fill(cameras, photos, depth, colour) {
    this.clear();
    for (const camera of cameras) {
      const lines = new BufferGeometry();
      lines.setAttribute("position", new BufferAttribute(pyramid(camera, depth), 3));
      lines.setIndex(EDGES);
      const wire = new LineSegments(lines, new LineBasicMaterial({ color: colour, transparent: true }));
      const face = new Mesh(
        picture(camera, depth),
        new MeshBasicMaterial({ color: 0xffffff, side: DoubleSide, transparent: true, opacity: 0.92 }),
      );
      face.userData.id = camera.id;
      const url = photos.get(camera.id)?.thumb;
      face.visible = false;
      if (url) {
        loadPhoto(url, (texture) => {
          face.material.map = texture;
          face.material.needsUpdate = true;
          face.visible = true;
          this.onChange();
        });
      }
      const item = new Group();
      item.matrixAutoUpdate = false;
      item.matrix.copy(camera.matrix);
      item.add(wire, face);
      this.group.add(item);
      this.items.push({ camera, item, wire, face });
    }
    this.group.updateMatrixWorld(true);
  }

  recolour(colour) {
    this.items.forEach(({ wire }) => wire.material.color.set(colour));
  }

  /** Id of the photo under the pointer (normalised device coordinates), or null. */
  pick(pointer, camera) {
    if (!this.group.visible) {
      return null;
    }
    this.raycaster.setFromCamera(pointer, camera);
    const faces = this.items.filter(({ item }) => item.visible).map(({ face }) => face);
    return this.raycaster.intersectObjects(faces, false)[0]?.object.userData.id ?? null;
  }

  /** Hide the pyramids that the viewer stands in: they would fill the picture. */
  hideNear(position, distance) {
    for (const { camera, item } of this.items) {
      item.visible = camera.position.distanceTo(position) > distance;
    }
  }

  highlight(id) {
    for (const { camera, wire, face } of this.items) {
      wire.material.opacity = id && id !== camera.id ? 0.45 : 1;
      face.material.opacity = id && id !== camera.id ? 0.6 : 0.95;
    }
  }

  clear() {
    for (const { wire, face } of this.items) {
      wire.geometry.dispose();
      wire.material.dispose();
      face.geometry.dispose();
      face.material.map?.dispose();
      face.material.dispose();
    }
    this.group.clear();
    this.items = [];
  }
}
