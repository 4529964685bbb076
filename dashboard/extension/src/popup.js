// What ShowRoom is at, in every state: off, not paired, ready, at work.
import { settings, USUAL } from "./server.js";
import { loadWords, t } from "./words.js";

const OWN = /^http:\/\/127\.0\.0\.1(:\d{1,5})?$/;
const state = document.querySelector("#state");
const jobs = document.querySelector("#jobs");
await loadWords();
for (const item of document.querySelectorAll("[data-text]")) item.textContent = t(item.dataset.text);

function el(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
function card(kind, title, ...rest) {
  const made = el("section", { className: kind }, el("h2", {}, title), ...rest);
  made.dataset.state = kind || "plain";
  return made;
}
function pairing() {
  const code = el("input", { id: "code", autocomplete: "off", maxLength: 9, required: true, placeholder: "XXXX-XXXX" });
  const told = el("p", {});
  const form = el("form", {}, el("label", { htmlFor: "code" }, t("code")), code, el("button", {}, t("pair")), told);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await chrome.runtime.sendMessage({ type: "pair", code: code.value });
    if (answer.ok) await show();
    else told.textContent = answer.body?.detail || t("why_off");
  });
  return form;
}
async function show() {
  const { standing, jobs: known } = await chrome.runtime.sendMessage({ type: "standing" });
  const { address } = await settings();
  if (state.dataset.standing !== standing) {
    state.dataset.standing = standing;
    if (standing === "off") state.replaceChildren(card("warn", t("offTitle"), el("p", {}, t("offHow"), " ", el("code", {}, "make run")), el("p", {}, t("offStill"))));
    else if (standing === "unpaired") {
      const link = el("a", { href: `${address}/system`, target: "_blank" }, t("openSystem"));
      state.replaceChildren(card("", t("pairTitle"), el("p", {}, t("pairHow"), " ", link), pairing()));
    } else state.replaceChildren(card("", t("readyTitle"), el("p", {}, t("readyHow"))));
  }
  jobs.replaceChildren(
    ...Object.values(known).map((job) => {
      const bar = el("progress", { max: 1, value: job.fraction });
      bar.setAttribute("aria-label", job.title || "ShowRoom");
      const words = job.waits ? t("waits") : job.ended ? t(`ended_${job.state}`) : job.stage || t("working");
      const more = job.report ? [el("p", {}, el("a", { href: `${address}${job.report}`, target: "_blank" }, t("openReport")))] : [];
      return card("", job.title || "ShowRoom", el("p", {}, job.error || words), ...(job.ended ? [] : [bar]), ...more);
    }),
  );
}
document.querySelector("#language").value = (await chrome.storage.local.get("language")).language ?? "";
document.querySelector("#address").value = (await settings()).address;
document.querySelector("#settings").addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = document.querySelector("#address").value.trim().replace(/\/+$/, "") || USUAL;
  const field = document.querySelector("#address");
  field.setCustomValidity(OWN.test(given) ? "" : t("addressWrong"));
  if (!field.reportValidity()) return;
  await chrome.storage.local.set({ address: given, language: document.querySelector("#language").value });
  window.location.reload();
});
await show();
setInterval(show, 1500);
