// The service worker: takes captures in, hands them to ShowRoom, follows the analyses; sleeps and wakes without loss.
import { getCapture, putCapture } from "./captures.js";
import { zipOfListing } from "./listing.js";
import { ask, pair, settings, standing } from "./server.js";
import { wordsOf } from "./words.js";

const LOOK_MINUTES = 0.5;
const LOOK_MS = 2000;
const CHOICES = {
  all: () => ({}),
  rooms: () => ({ reviews: false }),
  views: (capture) => ({ reviews: false, view_rule: capture.photos.length === 3 ? "original" : "gain" }),
  reviews: () => ({ rooms: false }),
};
let looking = null;

async function jobs() {
  return (await chrome.storage.local.get("jobs")).jobs || {};
}

async function keepJob(id, job) {
  const known = await jobs();
  if (job) known[id] = job;
  else delete known[id];
  await chrome.storage.local.set({ jobs: known });
}

async function badge() {
  const open = Object.values(await jobs()).filter((job) => !job.ended);
  const text = open.length ? `${Math.round(100 * Math.min(...open.map((job) => job.fraction)))}%` : "";
  await chrome.action.setBadgeBackgroundColor({ color: "#0f6b63" });
  await chrome.action.setBadgeText({ text });
}

async function start(id, what) {
  const capture = await getCapture(id);
  if (!capture) return { ok: false, why: "gone" };
  const state = await standing();
  if (state !== "ready") return { ok: false, why: state };
  await keepJob(id, { title: capture.title, fraction: 0, state: "sending", ended: false });
  await badge();
  const { zip, missing } = await zipOfListing(what === "reviews" ? { ...capture, photos: [] } : capture);
  const form = new FormData();
  form.append("options", JSON.stringify(CHOICES[what](capture)));
  form.append("archive", zip, "listing.zip");
  const answer = await ask("/analyses", { method: "POST", body: form, headers: { "Idempotency-Key": crypto.randomUUID() } });
  if (!answer.ok) {
    await keepJob(id, null);
    await badge();
    return { ok: false, why: answer.status ? "refused" : "off", detail: answer.body?.detail || "" };
  }
  await keepJob(id, { id: answer.body.id, title: capture.title, fraction: 0, state: answer.body.state, missing, ended: false });
  await chrome.alarms.create("look", { periodInMinutes: LOOK_MINUTES });
  follow();
  return { ok: true, missing };
}

async function look() {
  const known = await jobs();
  let open = 0;
  for (const [id, job] of Object.entries(known)) {
    if (job.ended || !job.id) continue;
    const answer = await ask(`/analyses/${job.id}`);
    if (answer.status === 404) {
      await keepJob(id, null);
      continue;
    }
    if (!answer.ok) {
      open += 1;
      continue;
    }
    const now = answer.body;
    const ended = ["done", "failed", "cancelled"].includes(now.state);
    await keepJob(id, {
      ...job,
      fraction: now.fraction,
      stage: now.stage,
      state: now.state,
      waits: now.waits_for_worker,
      error: now.error,
      report: now.report,
      ended,
    });
    if (ended && now.state === "done" && now.report) {
      const { address } = await settings();
      await chrome.tabs.create({ url: `${address}${now.report}` });
    }
    if (!ended) open += 1;
  }
  await badge();
  if (!open) await chrome.alarms.clear("look");
  return open;
}

function follow() {
  looking ??= (async () => {
    while (await look()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    looking = null;
  })();
}

const ANSWERS = {
  capture: async ({ capture }) => (await putCapture(capture), { ok: true }),
  start: ({ id, what }) => start(id, what),
  save: async ({ id }) => (await chrome.tabs.create({ url: chrome.runtime.getURL(`save.html?id=${id}`) }), { ok: true }),
  standing: async () => ({ standing: await standing(), jobs: await jobs() }),
  pair: ({ code }) => pair(code),
  words: ({ language }) => wordsOf(language),
};

chrome.runtime.onMessage.addListener((message, sender, answer) => {
  if (sender.id !== chrome.runtime.id || !Object.hasOwn(ANSWERS, message.type)) return false;
  ANSWERS[message.type](message).then(answer, (error) => answer({ ok: false, why: "broken", detail: String(error) }));
  return true;
});
chrome.alarms.onAlarm.addListener(follow);
chrome.runtime.onStartup.addListener(follow);
