"""The replica's own JavaScript: its reviews client, its pop-ups, and drawing the page late."""

from __future__ import annotations

import json
import re

_REVIEWS_CLIENT = """
<script>
(() => {
  const {relay, listing, hash, trigger} = SETTINGS;
  const boot = () => JSON.parse(document.getElementById('data-injector-instances').textContent);
  const key = () => boot()['root > core-guest-spa'][0][1].api_config.key;
  let asked = false;
  async function ask(offset) {
    asked = true;
    const request = {fieldSelector: 'for_p3_translation_only', forPreview: false, limit: 24, first: 24,
      offset: String(offset), showingTranslationButton: false, sortingPreference: 'BEST_QUALITY'};
    const query = new URLSearchParams({operationName: 'StaysPdpReviewsQuery', locale: 'en', currency: 'EUR',
      variables: JSON.stringify({id: relay, pdpReviewsRequest: request}),
      extensions: JSON.stringify({persistedQuery: {version: 1, sha256Hash: hash}})});
    await fetch(`/api/v3/StaysPdpReviewsQuery/${hash}/?${query}`,
      {headers: {'X-Airbnb-API-Key': key(), 'X-Airbnb-GraphQL-Platform': 'web'}});
  }
  async function more(panel) {
    const offset = panel.querySelectorAll('[data-review-id]').length;
    const answer = await fetch(`/cards/${listing}?offset=${offset}`);
    panel.insertAdjacentHTML('beforeend', await answer.text());
  }
  function openPanel() {
    if (trigger === 'button') { if (!asked) ask(0); return; }
    if (trigger !== 'never' || document.getElementById('panel')) return;
    const dialog = document.createElement('div');
    dialog.id = 'panel';
    dialog.setAttribute('role', 'dialog');
    dialog.style = 'position:fixed;inset:50px;background:#fff;z-index:5';
    dialog.innerHTML = '<div data-section-id="REVIEWS_MODAL">'
      + '<div data-testid="pdp-reviews-modal-scrollable-panel" style="overflow-y:auto;height:400px">'
      + '</div></div>';
    document.body.append(dialog);
    const panel = dialog.querySelector('[data-testid]');
    let busy = false;
    panel.addEventListener('scroll', async () => {
      if (busy || panel.scrollTop + panel.clientHeight < panel.scrollHeight - 50) return;
      busy = true;
      await more(panel);
      busy = false;
    });
    more(panel);
  }
  const calendar = document.querySelector('[data-section-id^=AVAILABILITY_CALENDAR]');
  if (calendar) new IntersectionObserver((seen, watch) => {
    if (!seen.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    const query = new URLSearchParams({operationName: 'PdpAvailabilityCalendar', locale: 'en', currency: 'EUR',
      variables: JSON.stringify({request: {count: 3, listingId: listing, month: 10, year: 2026}})});
    fetch(`/api/v3/PdpAvailabilityCalendar/${hash}?${query}`, {headers: {'X-Airbnb-API-Key': key()}});
  }).observe(calendar);
  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-testid=pdp-show-all-reviews-button]')) openPanel();
  });
  if (trigger === 'load') ask(0);
  if (trigger === 'scroll') {
    const section = document.querySelector('[data-section-id=REVIEWS_DEFAULT]');
    if (section) new IntersectionObserver((seen) => {
      if (seen.some((entry) => entry.isIntersecting) && !asked) ask(0);
    }).observe(section);
  }
})();
</script>
"""
_COOKIES = """
<div data-testid="main-cookies-banner-container"
 style="position:fixed;inset:60% 0 0 0;background:#eee;z-index:20">
<button onclick="this.parentNode.remove(); document.cookie='tracking=1'">✓</button>
<button onclick="this.parentNode.remove()">×</button></div>
"""
_TRANSLATION = """
<div id="translation" role="dialog" aria-modal="true"
 style="position:fixed;inset:0;background:#fff8;z-index:30">
<button aria-label="×" onclick="document.getElementById('translation').remove()">×</button></div>
<script>document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') document.getElementById('translation')?.remove();
});</script>
"""
_DRAW = "<script>setTimeout(() => {document.getElementById('root').innerHTML = DRAWING;}, DELAY);</script>"
_MAIN = re.compile(r"<main>.*</main>", re.DOTALL)


def reviews_client(relay: str, listing: str, query_hash: str, trigger: str) -> str:
    """The part of the page that asks for reviews on ``trigger``."""
    settings = {"relay": relay, "listing": listing, "hash": query_hash, "trigger": trigger}
    return _REVIEWS_CLIENT.replace("SETTINGS", json.dumps(settings))


def pop_ups(names: tuple[str, ...]) -> str:
    """What covers the page."""
    return "".join({"cookies": _COOKIES, "translation": _TRANSLATION}[name] for name in names)


def drawn_late(html: str, seconds: float) -> str:
    """``html`` with its main part drawn by a script after a while."""
    main = _MAIN.search(html)
    if main is None:
        raise ValueError("the page has no main part")
    drawing = json.dumps(main[0]).replace("<", "\\u003c")
    script = _DRAW.replace("DRAWING", drawing).replace("DELAY", str(round(seconds * 1000)))
    return html.replace(main[0], f'<div id="root"></div>{script}')
