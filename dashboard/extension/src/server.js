// All traffic to ShowRoom on this computer. Only the worker and the extension's own pages import this.
export const USUAL = "http://127.0.0.1:8501";

export async function settings() {
  const kept = await chrome.storage.local.get(["address", "token"]);
  return { address: kept.address || USUAL, token: kept.token || null };
}

/** A request; {ok, status, body}: status 0 where nobody answers. */
export async function ask(path, options = {}) {
  const { address, token } = await settings();
  const headers = { ...(options.headers || {}) };
  if (token) headers.Authorization = `Bearer ${token}`;
  try {
    const answer = await fetch(`${address}/api/v1${path}`, { ...options, headers, cache: "no-store", credentials: "omit" });
    let body = null;
    try {
      body = await answer.json();
    } catch {
      body = null;
    }
    return { ok: answer.ok, status: answer.status, body };
  } catch {
    return { ok: false, status: 0, body: null };
  }
}

/** "off", "unpaired" or "ready". */
export async function standing() {
  const health = await ask("/health");
  if (!health.ok || health.body?.status !== "ok") return "off";
  const { token } = await settings();
  if (!token) return "unpaired";
  return (await ask("/pairings/mine")).ok ? "ready" : "unpaired";
}

export async function pair(code) {
  const answer = await ask("/pairings", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code, name: "Browser extension" }),
  });
  if (answer.ok) await chrome.storage.local.set({ token: answer.body.token });
  return answer;
}
