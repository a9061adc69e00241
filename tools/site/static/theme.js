// Runs before anything is painted: the reader's choice of light or dark, else the system's.
let chosen = null;
try {
  chosen = localStorage.getItem("theme");
} catch {
  // Pages opened from a file may have no storage.
}
document.body.dataset.theme = chosen || "auto";
