// A photo's page: keys, panes, and what starts the other parts of it.

import "./viewer-forms.js";
import "./viewer-talk.js";
import { say } from "./app.js";
import { listen, typing } from "./keys.js";
import { t } from "./texts.js";
import "./viewer-describe.js";
import "./viewer-fields.js";
import "./viewer-markups.js";
import { remembered } from "./viewer-remember.js";
import { pan, reset, toPixels, zoomBy, zoomed } from "./viewer-zoom.js";

const main = document.getElementById("main");
const PANES = ["information", "talk"];
const CLOSED = "asbuilt-panes-closed";
const SILENT = "asbuilt-no-letters"; // keys that are letters are switched off
let sphere = null; // the module, once somebody looked around

// Panes

const closed = () => new Set((document.documentElement.dataset.closed ?? "").split(" ").filter(Boolean));

function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // it is as it is until the page is left
  }
}

function show(shut) {
  const kept = PANES.filter((name) => shut.has(name)).join(" ");
  document.documentElement.dataset.closed = kept;
  keep(CLOSED, kept);
  for (const name of PANES) {
    document.getElementById(`pane-${name}`)?.setAttribute("aria-expanded", String(!shut.has(name)));
  }
}

function toggle(name) {
  const shut = closed();
  if (!shut.delete(name)) shut.add(name);
  show(shut);
}

/** Both away when one is open, else both back. */
function toggleBoth() {
  show(closed().size < PANES.length ? new Set(PANES) : new Set());
}

function reveal(pane, id) {
  const shut = closed();
  if (shut.delete(pane)) show(shut);
  const field = document.getElementById(id);
  field?.focus();
  field?.scrollIntoView({ block: "center" });
}

// Keys

const letters = () => {
  try {
    return localStorage.getItem(SILENT) !== "1";
  } catch {
    return true;
  }
};

function follow(key) {
  const link = document.querySelector(`a[data-key="${CSS.escape(key)}"]`);
  link?.click();
  return Boolean(link);
}

function arrow(key) {
  if (!zoomed()) return follow(key);
  pan({ ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0, { ArrowUp: -1, ArrowDown: 1 }[key] ?? 0);
  return true;
}

function escape() {
  if (sphere?.lookingAround()) sphere.leave();
  else if (zoomed()) reset();
  else return follow("Escape");
  return true;
}

const SIGNS = {
  ArrowLeft: () => arrow("ArrowLeft"),
  ArrowRight: () => arrow("ArrowRight"),
  ArrowUp: () => zoomed() && arrow("ArrowUp"),
  ArrowDown: () => zoomed() && arrow("ArrowDown"),
  Escape: escape,
  "+": () => closer(1.5),
  "=": () => closer(1.5),
  "-": () => closer(1 / 1.5),
  0: () => reset(),
  1: () => toPixels(),
  "?": () => openKeys(),
};
const LETTERS = {
  e: () => reveal("information", "description"),
  c: () => reveal("talk", "comment"),
  i: toggleBoth,
};

function press(letter) {
  const button = [...document.querySelectorAll("[data-letter]")].find((one) => one.dataset.letter === letter);
  button?.click();
  return Boolean(button);
}

function keys(event) {
  if (typing(event) || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const inSphere = sphere?.lookingAround() && event.key.startsWith("Arrow");
  if (inSphere || event.target.closest?.("video, [role=slider], summary, .rail") && event.key.startsWith("Arrow")) return;
  let done = SIGNS[event.key]?.();
  if (done === undefined && letters()) done = LETTERS[event.key] ? (LETTERS[event.key](), true) : press(event.key);
  if (done !== false && (event.key in SIGNS || event.key in LETTERS)) event.preventDefault();
}

function closer(factor) {
  if (sphere?.lookingAround()) sphere.closer(factor);
  else zoomBy(factor);
}

function openKeys() {
  document.getElementById("letters").checked = letters();
  document.getElementById("keys").showModal();
}

// Other things that a page can do

async function copy(text, from) {
  try {
    await navigator.clipboard.writeText(text);
    say(t("common.copied"));
  } catch {
    // not allowed here (no https): it is marked, so that Ctrl and C take it
    if (from) getSelection().selectAllChildren(from);
    else prompt(t("viewer.copy_by_hand"), text);
  }
}

function compareRemembered() {
  const link = document.getElementById("compare-remembered");
  const other = remembered();
  if (!link || !other || other.photo === Number(main.dataset.photo)) return;
  const url = new URL(link.href);
  url.searchParams.set("a", other.photo);
  url.searchParams.set("b", main.dataset.photo);
  link.href = url;
  link.querySelector("span").textContent = t("viewer.compare_with", { name: other.name });
  link.hidden = false;
}

async function lookAround() {
  reset();
  sphere ??= await import("./viewer-sphere.js");
  await sphere.enter();
}

function askPurge(event) {
  const dialog = document.getElementById("purge-dialog");
  if (!dialog) return;
  event.preventDefault();
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const at = event.target.closest?.("button, a");
  if (!at) return;
  if (at.id === "pane-information" || at.id === "pane-talk") toggle(at.id.slice("pane-".length));
  else if (at.id === "show-keys") openKeys();
  else if (at.id === "look-around") lookAround();
  else if (at.id === "copy-link") copy(new URL(location.pathname, location.href).href);
  else if (at.dataset.copies) copy(document.getElementById(at.dataset.copies).textContent, document.getElementById(at.dataset.copies));
  else if (at.id === "purge") askPurge(event);
  else if (at.matches("[data-closes]") && at.closest("dialog")) { event.preventDefault(); at.closest("dialog").close(); }
});
document.getElementById("letters").addEventListener("change", (event) => keep(SILENT, event.target.checked ? "0" : "1"));
document.addEventListener("photo-refreshed", () => { show(closed()); compareRemembered(); });
show(closed());
compareRemembered();
listen(keys);
