// What was typed and is not saved yet, kept on this computer, per person and photo.

import { base } from "./app.js";

const main = document.getElementById("main");
const key = (name) => `asbuilt-draft ${base} ${main.dataset.person} ${main.dataset.photo} ${name}`;

/** Keeps a draft; the page must work without a place for it. */
export function keep(name, draft) {
  try {
    localStorage.setItem(key(name), JSON.stringify(draft));
  } catch {
    // full, or forbidden
  }
}

/** Forgets it: it is saved. */
export function forget(name) {
  try {
    localStorage.removeItem(key(name));
  } catch {
    // nothing was kept
  }
}

/** Returns what was kept, or null. */
export function kept(name) {
  try {
    return JSON.parse(localStorage.getItem(key(name)) ?? "null");
  } catch {
    return null;
  }
}
