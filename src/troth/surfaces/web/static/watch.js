// What every page that is kept up to date shares: it listens, says how live it is, and can be paused. What is fetched,
// and where it is put, is a matter of each page.

import { listen } from "./share.js";

const STALE_MS = 40_000;
const POLL_MS = 30_000;
const LOOK_MS = 1_000;
const WORDS = {
  Live: "Live",
  Not: "Not live: last checked {time}",
  Paused: "Paused at {time}",
  Ended: "Signed out: nothing can be done here until you sign in.",
  Pause: "Pause",
  Resume: "Go on",
  Again: "Look again",
  SignIn: "Sign in",
};

/** Starts what keeps a page up to date, where the page has a place for it and the browser can. */
export function watch(Kind, ...more) {
  const place = document.querySelector("#live");
  const line = document.querySelector("#liveness");
  if (place && line && "EventSource" in window && "BroadcastChannel" in window) new Kind(place, line, ...more).begin();
}

export class Watch {
  /**
   * @param {HTMLElement} place Says in its data where the stream is, and which version it shows.
   * @param {HTMLElement} line Says how live the page is; its data may have other words than these.
   */
  constructor(place, line) {
    this.place = place;
    this.line = line;
    this.words = line.querySelector("#liveness-words");
    this.button = line.querySelector("#liveness-pause");
    this.said = document.querySelector("#announced");
    this.heard = this.checked = this.polled = Date.now();
    this.paused = false;
    this.ended = false;
    this.stop = null;
    this.asking = null;
    this.cut = null;
    this.more = false;
    this.home = line.parentElement;
    // What staff read is long, and full of buttons: that it is old, or dead, is said above all of it.
    this.top = document.body.matches(".staff") ? document.querySelector("#main") : null;
    this.way = null;
  }

  begin() {
    this.line.hidden = false;
    this.button.addEventListener("click", () => this.toggle());
    document.addEventListener("visibilitychange", () => { if (!document.hidden && !this.paused && !this.ended) this.fetch(); });
    this.listen();
    setInterval(() => this.look(), LOOK_MS);
    this.show();
  }

  listen() { this.stop = listen(this.place.dataset.live, this.place.dataset.seen, (event) => this.told(event)); }

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
    if (this.paused) { this.stop?.(); this.stop = null; this.cut?.abort(); } else { this.heard = Date.now(); this.fetch(); this.listen(); }
    this.show();
  }

  look() {
    if (this.paused || this.ended) return;
    if (this.polls() && Date.now() - this.polled >= POLL_MS) {
      // A stream that was refused once, as while a server begins anew behind another one, is not asked for by itself.
      if (!this.isLive()) { this.stop?.(); this.listen(); }
      this.fetch();
    }
    this.show();
  }

  isLive() { return Date.now() - this.heard < STALE_MS; }

  /** Returns whether the page asks of its own accord: by default only when the stream is silent. */
  polls() { return !this.isLive(); }

  /** Fetches what is new, by `take` of each page; what comes meanwhile is fetched right after. */
  fetch() {
    this.polled = Date.now();
    if (this.asking) { this.more = true; return; }
    this.cut = new AbortController();
    this.asking = this.take().catch(() => {}).finally(() => {
      this.asking = null;
      if (this.more && !this.paused && !this.ended) { this.more = false; this.fetch(); }
      this.show();
    });
  }

  /** Asks the server, for `take`: whoever pauses meanwhile gets no answer. */
  ask(address, more = {}) { return fetch(address, { cache: "no-store", credentials: "same-origin", signal: this.cut.signal, ...more }); }

  /** Ends it: whoever reads may not see the page any more. */
  end() {
    this.ended = true;
    this.stop?.();
    if (!this.top) return;
    for (const button of this.top.querySelectorAll("form[method=post] button")) {
      button.disabled = true;
      button.setAttribute("aria-describedby", "liveness-words");
    }
  }

  /** Puts the line where it is seen while the page is not live, in the flow: it covers nothing; and a way on into it. */
  lift(state) {
    if (!this.top || this.way?.dataset.for === state) return;
    const focused = this.line.contains(document.activeElement) ? document.activeElement : null;
    this.way?.remove();
    this.way = null;
    if (state === "Not" || state === "Ended") {
      const here = location.pathname + location.search;
      this.way = document.createElement("a");
      this.way.dataset.for = state;
      this.way.href = state === "Ended" ? `/sign-in?next=${encodeURIComponent(here)}` : here;
      this.way.textContent = WORDS[state === "Ended" ? "SignIn" : "Again"];
      this.words.after(this.way);
      if (this.line.parentElement !== this.top) this.top.prepend(this.line);
      if (this.said) this.said.textContent = this.words.textContent;
    } else if (this.line.parentElement !== this.home) this.home.prepend(this.line);
    focused?.focus({ preventScroll: true });
  }

  time() {
    const zone = this.place.dataset.zone ?? document.body.dataset.zone;
    const locale = this.place.dataset.locale ?? document.body.dataset.locale ?? document.documentElement.lang;
    return new Date(this.checked).toLocaleTimeString(locale, { timeStyle: "short", timeZone: zone });
  }

  word(name) { return (this.line.dataset[`words${name}`] ?? WORDS[name]).replace("{time}", this.time()); }

  show() {
    const state = this.ended ? "Ended" : this.paused ? "Paused" : this.isLive() ? "Live" : "Not";
    const said = this.word(state);
    if (this.words.textContent !== said) this.words.textContent = said;
    this.line.dataset.state = state.toLowerCase();
    this.lift(state);
    this.button.hidden = this.ended;
    this.button.setAttribute("aria-pressed", String(this.paused));
    this.button.textContent = this.word(this.paused ? "Resume" : "Pause");
  }
}
