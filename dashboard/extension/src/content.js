// Over the page: pick photos, see what was seen of its reviews, start. Asks the network for nothing.
(() => {
  let words = {};
  const t = (name, ...values) =>
    words[name]?.replace(/\$(\d)/g, (_, number) => String(values[number - 1] ?? "")) ||
    chrome.i18n.getMessage(name, values.map(String)) ||
    name;
  async function learnWords() {
    const { language } = await chrome.storage.local.get("language");
    words = language ? await chrome.runtime.sendMessage({ type: "words", language }) : {};
  }
  const NAMES = new Set(
    ("reviewer reviewee firstName lastName fullName hostFirstName hostName hostUserName smartName displayName userName " +
      "profilePicture profilePictureUrl pictureUrl reviewerLocation localizedReviewerLocation cohosts cohostName " +
      "hostMemberProfile userProfile passportData cardData").split(" "),
  );
  const ROW = "id comments commentV2 language createdAt rating response".split(" ");
  const PHOTO = /\/im\/(?:ml\/)?pictures\//;
  const answers = new Map(); // listing -> [{url, status, body}]
  const rooms = new Map(); // photo -> {room, caption}
  let unread = 0;
  let listing = null;
  let chosen = new Map();
  let picking = false;
  let shadow = null;

  const listingId = () => location.pathname.match(/^\/(?:[a-z]{2}(?:-[A-Z]{2})?\/)?(?:rooms|hotels|luxury\/listing)\/(?:plus\/)?(\d{1,20})/)?.[1] ?? null;
  const largest = (address) => {
    const url = new URL(address, location.href);
    for (const name of ["im_w", "im_q", "im_h", "aki_policy"]) url.searchParams.delete(name);
    return url.href;
  };

  function row(given) {
    const kept = {};
    for (const name of ROW) if (given[name] !== undefined) kept[name] = given[name];
    for (const name of ["localizedReview", "localizedCommentV2"]) {
      const own = given[name];
      if (own && typeof own === "object") kept[name] = { comments: own.comments, needsTranslation: own.needsTranslation };
    }
    return kept;
  }
  /** A copy without people's names; rows of reviews keep only what is read of them. */
  function nameless(value) {
    if (Array.isArray(value)) return value.map(nameless);
    if (!value || typeof value !== "object") return value;
    if ("comments" in value && ("createdAt" in value || "reviewer" in value)) return row(value);
    const host = /HOST/.test(value.sectionId ?? "") || /Host/.test(value.__typename ?? "");
    const kept = {};
    for (const [name, inner] of Object.entries(value)) if (!NAMES.has(name)) kept[name] = host ? numbers(name, inner) : nameless(inner);
    return kept;
  }
  /** Of what is said about the host: what kind it is, numbers, yes and no; never a text, which may be a name. */
  function numbers(name, value) {
    if (typeof value === "string") return name === "__typename" || name === "sectionId" ? value : null;
    if (Array.isArray(value)) return value.map((inner) => numbers("", inner));
    if (!value || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).filter(([own]) => !NAMES.has(own)).map(([own, inner]) => [own, numbers(own, inner)]));
  }

  function walk(value, visit, depth = 0) {
    if (!value || typeof value !== "object" || depth > 40) return;
    visit(value);
    for (const inner of Object.values(value)) walk(inner, visit, depth + 1);
  }
  /** Which room a photo shows, from either layout of the page's state. */
  function learn(body) {
    const byId = new Map();
    const tours = [];
    walk(body, (node) => {
      if (typeof node.baseUrl === "string" && node.id) byId.set(String(node.id), node);
      if (Array.isArray(node.roomTourItems)) tours.push(...node.roomTourItems);
      if (Array.isArray(node.stops))
        for (const stop of node.stops)
          for (const item of stop?.items ?? [])
            if (item?.image?.uri) rooms.set(largest(item.image.uri), { room: stop.name ?? null, caption: item.image.caption ?? null });
    });
    for (const tour of tours)
      for (const id of tour?.imageIds ?? []) {
        const item = byId.get(String(id));
        if (item) rooms.set(largest(item.baseUrl), { room: tour.title ?? null, caption: item.imageMetadata?.caption ?? null });
      }
  }

  document.addEventListener("showroom-answer", (event) => {
    let answer;
    try {
      answer = JSON.parse(event.detail);
    } catch {
      return;
    }
    if (!answer.body) {
      unread += 1;
      draw();
      return;
    }
    const about = aboutWhich(answer.url) ?? listingId();
    if (!about) return;
    learn(answer.body);
    if (!answers.has(about)) answers.set(about, []);
    answers.get(about).push({ url: answer.url.split("?")[0], status: answer.status, body: nameless(answer.body) });
    draw();
  });

  function aboutWhich(url) {
    try {
      const id = JSON.parse(new URL(url, location.href).searchParams.get("variables")).id;
      return atob(id).match(/:(\d+)$/)?.[1] ?? null;
    } catch {
      return null;
    }
  }

  function state() {
    const script = document.querySelector('script[id^="data-deferred-state"]');
    if (!script || !listing) return null;
    const text = script.textContent;
    if (!text.includes(listing) && !text.includes(btoa(`StayListing:${listing}`))) return null;
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  }

  function seen() {
    const ids = new Set();
    let stated = null;
    for (const { body } of answers.get(listing) ?? [])
      walk(body, (node) => {
        if (Array.isArray(node.reviews)) for (const one of node.reviews) if (one?.comments !== undefined) ids.add(one.id);
        if (typeof node.reviewsCount === "number") stated = node.reviewsCount;
      });
    if (stated === null)
      walk(state(), (node) => {
        const count = Number(node.visibleReviewCount ?? node.overallCount);
        if (Number.isInteger(count) && count >= 0) stated ??= count;
      });
    return { seen: ids.size, stated };
  }

  const title = () => document.querySelector('[data-section-id^="TITLE"] h1, h1')?.textContent.trim() || document.title;
  const esc = (text) => text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);

  function capture() {
    const own = state();
    const head = [
      `<title>${esc(document.title)}</title>`,
      `<link rel="canonical" href="https://${esc(location.hostname)}/rooms/${listing}">`,
      ...["og:type", "og:title", "og:site_name"].map((name) => {
        const meta = document.querySelector(`meta[property="${name}"]`);
        return meta ? `<meta property="${name}" content="${esc(meta.content)}">` : "";
      }),
    ].join("");
    const html = `<!doctype html><html lang="${esc(document.documentElement.lang)}"><head>${head}</head><body><main><div data-section-id="TITLE_DEFAULT"><h1>${esc(title())}</h1></div></main></body></html>`;
    const url = `https://${location.hostname}/rooms/${listing}`;
    const page = { url, html, state: own ? nameless(own) : null, answers: answers.get(listing) ?? [] };
    return { id: listing, url, title: title(), photos: [...chosen.values()], page };
  }

  async function keepChosen() {
    await chrome.storage.local.set({ [`chosen:${listing}`]: [...chosen.values()] });
    mark();
    draw();
  }
  function photoOf(image) {
    const address = image.dataset.originalUri || image.currentSrc || image.src;
    if (!address || !PHOTO.test(address)) return null;
    const url = largest(address);
    const heading = image.closest('[data-section-id^="PHOTO_TOUR"] div:has(> h2)')?.querySelector("h2")?.textContent ?? null;
    return { url, thumb: image.currentSrc || image.src, room: rooms.get(url)?.room ?? heading, caption: rooms.get(url)?.caption ?? null };
  }
  const images = () => [...document.querySelectorAll("img")].map((image) => [image, photoOf(image)]).filter(([, photo]) => photo);
  function mark() {
    for (const [image, photo] of images()) {
      image.style.outline = chosen.has(photo.url) ? "4px solid #0f9b8e" : picking ? "2px dashed #0f9b8e" : "";
      image.style.outlineOffset = "-4px";
    }
  }
  function toggle(photo) {
    if (chosen.has(photo.url)) chosen.delete(photo.url);
    else chosen.set(photo.url, photo);
    return keepChosen();
  }
  function onClick(event) {
    if (!picking || event.composedPath().includes(shadow?.host)) return;
    const image = document.elementsFromPoint(event.clientX, event.clientY).find((one) => one.tagName === "IMG" && photoOf(one));
    if (!image) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    toggle(photoOf(image));
  }
  document.addEventListener("click", onClick, true);

  const CSS = `:host{all:initial}*{box-sizing:border-box;font-family:system-ui,"Noto Sans CJK KR","Malgun Gothic",sans-serif}
  .box{position:fixed;right:20px;bottom:20px;z-index:2147483000;width:336px;max-height:76vh;overflow:auto;background:#fff;color:#16211f;border:1px solid #dce2dd;border-radius:20px;box-shadow:0 12px 40px rgb(0 0 0/.22);padding:16px 18px;font-size:14px;line-height:1.45}
  .pill{position:fixed;right:20px;bottom:20px;z-index:2147483000;border:0;border-radius:999px;background:#0f6b63;color:#fff;font-size:15px;font-weight:600;padding:12px 20px;cursor:pointer;box-shadow:0 8px 26px rgb(0 0 0/.25)}
  h2{font-size:17px;margin:0;letter-spacing:-.01em}p{margin:8px 0 0;color:#54625e}header{display:flex;justify-content:space-between;align-items:center}
  button{font-size:14px;cursor:pointer;border-radius:999px;border:1px solid #c3ccc7;background:#fff;color:#16211f;padding:8px 14px;font-weight:560}
  button.first{background:#0f6b63;border-color:#0f6b63;color:#fff}button:focus-visible{outline:3px solid #d97a2b;outline-offset:2px}button[aria-pressed=true]{background:#e0efec;border-color:#0f6b63;color:#0c5a53}
  button.x{border:0;padding:4px 10px;font-size:20px;line-height:1}.row{display:flex;flex-wrap:wrap;gap:8px;margin-top:12px}
  .thumbs{display:grid;grid-template-columns:repeat(5,1fr);gap:6px;margin-top:12px}.thumbs button{padding:0;border:0;border-radius:10px;overflow:hidden;aspect-ratio:1;position:relative}
  .thumbs img{width:100%;height:100%;object-fit:cover;display:block}.thumbs button::after{content:"×";position:absolute;top:3px;right:3px;background:#16211f;color:#fff;border-radius:999px;width:18px;height:18px;font-size:14px;line-height:17px}
  .warn{background:#fbeed7;color:#6b4200;border-radius:12px;padding:8px 12px}.good{background:#e2f1e5;color:#17552f;border-radius:12px;padding:8px 12px}
  @media(prefers-color-scheme:dark){.box{background:#19211f;color:#e7edea;border-color:#2b3633}p{color:#a6b5b0}button{background:#222c29;color:#e7edea;border-color:#3a4744}button.first{background:#3fae9f;color:#06231f;border-color:#3fae9f}button[aria-pressed=true]{background:#173731;color:#8fe0d3}.warn{background:#38290f;color:#f0bd6b}.good{background:#17331f;color:#84d39b}}`;
  let open = false;
  let said = null;

  function el(tag, properties = {}, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }
  const button = (name, label, onclick, more = {}) => {
    const made = el("button", { type: "button", onclick, ...more }, label);
    made.dataset.name = name;
    return made;
  };
  function reviewsLine() {
    const { seen: ours, stated } = seen();
    if (unread && !ours) return el("p", { className: "warn" }, t("reviewsUnread"));
    if (stated === null && !ours) return el("p", { className: "warn" }, t("reviewsNone"));
    if (stated === null) return el("p", {}, t("reviewsSeen", ours));
    const line = el("p", { className: ours < stated ? "warn" : "good" }, t("reviewsOf", ours, stated));
    if (ours < stated) line.append(" ", t("reviewsMore"));
    return line;
  }
  function roomNames() {
    const here = new Map();
    for (const [url, { room, caption }] of rooms) if (room) here.set(room, [...(here.get(room) ?? []), { url, thumb: `${url}?im_w=320`, room, caption }]);
    return here;
  }
  async function act(type, what) {
    said = el("p", {}, t("working"));
    draw();
    const kept = await chrome.runtime.sendMessage({ type: "capture", capture: capture() });
    const told = kept.ok ? await chrome.runtime.sendMessage({ type, id: listing, what }) : kept;
    said = el("p", { className: told.ok ? "good" : "warn" }, told.ok ? t(type === "save" ? "saving" : "started") : t(`why_${told.why}`) + (told.detail ? ` ${told.detail}` : ""));
    draw();
  }
  function draw() {
    if (!listing || !document.body) {
      shadow?.host.remove();
      shadow = null;
      return;
    }
    if (!shadow || !shadow.host.isConnected) {
      const host = el("div", { id: "showroom-overlay" });
      shadow = host.attachShadow({ mode: "open" });
      document.body.append(host);
    }
    const style = el("style", {}, CSS);
    if (!open) {
      shadow.replaceChildren(style, button("open", chosen.size ? t("pillCount", chosen.size) : t("pill"), () => ((open = true), draw()), { className: "pill" }));
      return;
    }
    const box = el("section", { className: "box", lang: chrome.i18n.getUILanguage() });
    box.setAttribute("aria-label", "ShowRoom");
    const shut = button("close", "×", () => ((open = false), (picking = false), mark(), draw()), { className: "x" });
    shut.setAttribute("aria-label", t("close"));
    const pick = button("pick", t(picking ? "pickDone" : "pick"), () => ((picking = !picking), mark(), draw()));
    pick.setAttribute("aria-pressed", String(picking));
    box.append(el("header", {}, el("h2", {}, "ShowRoom"), shut), el("p", {}, picking ? t("pickHint") : t("intro")));
    const row = el("div", { className: "row" }, pick);
    if (chosen.size) row.append(button("clear", t("clear"), () => (chosen.clear(), keepChosen())));
    box.append(row);
    if (picking) {
      const list = el("div", { className: "row" });
      for (const [room, photos] of roomNames()) list.append(button("room", `${room} (${photos.length})`, () => (photos.forEach((one) => chosen.set(one.url, one)), keepChosen())));
      box.append(list);
    }
    const thumbs = el("div", { className: "thumbs" });
    for (const photo of chosen.values()) {
      const one = button("photo", "", () => toggle(photo));
      one.append(el("img", { src: photo.thumb, alt: "" }));
      one.setAttribute("aria-label", t("leaveOut", photo.room || t("photo")));
      thumbs.append(one);
    }
    box.append(thumbs, el("p", {}, t("photos", chosen.size)), reviewsLine());
    const start = el("div", { className: "row" });
    if (chosen.size) start.append(button("all", t("startAll"), () => act("start", "all"), { className: "first" }), button("rooms", t("startRooms"), () => act("start", "rooms")), button("views", t("startViews"), () => act("start", "views")));
    start.append(button("reviews", t("startReviews"), () => act("start", "reviews")), button("save", t("save"), () => act("save")));
    box.append(start, said ?? "");
    shadow.replaceChildren(style, box);
  }
  async function arrive() {
    const now = listingId();
    if (now === listing) return;
    listing = now;
    chosen = new Map();
    picking = open = false;
    said = null;
    if (listing) {
      const kept = (await chrome.storage.local.get(`chosen:${listing}`))[`chosen:${listing}`] ?? [];
      if (listing !== now) return;
      chosen = new Map(kept.map((photo) => [photo.url, photo]));
    }
    mark();
    draw();
  }
  function begin() {
    learn(state());
    learnWords().then(arrive).then(() => (learn(state()), draw()));
    setInterval(arrive, 500); // the site changes pages without loading one
    new MutationObserver(() => (chosen.size || picking) && mark()).observe(document.body, { childList: true, subtree: true });
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
