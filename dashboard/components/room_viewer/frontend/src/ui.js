// The viewer's own page: canvas, tools, photo strip. Text goes in as text, never as HTML.
import { KINDS } from "./sources.js";
import css from "./style.css";
import { say } from "./words.js";

const ICONS = {
  home: "M4 11.5 12 5l8 6.5M6.5 10v8.5h11V10",
  camera: "M4 8h3.5L9 6h6l1.5 2H20v10H4zM12 15.8a2.9 2.9 0 1 0 0-5.8 2.9 2.9 0 0 0 0 5.8z",
  full: "M9 4.5H4.5V9M15 4.5h4.5V9M9 19.5H4.5V15M15 19.5h4.5V15",
  film: "M4 7h10v10H4zM14 11l6-3.5v9L14 13z",
  up: "M12 18V6M6.5 11.5 12 6l5.5 5.5",
  down: "M12 6v12M6.5 12.5 12 18l5.5-5.5",
  left: "M18 12H6M11.5 6.5 6 12l5.5 5.5",
  right: "M6 12h12M12.5 6.5 18 12l-5.5 5.5",
};

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const iconButton = (name, label) =>
  element("button", { type: "button", class: "icon", title: label, "aria-label": label }, icon(name));

function toggle(label, pressed) {
  return element("button", { type: "button", class: "chip", "aria-pressed": String(pressed) }, label);
}

function walkPad() {
  const pad = element("div", { class: "pad", "aria-hidden": "true" });
  const keys = { up: "KeyW", left: "KeyA", down: "KeyS", right: "KeyD" };
  for (const [name, code] of Object.entries(keys)) {
    const button = iconButton(name, name); // hidden from screen readers
    button.classList.add(name);
    button.dataset.code = code;
    button.tabIndex = -1;
    pad.append(button);
  }
  return pad;
}

/** What the room consists of: a switch with its colour for each kind, and the colours on the room itself. */
function sourcePanel() {
  const switches = KINDS.map(({ name, label, colour }) => {
    const button = element("button", { type: "button", class: "kind", "aria-pressed": "true" });
    button.dataset.kind = name;
    const swatch = element("i", { "aria-hidden": "true" });
    swatch.style.setProperty("--kind", colour);
    button.append(swatch, say(label));
    return button;
  });
  const colour = toggle(say("Show in colour"), false);
  const panel = element(
    "div", { class: "sources", role: "group", "aria-label": say("Where it comes from"), hidden: "" }, ...switches, colour,
  );
  return { panel, switches, colour };
}

/** Build the viewer's elements inside `root` and hand them back by name. */
export function buildUi(root, data) {
  const ui = {
    style: element("style"),
    canvas: element("canvas", { "aria-hidden": "true" }),
    blendImage: element("img", { class: "blend", alt: "", hidden: "" }),
    orbit: toggle(say("Turn"), true),
    walk: toggle(say("Walk"), false),
    mesh: toggle(say("Surface"), true),
    points: toggle(say("Points"), false),
    cameras: toggle(say("Cameras"), true),
    origin: toggle(say("Origin"), false),
    lines: toggle(say("Lines"), false),
    sources: sourcePanel(),
    home: iconButton("home", say("Whole room")),
    shot: iconButton("camera", say("Save a picture")),
    film: iconButton("film", say("Save a short film")),
    enter: element("button", { type: "button", class: "enter", hidden: "" }, element("span", {}, say("Tap to look around"))),
    full: iconButton("full", say("Full screen")),
    tape: toggle(say("Tape"), false),
    tapeCard: element("div", { class: "tape-card", hidden: "", role: "status" }),
    tapeText: element("b"),
    tapeForm: element("form", { hidden: "" }),
    tapeTrue: element("input", { inputmode: "decimal", placeholder: say("True length, m"), "aria-label": say("True length in metres") }),
    tapeCross: element("i", { class: "cross", hidden: "", "aria-hidden": "true" }),
    hint: element("p", { class: "hint" }),
    pad: walkPad(),
    photoCard: element("div", { class: "photo-card", hidden: "" }),
    photoName: element("span"),
    blend: element("input", { type: "range", min: "0", max: "100", value: "0", "aria-label": say("Blend with the photo") }),
    status: element("div", { class: "status", role: "status" }),
    statusText: element("p"),
    bar: element("i"),
    strip: element("div", { class: "strip", role: "group", "aria-label": say("Photos of this room") }),
  };
  ui.style.textContent = css;
  ui.photoCard.append(ui.photoName, element("label", {}, "3D", ui.blend, say("Photo")));
  ui.tapeForm.append(ui.tapeTrue, element("button", { type: "submit", class: "chip" }, say("Use it")));
  ui.tapeCard.append(ui.tapeText, ui.tapeForm);
  ui.status.append(element("div", { class: "bar" }, ui.bar), ui.statusText);
  ui.bottom = element(
    "div",
    { class: "tools bottom" },
    element("div", { class: "group", role: "group", "aria-label": say("Way to move") }, ui.orbit, ui.walk),
    element("div", { class: "group", role: "group", "aria-label": say("What is shown") }, ui.mesh, ui.points, ui.lines, ui.cameras, ui.origin, ui.tape),
  );
  ui.top = element("div", { class: "tools top" }, ui.home, ui.shot, ui.film, ui.full);
  ui.stage = element(
    "div",
    { class: "stage", tabindex: "0", role: "application", "aria-label": data.label ?? say("3D room") },
    ui.canvas, ui.blendImage, ui.enter, ui.hint, ui.photoCard, ui.tapeCard, ui.tapeCross, ui.pad, ui.sources.panel, ui.top, ui.bottom, ui.status,
  );
  root.replaceChildren(ui.style, element("div", { class: "frame" }, ui.stage, ui.strip));
  return ui;
}

/** One button per placed photo; `fly` is called with the photo's id. */
export function fillStrip(strip, cameras, photos, fly) {
  strip.replaceChildren(
    ...cameras.map((camera, index) => {
      const photo = photos.get(camera.id);
      const image = element("img", { alt: "", loading: "lazy", decoding: "async" });
      if (photo?.thumb) {
        image.src = new URL(photo.thumb, document.baseURI).href;
      }
      const label = photo?.name || say("Photo {number}", { number: index + 1 });
      const button = element(
        "button",
        { type: "button", title: label, "aria-label": say("Stand where {photo} was taken", { photo: label }), "data-photo": camera.id },
        image,
      );
      button.addEventListener("click", () => fly(camera.id));
      return button;
    }),
  );
  strip.hidden = cameras.length === 0;
}
