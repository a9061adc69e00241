// The counts of a pack's page as they change, put into their places without drawing anything anew; and, in the diagram,
// the lines of the state that is pointed at. What an address points at is unfolded, and all of it for paper: browsers do
// both of their own accord, older ones do not. Without this script the page says the same as of the moment it was made.

import { Watch, watch } from "./watch.js";

const SUBJECTS = /,[\d.,\s]+ subjects?$/;

class Counts extends Watch {
  constructor(place, line) {
    super(place, line);
    this.tag = "";
    this.running = null;
    this.number = new Intl.NumberFormat(document.documentElement.lang);
  }

  async take() {
    const answer = await this.ask(this.place.dataset.counts, { headers: { "If-None-Match": this.tag } });
    if (answer.status === 401) { this.end(); return; }
    if (answer.status !== 200 && answer.status !== 304) return;
    const counts = answer.status === 304 ? null : await answer.json();
    this.checked = Date.now();
    // Only what has come to its end is what the page shows: what broke off is asked for again.
    if (counts) { this.tag = answer.headers.get("ETag") ?? ""; this.put(counts); }
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
    if (moved) this.said.textContent = counts.said;
    // What has been worked out meanwhile stands on the page when it is looked at again.
    if (this.running && !counts.running) this.place.dataset.done = "yes";
    this.running = counts.running;
  }

  mark(node, count, text) {
    node.classList.toggle("empty", count === 0);
    const says = `${text} subject${count === 1 ? "" : "s"}`;
    const title = node.querySelector("title");
    if (title) title.textContent = title.textContent.replace(SUBJECTS, `, ${says}`);
  }

  word(name) {
    const said = super.word(name);
    return this.place.dataset.done && ["Live", "Not", "Paused"].includes(name) ? `${said}. ${this.line.dataset.wordsDone}` : said;
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

/** Shows the middle of a drawing that is wider than its place, or the state in it that is lit. */
function centre(place) {
  const box = place.getBoundingClientRect();
  const lit = (place.querySelector(".lit") ?? place.querySelector("svg")).getBoundingClientRect();
  place.scrollLeft += (lit.left + lit.right - box.left - box.right) / 2;
}

/** Says that a drawing can be scrolled sideways where, and only where, it is wider than its place. */
function sideways(place) {
  const hint = place.previousElementSibling;
  if (!hint?.matches("[data-sideways]")) return;
  hint.classList.remove("at-narrow");
  hint.hidden = place.scrollWidth <= place.clientWidth;
}

/** Unfolds what the address points at. */
function unfold() {
  const target = document.getElementById(location.hash.slice(1));
  const folded = target?.closest("details:not([open])");
  if (!folded) return;
  folded.open = true;
  target.scrollIntoView();
}

/** Unfolds everything while the page is printed. */
function print() {
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const one of folded) one.open = true;
  });
  window.addEventListener("afterprint", () => { for (const one of folded) one.open = false; });
}

window.addEventListener("hashchange", unfold);
unfold();
print();
for (const drawing of document.querySelectorAll(".graph")) pick(drawing);
for (const place of document.querySelectorAll(".drawing")) {
  centre(place);
  sideways(place);
  window.addEventListener("resize", () => sideways(place));
}
watch(Counts);
