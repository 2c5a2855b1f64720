// What one is in the middle of on the map: pinning a photo, drawing an area, placing a
// plan. Clicks and keys go there until it is done or left. One thing at a time.

import { el } from "./elements.js";
import { typing } from "./keys.js";

const hint = document.getElementById("hint");
const deeds = document.getElementById("deeds");
const crosshair = document.getElementById("crosshair");
const STEP = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const [SMALL, LARGE] = [10, 60]; // pixels that an arrow moves the map; with shift

let now = null;

function button({ label, act, strong = false }) {
  const look = strong ? "button strong" : "button";
  return el("button", { type: "button", class: look, onclick: act }, label);
}

/** Says what to do next, and what can be done; the focused button keeps the focus. */
export function tell(text, buttons) {
  const at = [...deeds.children].indexOf(document.activeElement);
  hint.textContent = text;
  hint.hidden = false;
  deeds.replaceChildren(...buttons.map(button));
  deeds.hidden = false;
  deeds.children[at]?.focus();
}

/**
 * Begins something, and ends what was going on before.
 *
 * @param {{at: (place: object) => void, leave: () => void, cross: boolean}} mode at: what
 *   a click does, and with cross Enter, in the middle; leave: cleans up
 */
export function begin(map, mode) {
  end();
  now = { ...mode, map };
  map.doubleClickZoom.disable();
  map.keyboard.disable();
  map.getContainer().classList.add("aiming");
  crosshair.hidden = !mode.cross;
}

/** Ends what is going on. */
export function end() {
  if (!now) return;
  const { leave, map } = now;
  now = null;
  for (const part of [hint, deeds, crosshair]) part.hidden = true;
  map.getContainer().classList.remove("aiming");
  map.doubleClickZoom.enable();
  map.keyboard.enable();
  leave();
}

/** Gives a click at a place to what is going on; false when nothing is. */
export function hit(place) {
  if (!now) return false;
  now.at?.(place);
  return true;
}

function key(event, map) {
  if (event.key === "Enter" && now.cross) now.at(map.getCenter());
  else if (event.key in STEP) {
    const size = event.shiftKey ? LARGE : SMALL;
    map.panBy(STEP[event.key].map((way) => way * size), { animate: false });
  } else if (event.key === "+" || event.key === "=") map.zoomIn();
  else if (event.key === "-") map.zoomOut();
  else return;
  event.preventDefault();
}

/** Lets clicks and keys on the map go to what is going on. */
export function listen(map) {
  const container = map.getContainer();
  map.on("click", (event) => hit(event.latlng));
  container.addEventListener("keydown", (event) => {
    if (now && event.target === container && !typing(event)) key(event, map);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end();
  });
}
