// What a script adds to the dashboard: word of newer data, and what was still being worked out once it is there.
// Nothing that is being read is ever drawn anew.

import { listen } from "./share.js";

const LOOK_MS = 3_000;

function watch(news) {
  const note = document.getElementById("newer");
  const link = document.getElementById("newer-show");
  const first = Number(news.dataset.seen);
  listen(news.dataset.live, news.dataset.seen, ({ kind, version }) => {
    if (kind !== "change" || !(Number(version) > first)) return;
    const address = new URL(link.href, document.baseURI);
    address.searchParams.set("seen", version);
    link.href = address.pathname + address.search;
    note.hidden = false;
    news.dataset.newer = version;
  });
}

async function fill(slot) {
  const answer = await fetch(slot.dataset.part, { cache: "no-store", credentials: "same-origin" }).catch(() => null);
  if (answer === null || answer.status === 202) { setTimeout(() => fill(slot), LOOK_MS); return; }
  if (answer.status !== 200) return;
  const text = await answer.text().catch(() => null);
  if (text === null) { setTimeout(() => fill(slot), LOOK_MS); return; }
  const part = new DOMParser().parseFromString(text, "text/html");
  slot.replaceChildren(...part.body.childNodes);
  delete slot.dataset.waits;
}

// The page of work under way: its steps are brought up to date where they stand, and what it was asked for is shown once
// it is there.
async function again(working) {
  const text = await fetch(location.href, { cache: "no-store", credentials: "same-origin" }).then((answer) => answer.text()).catch(() => null);
  const page = text === null ? null : new DOMParser().parseFromString(text, "text/html");
  const now = page?.getElementById("working");
  if (page !== null && !now) { location.reload(); return; }
  if (now) working.replaceChildren(...now.childNodes);
  later(working);
}

function later(working) { setTimeout(() => again(working), Number(working.dataset.again) * 1_000); }

const news = document.getElementById("news");
if (news) watch(news);
for (const slot of document.querySelectorAll("[data-waits]")) fill(slot);
const working = document.getElementById("working");
if (working) later(working);
