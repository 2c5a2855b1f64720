// What every page of an archive has: sending changes, saying what came of them, undo.

import { t } from "./texts.js";

export const base = document.documentElement.dataset.base;
const toasts = document.getElementById("toasts");
const LATER = "asbuilt-said"; // what the next page is to say
const STAYS = 12_000; // milliseconds that a message stands

/** Why a request was refused, in words for the person. */
export class Refused extends Error {
  constructor(text, status, body = {}) {
    super(text);
    this.status = status;
    this.body = body; // what else the answer says
  }
}

/** Asks for JSON of this archive: `ask("/-/albums.json")`. */
export async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(base + path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(t("common.unreachable"), 0);
  }
  let whole = true;
  const body = await response.json().catch((error) => {
    if (error.name === "AbortError") throw error; // half way, too
    whole = false;
    return {};
  });
  if (response.status === 401 && body.login) {
    location.assign(`${body.login}?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  if (!response.ok) throw new Refused(body.error ?? t("common.failed"), response.status, body);
  // Not from us: a page of the network between, which wants a login first
  if (!whole && response.status !== 204) throw new Refused(t("common.unreachable"), 0);
  return body;
}

/** Sends a change: `await post("/-/photo/17/edit", {description: "…"})`. */
export function post(path, body = {}, options = {}) {
  return ask(path, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(body),
    ...options,
  });
}

function shown(text, { problem = false, action = null, label = "" } = {}) {
  const toast = document.createElement("div");
  toast.className = problem ? "toast wrong" : "toast";
  const words = document.createElement("span");
  words.textContent = text;
  toast.append(words);
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => { toast.remove(); action(); });
    toast.append(button);
  }
  toasts.replaceChildren(toast);
  const leave = () => toast.remove();
  let timer = setTimeout(leave, STAYS);
  // It waits while somebody is about to use it
  for (const come of ["pointerenter", "focusin"]) toast.addEventListener(come, () => clearTimeout(timer));
  for (const go of ["pointerleave", "focusout"]) toast.addEventListener(go, () => { timer = setTimeout(leave, STAYS); });
  return toast;
}

/** Says something in the bar at the bottom. */
export function say(text) {
  return shown(text);
}

/** Says what went wrong. */
export function complain(error) {
  if (!(error instanceof Refused)) console.error(error);
  return shown(error instanceof Refused ? error.message : t("common.failed"), { problem: true });
}

/**
 * Says what was done and offers to take it back.
 *
 * @param {string} text what was done, @param {number|null} batch from the answer
 * @param {((done: object) => void)|null} after called once it is undone; without one the
 *   page is loaded again
 */
export function offerUndo(text, batch, after = null) {
  if (!batch) return say(text);
  const action = async () => {
    try {
      const done = await post(`/-/undo/${batch}`);
      const kept = done.kept.length;
      const told = kept ? t("common.undone_in_part", { n: kept }) : t("common.undone");
      if (!after) {
        sayLater(told);
        location.reload();
        return;
      }
      after(done);
      shown(told);
    } catch (error) {
      complain(error);
    }
  };
  return shown(text, { action, label: t("common.undo") });
}

/** Has the next page say it, with undo: for changes that lead to another page. */
export function sayLater(text, batch = null) {
  sessionStorage.setItem(LATER, JSON.stringify({ text, batch }));
}

const later = JSON.parse(sessionStorage.getItem(LATER) ?? "null");
sessionStorage.removeItem(LATER);
if (later) offerUndo(later.text, later.batch);
