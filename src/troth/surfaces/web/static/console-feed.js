// News of the list: changed lines are put in place, what is new waits until somebody asks for it. Nothing moves.

import { refresh } from "./times.js";
import { Watch } from "./watch.js";

export class Feed extends Watch {
  constructor(place, line, counted) {
    super(place, line);
    this.counted = counted;
    this.bar = document.querySelector("#news");
    this.changed = new Set();
    this.gone = new Set();
    this.fresh = 0;
  }

  begin() {
    this.bar.querySelector("#news-show").addEventListener("click", () => this.showAll());
    super.begin();
  }

  /** Who is looking at a case changes without news of it. */
  polls() { return true; }

  address(keys) {
    const { part, at } = this.place.dataset;
    const joint = part.includes("?") ? "&" : "?";
    return `${part}${joint}keys=${keys.join(",")}&since=${encodeURIComponent(at)}`;
  }

  async take() {
    const keys = [...this.place.querySelectorAll("li.case")].map((one) => one.dataset.key);
    const answer = await this.ask(this.address(keys));
    if (answer.status === 401 || answer.status === 403) { this.end(); return; }
    if (answer.status !== 200) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    this.checked = Date.now();
    this.head(page);
    const lines = page.querySelector("ol");
    const found = new Map([...lines.children].map((one) => [one.dataset.key, one]));
    for (const old of this.place.querySelectorAll("li.case")) this.line_(old, found.get(old.dataset.key));
    this.fresh = Number(lines.dataset.new);
    refresh(this.place);
    this.tell();
  }

  /** Brings the answer and the counts up to date. */
  head(page) {
    const answer = page.querySelector("#answer");
    const old = this.place.querySelector("#answer");
    if (answer && old && answer.innerHTML !== old.innerHTML) { old.replaceWith(answer); document.title = answer.querySelector("h1").textContent; }
    const feeds = page.querySelector("#feeds");
    const present = this.place.querySelector("#feeds");
    if (feeds && present && feeds.textContent !== present.textContent) present.replaceWith(feeds);
    for (const tab of page.querySelectorAll("[data-tab]")) {
      const count = this.place.querySelector(`[data-tab="${tab.dataset.tab}"] .count`);
      if (count) count.textContent = tab.querySelector(".count").textContent;
    }
  }

  /** Puts a line in place that shows something else now, unless somebody writes in it. */
  line_(old, fresh) {
    const key = old.dataset.key;
    if (!fresh) { if (!this.gone.has(key)) this.leave(old); return; }
    const looking = old.querySelector(".looking");
    if (fresh.dataset.shown === old.dataset.shown && !this.gone.has(key)) {
      if (looking && looking.textContent !== fresh.querySelector(".looking").textContent) looking.textContent = fresh.querySelector(".looking").textContent;
      return;
    }
    this.changed.add(key);
    this.gone.delete(key);
    if (this.busy(old)) return;
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const chosen = old.querySelector("input[name=chosen]")?.checked;
    const opened = old.querySelector("details")?.open;
    fresh.classList.add("is-fresh");
    old.replaceWith(fresh);
    if (opened && fresh.querySelector("details")) fresh.querySelector("details").open = true;
    if (chosen && fresh.querySelector("input[name=chosen]")) fresh.querySelector("input[name=chosen]").checked = true;
    if (focused) this.again(fresh, focused);
    this.counted();
  }

  /** Says of a line that it is no longer part of the list; it stays where it is. */
  leave(old) {
    this.gone.add(old.dataset.key);
    old.classList.add("is-gone");
    const word = document.createElement("p");
    word.className = "gone-word";
    word.textContent = "No longer in this list: closed, or changed so that it belongs elsewhere.";
    old.prepend(word);
  }

  /** Returns whether somebody writes in a line: it is not taken away under their hands. */
  busy(one) {
    const field = document.activeElement;
    if (field && one.contains(field) && field.matches("input:not([type=checkbox]), textarea")) return true;
    return [...one.querySelectorAll("textarea, input:not([type=hidden], [type=checkbox])")].some((each) => each.value !== each.defaultValue);
  }

  /** Puts the focus on what stands where the focused element stood. */
  again(fresh, focused) {
    const act = focused.dataset.act;
    const same = focused.matches("li") ? fresh : (act && fresh.querySelector(`[data-act="${act}"]:not([disabled])`)) || (focused.id && document.getElementById(focused.id));
    (same || fresh).focus({ preventScroll: true });
  }

  /** Says how many lines are new, changed or gone. */
  tell() {
    const parts = [[this.fresh, "new"], [this.changed.size, "changed"], [this.gone.size, "gone"]].filter(([many]) => many);
    const text = parts.map(([many, word]) => `${many} ${word}`).join(", ");
    const place = this.bar.querySelector("#news-words");
    this.bar.hidden = !text;
    if (text && place.textContent !== text) { place.textContent = text; this.said.textContent = text; }
  }

  /** Shows the list as it is now, in its order; the focus stays at the same case. */
  async showAll() {
    const answer = await fetch(this.place.dataset.part, { cache: "no-store", credentials: "same-origin" }).catch(() => null);
    if (!answer || answer.status !== 200) { location.reload(); return; }
    const key = document.activeElement?.closest("li.case")?.dataset.key;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    this.place.dataset.at = page.querySelector("#answer").dataset.at;
    this.place.replaceChildren(...page.childNodes);
    this.changed.clear();
    this.gone.clear();
    this.fresh = 0;
    this.bar.hidden = true;
    this.bar.querySelector("#news-words").textContent = "";
    this.checked = Date.now();
    const all = [...this.place.querySelectorAll("li.case")];
    (all.find((one) => one.dataset.key === key) ?? all[0] ?? document.querySelector("#main")).focus();
    this.counted();
  }
}
