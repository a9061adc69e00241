// What a script adds to the console: keys, news as they come, times that stay right. Without it the page says the same.

import { Feed } from "./console-feed.js";
import { keys } from "./console-keys.js";
import { keep } from "./times.js";
import { watch } from "./watch.js";

const AT = "troth.console.case";
const list = document.querySelector("#cases");

/** Returns the cases of the list, in its order. */
function cases() { return [...document.querySelectorAll("li.case")]; }

/** Remembers at which case somebody works, so that the next page begins there. */
function remember(one) {
  if (!one) return;
  try { sessionStorage.setItem(AT, JSON.stringify({ key: one.dataset.key, place: cases().indexOf(one) })); } catch { /* it is only a comfort */ }
}

/** Puts the focus on the case at which somebody worked, or on what stands in its place now. */
function again() {
  let kept = null;
  try { kept = JSON.parse(sessionStorage.getItem(AT)); sessionStorage.removeItem(AT); } catch { /* nothing is kept */ }
  if (!kept || (document.activeElement && document.activeElement !== document.body && document.activeElement.id !== "said")) return;
  const found = cases().find((one) => one.dataset.key === kept.key) ?? cases()[Math.min(kept.place, cases().length - 1)];
  found?.focus();
}

/** Keeps the count of chosen cases in words. */
function count() {
  const words = document.querySelector("#chosen-count");
  if (!words) return;
  const chosen = document.querySelectorAll("input[name=chosen]:checked").length;
  words.textContent = chosen ? `${chosen} chosen:` : "Chosen cases:";
  const bulk = document.querySelector("#bulk");
  bulk.classList.toggle("is-some", chosen > 0);
  const out = document.querySelector("#liveness[data-state=ended]") !== null;
  for (const button of bulk.querySelectorAll("button")) button.disabled = out || chosen === 0;
  const why = bulk.querySelector("#bulk-why");
  why.textContent = chosen ? why.dataset.some : why.dataset.none;
}

document.addEventListener("submit", (event) => {
  remember(event.target.closest("li.case") ?? (event.target.id === "bulk" ? document.querySelector("li.case:has(:checked)") : null));
  if (event.target.dataset.sent && event.target.method === "post") { event.preventDefault(); return; }
  event.target.dataset.sent = "1";
});
document.addEventListener("click", (event) => { if (event.target.closest("a")) remember(event.target.closest("li.case")); });
document.addEventListener("change", (event) => { if (event.target.name === "chosen") count(); });
// What the browser brings back has not been sent.
window.addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; count(); });

keep();
keys(cases, remember);
watch(Feed, count);
if (list || document.querySelector("#live")) again();
const said = document.querySelector("#said [role=status]");
if (said) setTimeout(() => { const announced = document.querySelector("#announced"); if (announced) announced.textContent = said.textContent; }, 300);
