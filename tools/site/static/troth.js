// Small comforts; every page can be read without them.
"use strict";

// What a page is for, below each result of a search.
const results = document.getElementById("search-results");
if (results) {
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
  new MutationObserver(() => {
    for (const item of results.querySelectorAll("ul.search > li:not([data-said])")) {
      item.dataset.said = "";
      const link = item.querySelector("a");
      const page = link && new URL(link.href).pathname.slice(root.pathname.length).replace(/\.html$/, "");
      const text = page && PURPOSES[page];
      if (text) {
        const said = document.createElement("p");
        said.className = "purpose";
        said.textContent = text;
        item.append(said);
      }
    }
  }).observe(results, { childList: true, subtree: true });
}

// A slash leads to the search, as in the product's own pages.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const field = document.querySelector(".sidebar-search");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && field) {
    document.getElementById("__navigation").checked = true;
    field.focus();
    event.preventDefault();
  }
});

// Commands are copied without their prompts and without what they print.
if (navigator.clipboard) {
  for (const block of document.querySelectorAll("div.highlight")) {
    const pre = block.querySelector("pre");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(copied(pre.textContent, block.parentElement.classList.contains("highlight-console")));
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 1500);
    });
    block.append(button);
  }
}

function copied(text, console) {
  if (!console) {
    return text;
  }
  const lines = [];
  let inside = false;
  for (const line of text.split("\n")) {
    if (line.startsWith("$ ") || inside) {
      lines.push(inside ? line : line.slice(2));
      inside = line.endsWith("\\");
    }
  }
  return `${lines.join("\n")}\n`;
}

// What has to be scrolled sideways can be scrolled with the keyboard, too.
function reachable() {
  for (const box of document.querySelectorAll("div.highlight pre, .table-wrapper")) {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
    } else {
      box.removeAttribute("tabindex");
    }
  }
}
addEventListener("resize", reachable);
reachable();
