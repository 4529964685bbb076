// The room viewer: loads a room and draws it. Moving about is in navigation.js, the elements are in ui.js.
import { Color, PerspectiveCamera, Scene, Vector3, WebGLRenderer } from "three";
import { loadFrames, loadScene } from "./assets.js";
import { Attention } from "./attention.js";
import { cutaway } from "./cutaway.js";
import { robustBox } from "./extent.js";
import { Filming } from "./filming.js";
import { photoCamera } from "./frames.js";
import { Frustums } from "./frustums.js";
import { handOut } from "./handing.js";
import { Navigation } from "./navigation.js";
import { shadowOf } from "./shadow.js";
import { Sources } from "./sources.js";
import { Tape } from "./tape.js";
import { buildUi, fillStrip } from "./ui.js";
import { say, speak } from "./words.js";

function disposeScene(scene) {
  scene?.traverse((node) => {
    node.geometry?.dispose();
    for (const material of [node.material].flat().filter(Boolean)) {
      material.map?.dispose();
      material.dispose();
    }
  });
}

export class RoomViewer {
  constructor(root, data) {
    this.root = root;
    this.data = null;
    speak(data.words);
    this.ui = buildUi(root, data);
    this.layers = { mesh: null, points: null };
    this.sources = new Sources();
    this.shownRoom = null;
    this.dirty = true;
    this.stops = [];
    if (this.startRenderer()) {
      this.navigation = new Navigation({
        root, ui: this.ui, camera: this.camera, frustums: this.frustums, invalidate: () => this.invalidate(),
      });
      this.tape = new Tape({
        root, ui: this.ui, camera: this.camera, scene: this.scene, invalidate: () => this.invalidate(),
        surface: () => this.layers.mesh, typed: (length) => this.tell?.("length", length),
      });
      this.filming = new Filming({
        root, ui: this.ui, camera: this.camera, navigation: this.navigation, invalidate: () => this.invalidate(),
        name: () => this.data.file_name ?? "room",
      });
      this.attention = new Attention({
        root, ui: this.ui, zoomable: (wanted) => (this.navigation.orbit.enableZoom = wanted),
      });
      this.listen();
      const observer = new ResizeObserver(() => this.resize());
      observer.observe(this.ui.stage);
      this.stops.push(() => observer.disconnect());
      this.frame = requestAnimationFrame((now) => this.tick(now));
      this.update(data);
    }
  }

  startRenderer() {
    try {
      this.renderer = new WebGLRenderer({
        canvas: this.ui.canvas, antialias: true, alpha: true, powerPreference: "high-performance",
      });
    } catch (error) {
      this.fail(`${say("This browser cannot show 3D (WebGL is off or missing).")} ${error.message ?? ""}`);
      return false;
    }
    this.renderer.setPixelRatio(Math.min(window.devicePixelRatio || 1, 2));
    this.renderer.setClearColor(0x000000, 0);
    this.renderer.localClippingEnabled = true;
    this.scene = new Scene();
    this.camera = new PerspectiveCamera(45, 1, 0.03, 200);
    this.frustums = new Frustums(() => this.invalidate());
    this.scene.add(this.frustums.group);
    return true;
  }

  listen() {
    const { ui } = this;
    const on = (node, handler) => node.addEventListener("click", handler);
    on(ui.mesh, () => this.show("mesh", ui.mesh.ariaPressed !== "true"));
    on(ui.points, () => this.show("points", ui.points.ariaPressed !== "true"));
    on(ui.cameras, () => this.showCameras(ui.cameras.ariaPressed !== "true"));
    on(ui.origin, () => this.openSources(ui.origin.ariaPressed !== "true"));
    on(ui.sources.colour, () => this.colourSources(ui.sources.colour.ariaPressed !== "true"));
    for (const button of ui.sources.switches) {
      on(button, () => this.showSource(button, button.ariaPressed !== "true"));
    }
    on(ui.shot, () => this.savePicture());
    on(ui.full, () => this.toggleFullscreen());
    on(ui.lines, () => this.drawLines(ui.lines.ariaPressed !== "true"));
    on(ui.film, () => this.layers.mesh && this.filming.toggle());
    ui.canvas.addEventListener("webglcontextlost", (event) => this.contextLost(event));
    ui.canvas.addEventListener("webglcontextrestored", () => this.contextBack());
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const repaint = () => setTimeout(() => this.recolour(), 350);
    scheme.addEventListener("change", repaint);
    this.stops.push(() => scheme.removeEventListener("change", repaint));
  }

  /** Take new data; nothing happens while the files are the same. */
  update(data) {
    const compact = Boolean(data.compact);
    this.ui.stage.parentElement.classList.toggle("compact", compact);
    this.ui.stage.style.setProperty("--viewer-height", `${data.height}px`);
    if (!this.renderer || this.data?.mesh_url === data.mesh_url) {
      const rescaled = JSON.stringify(this.data?.scale) !== JSON.stringify(data.scale);
      this.data = data;
      if (rescaled && this.unit) {
        this.measureBy(data);
      }
      return;
    }
    this.data = data;
    this.loading?.abort();
    this.loading = new AbortController();
    this.load(this.loading.signal).catch((error) => {
      if (error.name !== "AbortError") {
        this.fail(error.message);
      }
    });
  }

  async load(signal) {
    const { data, ui } = this;
    // another version of the room that is shown: it takes the place of the old one when it is there
    const stay = this.shownRoom !== null && this.shownRoom === data.file_name;
    this.root.dataset.ready = "false";
    ui.status.classList.remove("failed");
    ui.status.classList.toggle("gone", stay);
    ui.statusText.textContent = say("Loading the room");
    const report = (fraction) => (ui.bar.style.width = fraction === null ? "60%" : `${8 + 92 * fraction}%`);
    const [mesh, frames] = await Promise.all([
      loadScene(data.mesh_url, report, signal),
      data.cameras_url ? loadFrames(data.cameras_url, signal) : [],
    ]);
    signal.throwIfAborted();
    this.setLayer("mesh", mesh);
    this.setLayer("points", null);
    this.sources.enter(mesh);
    const photos = new Map(data.photos.map((photo) => [photo.id, photo]));
    const cameras = frames.map(photoCamera);
    this.box = robustBox(mesh);
    this.unit = this.box.getSize(new Vector3()).length() / 8;
    this.placeShadow();
    this.frustums.fill(cameras, photos, 0.32 * this.unit, this.accent());
    fillStrip(ui.strip, cameras, photos, (id) => this.navigation.fly(id));
    ui.points.disabled = !data.points_url;
    ui.cameras.disabled = cameras.length === 0;
    this.offerSources();
    this.drawLines(stay && ui.lines.ariaPressed === "true");
    this.show("mesh", stay ? ui.mesh.ariaPressed === "true" : true);
    this.show("points", stay && ui.points.ariaPressed === "true");
    this.showCameras(stay ? ui.cameras.ariaPressed === "true" : !data.compact && cameras.length > 0);
    this.resize();
    this.navigation.enterRoom({ box: this.box, unit: this.unit, cameras, photos, metric: data.metric, mesh }, stay);
    this.measureBy(data);
    this.shownRoom = data.file_name;
    this.firstFrame = true;
    this.invalidate();
  }

  /** Let the tape measure in this room; where nothing tells its scale there is none. */
  measureBy(data) {
    this.ui.tape.hidden = data.compact || !data.scale;
    this.tape.enterRoom({ scale: data.scale, unit: this.unit, colour: this.accent() });
  }

  setLayer(name, scene) {
    if (this.layers[name]) {
      this.scene.remove(this.layers[name]);
      disposeScene(this.layers[name]);
    }
    this.layers[name] = scene;
    if (scene) {
      this.scene.add(scene);
    }
  }

  placeShadow() {
    if (this.shadow) {
      this.scene.remove(this.shadow);
      disposeScene(this.shadow);
    }
    this.shadow = shadowOf(this.box);
    this.scene.add(this.shadow);
  }

  async show(name, wanted) {
    this.ui[name].ariaPressed = String(wanted);
    if (name === "points" && wanted && !this.layers.points) {
      await this.loadPoints();
    }
    if (this.layers[name]) {
      this.layers[name].visible = this.ui[name].ariaPressed === "true";
    }
    this.invalidate();
  }

  async loadPoints() {
    const { ui } = this;
    ui.points.disabled = true;
    try {
      const scene = await loadScene(this.data.points_url, () => undefined, this.loading.signal);
      scene.traverse((node) => {
        if (node.isPoints) {
          Object.assign(node.material, { size: 0.011 * this.unit, sizeAttenuation: true });
        }
      });
      this.sources.attach(scene);
      this.setLayer("points", scene);
      ui.points.disabled = false;
    } catch (error) {
      ui.points.ariaPressed = "false";
      this.show("mesh", true);
      ui.hint.textContent = `${say("The points could not be loaded.")} ${error.message}`;
      ui.hint.classList.remove("gone");
    }
  }

  /** Draw the edges of the triangles alone. */
  drawLines(wanted) {
    this.ui.lines.ariaPressed = String(wanted);
    this.layers.mesh?.traverse((node) => {
      for (const material of [node.material].flat().filter(Boolean)) {
        material.wireframe = wanted;
      }
    });
    this.invalidate();
  }

  showCameras(wanted) {
    this.ui.cameras.ariaPressed = String(wanted);
    this.invalidate();
  }

  /** Offer the switches of what this room consists of; nothing is hidden that cannot be brought back. */
  offerSources() {
    const { sources, ui } = this;
    ui.origin.hidden = !sources.useful || this.data.compact;
    this.root.dataset.sources = [...sources.present].sort().join(" ");
    for (const button of ui.sources.switches) {
      button.hidden = !sources.present.has(button.dataset.kind);
      if (!sources.useful) {
        this.showSource(button, true);
      }
    }
    this.openSources(sources.useful && ui.origin.ariaPressed === "true");
  }

  /** Open or close the switches; closing takes the colours off the room, their legend goes with them. */
  openSources(wanted) {
    const { ui } = this;
    ui.origin.ariaPressed = String(wanted);
    ui.sources.panel.hidden = !wanted;
    if (!wanted) {
      this.colourSources(false);
    }
  }

  showSource(button, wanted) {
    button.ariaPressed = String(wanted);
    this.sources.show(button.dataset.kind, wanted);
    this.invalidate();
  }

  colourSources(wanted) {
    this.ui.sources.colour.ariaPressed = String(wanted);
    this.sources.colour(wanted);
    this.invalidate();
  }

  accent() {
    const value = getComputedStyle(this.root).getPropertyValue("--st-primary-color").trim();
    return new Color(value || "#0f6b63");
  }

  recolour() {
    this.frustums.recolour(this.accent());
    this.invalidate();
  }

  invalidate() {
    this.dirty = true;
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.ui.stage;
    if (!width || !height) {
      return;
    }
    this.renderer.setSize(width, height, false);
    this.navigation.reshape(width / height);
    this.invalidate();
  }

  tick(now) {
    this.frame = requestAnimationFrame((next) => this.tick(next));
    const seconds = Math.min((now - (this.last ?? now)) / 1000, 0.1);
    this.last = now;
    if (this.root.dataset.context === "lost") {
      return;
    }
    if (!this.filming.step(seconds)) {
      this.navigation.step(seconds);
    }
    if (this.dirty && this.layers.mesh) {
      this.dirty = false;
      // At a photo's own place the other photos would only cover what is to be compared.
      const walking = this.navigation.mode === "walk";
      this.frustums.group.visible =
        this.ui.cameras.ariaPressed === "true" && !walking && !this.navigation.atPhoto;
      this.frustums.hideNear(this.camera.position, 0.12 * this.unit);
      this.cutAway(walking || this.navigation.atPhoto);
      this.renderer.render(this.scene, this.camera);
      this.filming.drawn();
      this.reveal();
    }
  }

  /** Cut off what stands at the sides that are looked through; nothing from within. */
  cutAway(within) {
    const planes = within ? [] : cutaway(this.box, this.camera.position, this.unit);
    for (const layer of [this.layers.mesh, this.layers.points]) {
      layer?.traverse((node) => {
        for (const material of [node.material].flat().filter(Boolean)) {
          material.clippingPlanes = planes;
        }
      });
    }
    this.root.dataset.cut = String(planes.length);
  }

  reveal() {
    if (!this.firstFrame) {
      return;
    }
    this.firstFrame = false;
    this.ui.canvas.classList.add("shown");
    this.ui.status.classList.add("gone");
    this.root.dataset.mode = this.navigation.mode;
    this.root.dataset.triangles = String(this.renderer.info.render.triangles);
    this.root.dataset.ready = "true";
  }

  fail(message) {
    this.root.dataset.error = message;
    this.ui.status.classList.remove("gone");
    this.ui.status.classList.add("failed");
    this.ui.statusText.textContent = message;
    this.ui.hint.classList.add("gone");
  }

  savePicture() {
    this.renderer.render(this.scene, this.camera);
    this.ui.canvas.toBlob((blob) => handOut(blob, `${this.data.file_name ?? "room"}.png`));
  }

  /** The graphics card was taken away: say so, and let it come back. */
  contextLost(event) {
    event.preventDefault();
    this.root.dataset.context = "lost";
    this.filming.stop();
    this.fail(
      say("The graphics card stopped for a moment. The room comes back by itself; if not, reload the page."),
    );
  }

  contextBack() {
    this.root.dataset.context = "back";
    this.ui.status.classList.add("gone");
    this.invalidate();
  }

  toggleFullscreen() {
    if (document.fullscreenElement) {
      document.exitFullscreen();
    } else {
      this.ui.stage.requestFullscreen?.();
    }
  }

  dispose() {
    cancelAnimationFrame(this.frame);
    this.loading?.abort();
    this.stops.forEach((stop) => stop());
    this.filming?.stop();
    this.attention?.dispose();
    this.navigation?.dispose();
    this.frustums?.clear();
    [this.layers.mesh, this.layers.points, this.shadow].forEach(disposeScene);
    this.renderer?.dispose();
    this.renderer?.forceContextLoss();
    this.root.replaceChildren();
  }
}
