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
    const answer = await fetch(this.place.dataset.part, { headers: { "If-None-Match": this.tag }, cache: "no-store", credentials: "same-origin" });
    if (answer.status === 404 || answer.status === 401) { this.end(); return; }
    if (answer.status !== 200 && answer.status !== 304) return;
    this.checked = Date.now();
    if (answer.status === 304) return;
    this.tag = answer.headers.get("ETag") ?? "";
    if (patch(this.place, await answer.text())) {
      document.title = this.place.querySelector("h1").textContent;
      refresh(this.place);
      this.said.textContent = `${this.word("New")}: ${document.title}`;
    }
  }
}

keep();
watch(Live);
