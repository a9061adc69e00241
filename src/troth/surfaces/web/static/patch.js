// Puts a new version of the page in place, section by section, and leaves alone what the reader is at.

/** Returns whether the reader is writing in a section: it is not taken away under their hands. */
function busy(section) {
  const field = document.activeElement;
  const writing = field && section.contains(field) && field.matches("input, textarea, select");
  return writing || [...section.querySelectorAll("textarea, input:not([type=hidden])")].some((one) => one.value !== one.defaultValue);
}

/** Returns what tells one version of a section from another: the tokens of its forms do not. */
function content(section) {
  const copy = section.cloneNode(true);
  for (const field of copy.querySelectorAll("input[name=csrf]")) field.remove();
  for (const place of copy.querySelectorAll("[data-ago]")) place.textContent = "";
  for (const open of copy.querySelectorAll("details[open]")) open.removeAttribute("open");
  copy.classList.remove("is-fresh");
  return copy.innerHTML;
}

/**
 * Replaces the sections of a place that have changed, and keeps the focus where it was.
 *
 * @param {HTMLElement} place Holds groups of sections.
 * @param {string} text The new version, as HTML of our own server.
 * @returns {boolean} Whether anything has changed.
 */
export function patch(place, text) {
  const fresh = new DOMParser().parseFromString(text, "text/html").body;
  let changed = false;
  for (const group of fresh.querySelectorAll("[data-group]")) {
    const old = place.querySelector(`[data-group="${CSS.escape(group.dataset.group)}"]`);
    if (old) changed = renew(old, group) || changed;
  }
  return changed;
}

/** Replaces the sections of one group that have changed; returns whether any has. */
function renew(place, fresh) {
  const wanted = [...fresh.children];
  const present = new Map([...place.children].map((section) => [section.dataset.key, section]));
  let changed = false;
  let before = null;
  for (const section of wanted) {
    const old = present.get(section.dataset.key);
    present.delete(section.dataset.key);
    if (old && (busy(old) || content(old) === content(section))) { before = old; continue; }
    const focused = old?.contains(document.activeElement) ? document.activeElement : null;
    const opened = old?.querySelector("details")?.open;
    section.classList.add("is-fresh");
    if (old) old.replaceWith(section);
    else if (before) before.after(section);
    else place.prepend(section);
    if (opened && section.querySelector("details")) section.querySelector("details").open = true;
    if (focused) again(section, focused);
    before = section;
    changed = true;
  }
  for (const gone of present.values()) { if (!busy(gone)) { gone.remove(); changed = true; } }
  return changed;
}

/** Puts the focus on what stands where the focused element stood. */
function again(section, focused) {
  const same = focused.id ? section.querySelector(`#${CSS.escape(focused.id)}`)
    : focused.value ? section.querySelector(`button[value="${CSS.escape(focused.value)}"]`) : null;
  const target = same ?? section.querySelector("h1, h2");
  if (target && !same) target.tabIndex = -1;
  target?.focus({ preventScroll: true });
}
