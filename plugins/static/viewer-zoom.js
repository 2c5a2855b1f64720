// Looking closely, in place: with wheel, fingers, keys and buttons, down to the pixel.
//
// Beyond the preview the file itself is laid over it, turned as a person turned it. What
// no browser shows, and what is too large for one, comes in tiles (viewer-deep.js).

import { t } from "./texts.js";
import { keepWhile } from "./viewer-pieces.js";

const stage = document.querySelector(".stage");
const view = stage.querySelector(".picture");
const note = document.getElementById("zoom-note");
const level = document.getElementById("zoom-level");
const STEP = 1.5;
const SWIPE = 60; // pixels to the side that are meant
const image = () => document.getElementById("shown");

let scale = 1; // of the picture as it fits
let x = 0; // of its middle from the middle of the view
let y = 0;
let full = null; // the file's own pixels, over the preview
let deep = null; // the viewer of tiles, when it is open
let opening = false;
let onlyPreview = false; // there is nothing beyond it
let held = false; // somebody draws: one finger and the mouse are not for moving it

/** Leaves one finger and the mouse to somebody who draws; two fingers move the picture. */
export function hold(on) {
  held = on;
  view.classList.toggle("held", on);
}

export const zoomed = () => scale > 1 || deep !== null;

/** Size of the picture as it fits the view, in CSS pixels. */
function fitted() {
  const { offsetWidth: width, offsetHeight: height } = image();
  return { width, height };
}

/** The scale at which one pixel of the photo is one of the screen. */
function pixels() {
  const width = onlyPreview ? 0 : Number(image().dataset.width);
  return (width || image().naturalWidth) / (fitted().width * devicePixelRatio);
}

const most = () => Math.max(4 * pixels(), 2);

function limit() {
  const { width, height } = fitted();
  const aside = Math.max(0, (width * scale - view.clientWidth) / 2);
  const above = Math.max(0, (height * scale - view.clientHeight) / 2);
  x = Math.min(aside, Math.max(-aside, x));
  y = Math.min(above, Math.max(-above, y));
}

function draw() {
  limit();
  const shown = image();
  const moved = scale === 1 ? "" : `translate(${x}px, ${y}px) scale(${scale})`;
  shown.style.transform = moved;
  for (const layer of view.querySelectorAll(".markups")) layer.style.transform = moved;
  if (full) {
    const turn = Number(shown.dataset.rotation);
    const { width, height } = fitted();
    const upright = turn % 180 === 0;
    full.style.width = `${upright ? width : height}px`;
    full.style.height = `${upright ? height : width}px`;
    full.style.transform = `translate(-50%, -50%) ${moved} rotate(${turn}deg)`;
  }
  view.classList.toggle("zoomed", zoomed());
  tell();
}

function tell() {
  if (!level) return;
  const at = deep ? deep.level() : scale / pixels();
  const known = Number.isFinite(at) && at > 0; // not before the picture is there
  level.textContent = known ? t("viewer.percent", { n: Math.max(1, Math.round(at * 100)) }) : t("viewer.pixels");
}

/** Zooms to a scale, so that what is under a point of the view stays there. */
function zoomTo(wanted, point = { x: 0, y: 0 }) {
  const next = Math.min(most(), Math.max(1, wanted));
  x = point.x - (point.x - x) * (next / scale);
  y = point.y - (point.y - y) * (next / scale);
  scale = next;
  if (scale > 1) sharpen();
  else { x = 0; y = 0; }
  draw();
}

/** Lays the file's own pixels over the preview, once they are wanted and here. */
async function sharpen() {
  const shown = image();
  if (full || opening || onlyPreview || fitted().width * scale * devicePixelRatio <= shown.naturalWidth * 1.05) return;
  if (stage.dataset.zoom === "tiles") {
    if (held) settle(); // what is drawn lies over the preview
    else openDeep();
    return;
  }
  if (!shown.dataset.original) {
    settle();
    return;
  }
  opening = true;
  note.textContent = t("common.loading");
  const file = new Image();
  file.alt = "";
  file.className = "full";
  file.src = shown.dataset.original;
  try {
    await file.decode();
    const sides = [Number(shown.dataset.width), Number(shown.dataset.height)];
    if (Number(shown.dataset.rotation) % 180) sides.reverse();
    // A browser that turns it otherwise than we do would show it lying on its side
    if (file.naturalWidth !== sides[0] || file.naturalHeight !== sides[1]) throw new Error("turned");
    if (image() === shown) {
      full = file;
      shown.after(full);
    }
    note.textContent = "";
  } catch {
    settle();
  } finally {
    opening = false;
  }
  draw();
}

/** There is only the preview: says so, and goes no closer than its pixels. */
function settle() {
  onlyPreview = true;
  note.textContent = t("viewer.only_preview", { n: image().naturalWidth });
  scale = Math.min(scale, most());
}

async function openDeep() {
  if (deep || opening) return;
  opening = true;
  note.textContent = t("viewer.preparing");
  const shown = image();
  try {
    const { open } = await import("./viewer-deep.js");
    const middle = { x: 0.5 - x / (fitted().width * scale), y: 0.5 - y / (fitted().height * scale) };
    deep = await open(view, shown, { scale, middle, tell });
    if (deep) note.textContent = deep.note;
    else settle();
  } catch {
    settle();
  } finally {
    opening = false;
  }
  draw();
}

/** The whole picture again. */
export function reset() {
  deep?.close();
  deep = null;
  full?.remove();
  full = null;
  scale = 1;
  x = 0;
  y = 0;
  note.textContent = "";
  if (image()) draw();
}

export function zoomBy(factor) {
  if (!image()) return;
  if (deep) deep.by(factor);
  else if (scale * factor < 1.01 && factor < 1) reset();
  else zoomTo(scale * factor);
  tell();
}

/** One pixel of the photo on one of the screen. */
export function toPixels(point) {
  if (!image()) return;
  if (deep) deep.pixels();
  else zoomTo(pixels() > 1 ? pixels() : 2, point);
}

export function pan(right, down) {
  if (deep) {
    deep.pan(right, down);
    return;
  }
  x -= right * view.clientWidth * 0.2;
  y -= down * view.clientHeight * 0.2;
  draw();
}

// Wheel, mouse and fingers

const fingers = new Map(); // pointers that are down: where they are
let began = null; // the first of them: where it came down, and whether it moved

function point(event) {
  const box = view.getBoundingClientRect();
  return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
}

const apart = ([one, other]) => Math.hypot(one.x - other.x, one.y - other.y);
const between = ([one, other]) => ({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });
const byHand = (event) => held && event.pointerType !== "mouse" && event.target.closest?.(".markups");
const onImage = (event) => event.target === image() || event.target === full;

function down(event) {
  if (deep || !image() || event.button > 0 || !(onImage(event) || fingers.size || byHand(event))) return;
  fingers.set(event.pointerId, point(event));
  began = fingers.size === 1 ? { ...point(event), moved: false, id: event.pointerId } : { ...began, moved: true };
  if (event.pointerType === "mouse" && scale > 1 && !held) view.setPointerCapture(event.pointerId);
}

function move(event) {
  if (!fingers.has(event.pointerId)) return;
  const before = [...fingers.values()];
  const last = fingers.get(event.pointerId);
  const now = point(event);
  fingers.set(event.pointerId, now);
  const here = [...fingers.values()];
  if (Math.hypot(now.x - began.x, now.y - began.y) > 5) began.moved = true;
  if (here.length === 2) {
    const middle = between(here);
    zoomTo(scale * (apart(here) / apart(before)), middle);
    x += middle.x - between(before).x;
    y += middle.y - between(before).y;
    draw();
  } else if (scale > 1 && !held) {
    x += now.x - last.x;
    y += now.y - last.y;
    draw();
  }
}

function up(event) {
  if (!fingers.delete(event.pointerId)) return;
  if (scale < 1.02) reset();
  if (held || event.type === "pointercancel" || fingers.size || event.pointerId !== began.id) return;
  const now = point(event);
  const [aside, below] = [now.x - began.x, now.y - began.y];
  if (event.pointerType !== "mouse" && scale === 1 && Math.abs(aside) > SWIPE && Math.abs(aside) > 2 * Math.abs(below)) {
    document.querySelector(aside < 0 ? "a.step.older" : "a.step.newer")?.click();
  } else if (!began.moved) {
    tap(event, now);
  }
}

let tapped = 0;

/** A click looks closely and back; with a finger it takes two. */
function tap(event, at) {
  if (event.pointerType !== "mouse" && event.timeStamp - tapped > 350) {
    tapped = event.timeStamp;
    return;
  }
  tapped = 0;
  if (scale > 1) reset();
  else toPixels(at);
}

function wheel(event) {
  if (deep || !image() || !view.contains(event.target)) return;
  event.preventDefault();
  const factor = Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002));
  if (scale * factor <= 1) reset();
  else zoomTo(scale * factor, point(event));
}

view.addEventListener("pointerdown", down);
view.addEventListener("pointermove", move);
view.addEventListener("pointerup", up);
view.addEventListener("pointercancel", up);
view.addEventListener("wheel", wheel, { passive: false });
view.addEventListener("load", () => { if (image()) tell(); }, true); // its size is known now
view.addEventListener("dragstart", (event) => event.preventDefault());
new ResizeObserver(() => { if (image()) draw(); }).observe(view);
document.getElementById("zoom-in")?.addEventListener("click", () => zoomBy(STEP));
document.getElementById("zoom-out")?.addEventListener("click", () => zoomBy(1 / STEP));
level?.addEventListener("click", () => toPixels());
document.addEventListener("photo-refreshed", () => {
  if (full && !full.isConnected) reset();
});
keepWhile((piece) => {
  if (piece.dataset.piece !== "picture" || held || !zoomed()) return false;
  reset(); // the new one may be turned
  return false;
});
