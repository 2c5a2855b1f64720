// The photo that somebody wants to compare with another one that they still look for.

import { base } from "./app.js";

const KEY = "asbuilt-compare";

export function remember(photo, name) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ base, photo, name }));
  } catch {
    // no storage: the list of suggestions remains
  }
}

/** Returns {photo, name} of this archive, or null. */
export function remembered() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "null");
    return found?.base === base ? found : null;
  } catch {
    return null;
  }
}
