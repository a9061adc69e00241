// The counts of a pack's page as they change, put into their places without drawing anything anew; and, in the diagram,
// the lines of the state that is pointed at. Without this script the page says the same as of the moment it was made.

import { listen } from "./share.js";

const STALE_MS = 40_000;
const POLL_MS = 30_000;
const LOOK_MS = 1_000;
const SUBJECTS = /[\d.,\s]+ subjects?$/;

class Counts {
  constructor(place, line) {
    this.place = place;
    this.line = line;
    this.words = line.querySelector("#liveness-words");
    this.button = line.querySelector("#liveness-pause");
    this.tag = "";
    this.heard = this.checked = this.polled = Date.now();
    this.paused = false;
    this.stop = null;
    this.running = null;
    this.number = new Intl.NumberFormat(document.documentElement.lang);
  }

  begin() {
    this.line.hidden = false;
    this.button.addEventListener("click", () => this.toggle());
    this.listen();
    setInterval(() => this.look(), LOOK_MS);
    this.show();
  }

  listen() {
    this.stop = listen(this.place.dataset.live, this.place.dataset.seen, (event) => this.told(event));
  }

  told({ kind, version }) {
    if (this.paused) return;
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
    if (this.paused) return;
    if (!this.isLive() && Date.now() - this.polled >= POLL_MS) this.fetch();
    this.show();
  }

  isLive() { return Date.now() - this.heard < STALE_MS; }

  async fetch() {
    this.polled = Date.now();
    try {
      const answer = await fetch(this.place.dataset.counts, { headers: { "If-None-Match": this.tag }, cache: "no-store", credentials: "same-origin" });
      if (answer.status !== 200 && answer.status !== 304) return;
      this.checked = Date.now();
      if (answer.status === 200) { this.tag = answer.headers.get("ETag") ?? ""; this.put(await answer.json()); }
    } catch { /* The line below the page says that it is not live. */ }
    this.show();
  }

  /** Puts numbers where they stand; whatever the reader is at stays as it is. */
  put(counts) {
    const all = { ...counts.states, unknown: counts.unknown };
    let moved = 0;
    for (const place of document.querySelectorAll("[data-count]")) {
      const count = all[place.dataset.count];
      if (count === undefined) continue;
      const text = this.number.format(count);
      if (place.textContent !== text) { place.textContent = text; moved += 1; }
      const node = place.closest(".node");
      if (node) this.mark(node, count, text);
    }
    for (const place of document.querySelectorAll("[data-said]")) place.textContent = counts.said;
    if (moved) document.querySelector("#announced").textContent = counts.said;
    // What has been worked out meanwhile stands on the page when it is looked at again.
    if (this.running && !counts.running) this.place.dataset.done = "yes";
    this.running = counts.running;
  }

  mark(node, count, text) {
    node.classList.toggle("empty", count === 0);
    const says = `${text} subject${count === 1 ? "" : "s"}`;
    const title = node.querySelector("title");
    if (title) title.textContent = title.textContent.replace(SUBJECTS, ` ${says}`);
  }

  time() {
    const form = { hour: "numeric", minute: "2-digit", timeZone: document.body.dataset.zone };
    return new Date(this.checked).toLocaleTimeString(document.documentElement.lang, form);
  }

  show() {
    const words = this.line.dataset;
    const state = this.paused ? "paused" : this.isLive() ? "live" : "not";
    let said = { paused: words.wordsPaused, live: words.wordsLive, not: words.wordsNot }[state].replace("{time}", this.time());
    if (this.place.dataset.done) said = `${said}. ${words.wordsDone}`;
    if (this.words.textContent !== said) this.words.textContent = said;
    this.line.dataset.state = state;
    this.button.setAttribute("aria-pressed", String(this.paused));
    this.button.textContent = this.paused ? words.wordsResume : words.wordsPause;
  }
}

/** Brings out the lines from and to the state that is pointed at, or that has the focus. */
function pick(drawing) {
  const edges = [...drawing.querySelectorAll(".edge")];
  const show = (name) => {
    drawing.classList.toggle("is-picked", Boolean(name));
    for (const edge of edges) edge.classList.toggle("is-near", Boolean(name) && (edge.dataset.from === name || edge.dataset.to === name));
  };
  for (const node of drawing.querySelectorAll("[data-node]")) {
    for (const kind of ["pointerenter", "focusin"]) node.addEventListener(kind, () => show(node.dataset.node));
    for (const kind of ["pointerleave", "focusout"]) node.addEventListener(kind, () => show(""));
  }
}

const place = document.querySelector("#live");
const line = document.querySelector("#liveness");
for (const drawing of document.querySelectorAll(".graph")) pick(drawing);
if (place && line && "EventSource" in window && "BroadcastChannel" in window) new Counts(place, line).begin();
