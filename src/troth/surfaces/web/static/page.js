// What a script adds to a page: news as they come, times that stay right. Without it the page says the same.

import { patch } from "./patch.js";
import { listen } from "./share.js";
import { keep, refresh } from "./times.js";

const STALE_MS = 40_000;
const POLL_MS = 30_000;
const LOOK_MS = 1_000;

class Live {
  constructor(place, line) {
    this.place = place;
    this.line = line;
    this.words = line.querySelector("#liveness-words");
    this.button = line.querySelector("#liveness-pause");
    this.said = document.querySelector("#announced");
    this.tag = place.dataset.tag;
    this.checked = Date.now();
    this.heard = Date.now();
    this.polled = Date.now();
    this.paused = false;
    this.ended = false;
    this.stop = null;
    this.asking = null;
    this.more = false;
  }

  begin() {
    this.line.hidden = false;
    this.button.addEventListener("click", () => this.toggle());
    this.listen();
    setInterval(() => this.look(), LOOK_MS);
    document.addEventListener("visibilitychange", () => { if (!document.hidden && !this.paused) this.fetch(); });
    this.show();
  }

  listen() {
    this.stop = listen(this.place.dataset.live, this.place.dataset.seen, (event) => this.told(event));
  }

  told({ kind, version }) {
    if (this.paused || this.ended) return;
    if (kind === "closed") { this.fetch(); return; }
    this.heard = Date.now();
    if (kind === "change" && version !== this.place.dataset.seen) {
      this.place.dataset.seen = version;
      this.fetch();
    } else {
      this.checked = this.heard;
    }
    this.show();
  }

  toggle() {
    this.paused = !this.paused;
    if (this.paused) { this.stop?.(); this.stop = null; } else { this.heard = Date.now(); this.fetch(); this.listen(); }
    this.show();
  }

  look() {
    if (this.paused || this.ended) return;
    if (!this.isLive() && Date.now() - this.polled >= POLL_MS) this.fetch();
    this.show();
  }

  isLive() { return Date.now() - this.heard < STALE_MS; }

  /** Fetches the page's part; what comes meanwhile is fetched right after. */
  fetch() {
    this.polled = Date.now();
    if (this.asking) { this.more = true; return this.asking; }
    this.asking = this.take().catch(() => {}).finally(() => {
      this.asking = null;
      if (this.more) { this.more = false; this.fetch(); }
      this.show();
    });
    return this.asking;
  }

  async take() {
    const answer = await fetch(this.place.dataset.part, { headers: { "If-None-Match": this.tag }, cache: "no-store", credentials: "same-origin" });
    if (answer.status === 404 || answer.status === 401) { this.ended = true; this.stop?.(); return; }
    if (answer.status !== 200 && answer.status !== 304) return;
    this.checked = Date.now();
    if (answer.status === 304) return;
    this.tag = answer.headers.get("ETag") ?? "";
    if (patch(this.place, await answer.text())) {
      document.title = this.place.querySelector("h1").textContent;
      refresh(this.place);
      this.said.textContent = `${this.line.dataset.wordsNew.replace("{time}", this.time())}: ${document.title}`;
    }
  }

  time() {
    const form = { hour: "numeric", minute: "2-digit", timeZone: this.place.dataset.zone };
    return new Date(this.checked).toLocaleTimeString(document.documentElement.lang, form);
  }

  show() {
    const words = this.line.dataset;
    const state = this.ended ? "ended" : this.paused ? "paused" : this.isLive() ? "live" : "not";
    const text = { ended: words.wordsEnded, paused: words.wordsPaused, live: words.wordsLive, not: words.wordsNot }[state];
    const said = text.replace("{time}", this.time());
    if (this.words.textContent !== said) this.words.textContent = said;
    this.line.dataset.state = state;
    this.button.hidden = this.ended;
    this.button.setAttribute("aria-pressed", String(this.paused));
    this.button.textContent = this.paused ? words.wordsResume : words.wordsPause;
  }
}

const place = document.querySelector("#live");
const line = document.querySelector("#liveness");
keep();
if (place && line && "EventSource" in window && "BroadcastChannel" in window) new Live(place, line).begin();
