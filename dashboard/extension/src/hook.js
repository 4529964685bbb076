// In the page's own world, before its scripts: listens to the answers that the page asks for itself. Asks for nothing.
(() => {
  const WANTED = /\/api\/v3\/StaysPdp(Reviews|Sections)\w*\//;
  const tell = (url, status, body) =>
    document.dispatchEvent(new CustomEvent("showroom-answer", { detail: JSON.stringify({ url, status, body }) }));
  const own = window.fetch;
  window.fetch = async function fetch(...what) {
    const answer = await own.apply(this, what);
    const url = answer.url || String(what[0]?.url ?? what[0]);
    if (WANTED.test(url)) {
      answer
        .clone()
        .json()
        .then((body) => tell(url, answer.status, body))
        .catch(() => tell(url, answer.status, null));
    }
    return answer;
  };
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (...what) {
    this.addEventListener("load", () => {
      if (!WANTED.test(this.responseURL)) return;
      let body = null;
      try {
        body = this.responseType === "json" ? this.response : JSON.parse(this.responseText);
      } catch {
        body = null;
      }
      tell(this.responseURL, this.status, body);
    });
    return send.apply(this, what);
  };
})();
