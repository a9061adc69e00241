// One key for each thing that is done to a case, unless somebody writes or has switched them off.

/**
 * Listens for keys.
 *
 * @param {() => HTMLElement[]} cases Returns the cases of the list.
 * @param {(one: HTMLElement) => void} remember Is told at which case somebody works.
 */
export function keys(cases, remember) {
  const help = document.querySelector("#help");
  const open = document.querySelector("#help-open");
  const off = document.body.dataset.shortcuts === "off";
  if (open && help) { open.hidden = false; open.addEventListener("click", () => help.showModal()); }

  const here = () => document.activeElement?.closest("li.case") ?? null;
  const say = (text) => { const place = document.querySelector("#announced"); if (place) place.textContent = text; };

  const go = (step) => {
    const all = cases();
    const present = here();
    const target = present ? all[all.indexOf(present) + step] : all[step > 0 ? 0 : all.length - 1];
    target?.focus();
    target?.scrollIntoView({ block: "nearest" });
  };

  const press = (name) => {
    const target = here()?.querySelector(`[data-act="${name}"]`);
    if (!target) { say("Go to a case first: j."); return; }
    if (target.disabled) { why(target); return; }
    remember(here());
    target.click();
  };

  /** Says why a case cannot be closed clean, and opens what can be done instead. */
  const why = (button) => {
    say(document.getElementById(button.getAttribute("aria-describedby"))?.textContent.trim() ?? "");
    more();
  };

  const more = () => {
    const details = here()?.querySelector("details");
    if (!details) return;
    details.open = true;
    details.querySelector("textarea").focus();
  };

  const find = () => { const field = document.querySelector("#find"); field?.focus(); field?.select(); };

  const choose = () => { const box = here()?.querySelector("input[name=chosen]"); if (box) box.click(); };

  const does = {
    j: () => go(1), k: () => go(-1), o: () => press("own"), c: () => press("correct"), r: () => press("remedy"),
    x: () => (here()?.querySelector('[data-act="close"]') ? press("close") : press("reopen")), n: more, "/": find,
    u: () => document.querySelector("#undo")?.click(), "?": () => help?.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || help?.open) return;
    const field = event.target.closest("input:not([type=checkbox]), textarea, select");
    if (event.key === "Escape" && here() && event.target !== here()) { here().focus(); event.preventDefault(); return; }
    if (field || off) return;
    const row = event.target.matches("li.case") ? event.target : null;
    if (event.key === "Enter" && row) { remember(row); row.querySelector('[data-act="open"]').click(); event.preventDefault(); return; }
    if (event.key === " " && row) { choose(); event.preventDefault(); return; }
    if (does[event.key]) { event.preventDefault(); does[event.key](); }
  });
}
