// What a script adds to the page of one subject: the slider says where it stands, keys go step by step. Without it all works.

const on = document.body.dataset.shortcuts !== "off";

/** Returns whether somebody is writing, so that a letter is a letter. */
function writing(target) {
  return target.matches("input, textarea, select, [contenteditable]");
}

/** Says the moment at which the slider stands, and goes there when it is let go. */
function slide(form) {
  const field = form.querySelector("input[type=range]");
  const says = form.querySelector("output");
  const moments = form.dataset.moments.split(" ");
  const words = new Intl.DateTimeFormat(document.body.dataset.locale ?? "en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: document.body.dataset.zone });
  field.addEventListener("input", () => {
    const last = Number(field.value) === moments.length - 1;
    const text = last ? "now" : words.format(new Date(moments[Number(field.value)]));
    says.textContent = text;
    field.setAttribute("aria-valuetext", text);
  });
}

/** Does what a key stands for; returns whether it stands for something. */
function press(key) {
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const link = document.querySelector(`.walk a[rel=${key === "ArrowLeft" ? "prev" : "next"}]`);
    link?.click();
    return Boolean(link);
  }
  if (key === "/") { document.querySelector(".finder input")?.focus(); return true; }
  if (key === "u") { const undo = document.querySelector(".undo button"); undo?.click(); return Boolean(undo); }
  if (key === "c") { const tell = document.querySelector("#tell"); tell?.scrollIntoView(); document.querySelector('[data-key="tell"] input[type=radio]')?.focus(); return Boolean(tell); }
  if (key === "r") { const place = [...document.querySelectorAll(".is-open-case summary")].find((one) => one.querySelector("kbd")?.textContent === "r"); if (place) { place.parentElement.open = true; place.focus(); } return Boolean(place); }
  const button = document.querySelector(`.is-open-case button[data-press="${CSS.escape(key)}"]:not([disabled])`);
  button?.click();
  return Boolean(button);
}

function wire() {
  for (const form of document.querySelectorAll("form.slider")) if (!form.dataset.wired) { form.dataset.wired = "yes"; slide(form); }
}

wire();
const place = document.querySelector("#live");
if (place) new MutationObserver(wire).observe(place, { childList: true, subtree: true });
if (on) document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || writing(event.target)) return;
  if (press(event.key)) event.preventDefault();
});
