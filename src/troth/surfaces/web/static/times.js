// Keeps "3 minutes ago" right while a page stays open. The absolute time beside it is the server's.

const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

/** Returns how far a moment is from now, as the reader's language says it. */
function ago(moment, now, format) {
  const distance = (moment - now) / 1_000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(distance) >= length) ?? ["second", 1];
  return format.format(Math.trunc(distance / size), unit);
}

let told = "";
let ahead = 0;

/** Returns the present moment by the clock of the server that wrote the page: a device's own may be wrong. */
export function present() {
  const now = document.body.dataset.now ?? "";
  if (now !== told) {
    told = now;
    ahead = (Date.parse(now) || Date.now()) - Date.now();
  }
  return Date.now() + ahead;
}

present();

/** Brings all relative times of the page up to date. */
export function refresh(root = document) {
  const format = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  const now = present();
  for (const place of root.querySelectorAll("[data-ago]")) {
    const moment = Date.parse(place.dataset.ago);
    if (!Number.isNaN(moment)) place.textContent = `(${ago(moment, now, format)})`;
  }
}

/** Keeps them up to date. */
export function keep() {
  setInterval(() => { if (!document.hidden) refresh(); }, 30_000);
}
