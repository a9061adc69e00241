// What a script adds to a page: news as they come, times that stay right. Without it the page says the same.

import { patch } from "./patch.js";
import { keep, refresh } from "./times.js";
import { Watch, watch } from "./watch.js";

class Live extends Watch {
  constructor(place, line) {
    super(place, line);
    this.tag = place.dataset.tag;
  }

  async take() {
    const answer = await this.ask(this.place.dataset.part, { headers: { "If-None-Match": this.tag } });
    if (answer.status === 404 || answer.status === 401) { this.end(); return; }
    if (answer.status !== 200 && answer.status !== 304) return;
    const text = answer.status === 304 ? "" : await answer.text();
    this.checked = Date.now();
    if (answer.status === 304) return;
    // Only what has come to its end is what the page shows: what broke off is asked for again.
    this.tag = answer.headers.get("ETag") ?? "";
    if (patch(this.place, text)) {
      document.title = this.place.querySelector("h1").textContent;
      refresh(this.place);
      this.said.textContent = `${this.word("New")}: ${document.title}`;
    }
  }
}

keep();
watch(Live);
