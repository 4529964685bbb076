// Where each part of a room comes from: shown, hidden, or in colour. The GLB says it for every primitive
// (`extras.source`, a name) or for every vertex (attribute `_SOURCE`, a number); where it does not, nothing happens.
import { Color } from "three";
import { key } from "./words.js";

/** In the order of their numbers in the file, which start at 1. */
export const KINDS = [
  { name: "measured", label: key("Measured in photos"), colour: "#1d8a7f" },
  { name: "inferred", label: key("Inferred from the layout"), colour: "#d99a3d" },
  { name: "generated", label: key("Generated"), colour: "#c2566b" },
];

const DECLARE = "#include <common>\nflat varying float vSource;";
const DECLARE_VERTEX = `${DECLARE}\nattribute float _source;\nuniform float uKind;`;
const DECLARE_FRAGMENT = `${DECLARE}\nuniform float uShown[3];\nuniform vec3 uColours[3];\nuniform float uTint;`;
const SET = "#include <begin_vertex>\n  vSource = uKind > 0.5 ? uKind : _source;";
const APPLY = `#include <color_fragment>
  int kind = int(vSource + 0.5) - 1;
  if (kind >= 0 && kind < 3) {
    if (uShown[kind] < 0.5) discard;
    float light = dot(diffuseColor.rgb, vec3(0.2126, 0.7152, 0.0722));
    diffuseColor.rgb = mix(diffuseColor.rgb, uColours[kind] * (0.3 + sqrt(light)), 0.8 * uTint);
  }`;

const indexOf = (name) => KINDS.findIndex((kind) => kind.name === name);

/** Kinds of the vertices that are drawn. */
function kindsIn({ index, attributes: { _source: numbers } }) {
  const found = new Set();
  const count = index ? index.count : numbers.count;
  for (let place = 0; place < count; place += 1) {
    found.add(KINDS[Math.round(numbers.getX(index ? index.getX(place) : place)) - 1]?.name);
  }
  found.delete(undefined);
  return found;
}

export class Sources {
  constructor() {
    this.present = new Set();
    this.uniforms = {
      uShown: { value: [1, 1, 1] },
      uColours: { value: KINDS.map(({ colour }) => new Color(colour)) },
      uTint: { value: 0 },
    };
  }

  /** Whether there is something to tell apart. */
  get useful() {
    return this.present.size > 1;
  }

  show(name, wanted) {
    this.uniforms.uShown.value[indexOf(name)] = wanted ? 1 : 0;
  }

  colour(wanted) {
    this.uniforms.uTint.value = wanted ? 1 : 0;
  }

  /** Take a mesh; what it consists of replaces what is known so far. */
  enter(scene) {
    this.present = this.attach(scene);
  }

  /** Let a scene obey the switches; returns the kinds in it. */
  attach(scene) {
    const present = new Set();
    scene.traverse((node) => {
      const whole = indexOf(node.geometry?.userData.source);
      if (whole >= 0) {
        present.add(KINDS[whole].name);
      } else if (node.geometry?.attributes._source) {
        kindsIn(node.geometry).forEach((name) => present.add(name));
      } else {
        return;
      }
      [node.material].flat().forEach((material) => this.patch(material, whole + 1));
    });
    return present;
  }

  /** `kind`: number of the kind that all of it is, 0 where each vertex has its own. */
  patch(material, kind) {
    material.onBeforeCompile = (shader) => {
      Object.assign(shader.uniforms, this.uniforms, { uKind: { value: kind } });
      shader.vertexShader = shader.vertexShader
        .replace("#include <common>", DECLARE_VERTEX)
        .replace("#include <begin_vertex>", SET);
      shader.fragmentShader = shader.fragmentShader
        .replace("#include <common>", DECLARE_FRAGMENT)
        .replace("#include <color_fragment>", APPLY);
    };
    material.needsUpdate = true;
  }
}
