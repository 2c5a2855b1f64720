// How people draw: with mouse, pen and finger, and with keys while the picture has the
// focus.

import { remove, saveMoved } from "./markup-changes.js";
import { STEP, begun, cancel, drawTo, finish, latest, moved, within, write } from "./markup-drafts.js";
import { choose, frame, mine, now, one, render, tell, tool } from "./markup-layer.js";
import { UNIT } from "./markup-shapes.js";
import { t } from "./texts.js";

const CLICK = 4; // pixels: what moves less is a click

// The pointer

function pointOf(event) {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(now.layer.getScreenCTM().inverse());
  const [wide, high] = frame();
  return [within(at.x * UNIT / wide), within(at.y * UNIT / high)];
}

function down(event) {
  if (now.pulling) { // a second finger: both move the picture
    if (event.pointerId !== now.pulling.id) cancel();
    return;
  }
  if (event.button > 0 || !event.isPrimary) return;
  event.preventDefault();
  now.layer.focus({ preventScroll: true });
  const point = pointOf(event);
  now.pulling = { id: event.pointerId, x: event.clientX, y: event.clientY, point, far: false };
  now.layer.setPointerCapture(event.pointerId);
  now.cross = point;
  if (tool() === "select") {
    const handle = Number(event.target.dataset?.handle ?? 0);
    const at = event.target.closest("[data-markup]");
    if (handle) choose(now.chosen, handle);
    else choose(at ? Number(at.dataset.markup) : null);
  } else {
    choose(null);
    if (tool() !== "text") now.draft = begun(point);
  }
}

function move(event) {
  const { pulling } = now;
  if (!pulling || event.pointerId !== pulling.id) return;
  pulling.far ||= Math.hypot(event.clientX - pulling.x, event.clientY - pulling.y) > CLICK;
  if (!pulling.far) return;
  if (now.draft && !now.draft.id) {
    for (const each of event.getCoalescedEvents?.() ?? [event]) drawTo(pointOf(each));
    return;
  }
  const markup = one();
  if (tool() !== "select" || !markup || !mine(markup)) return;
  const [x, y] = pointOf(event);
  pulling.from ??= latest(markup);
  now.draft = moved(pulling.from, x - pulling.point[0], y - pulling.point[1]);
  render();
}

function up(event) {
  if (!now.pulling || event.pointerId !== now.pulling.id) return;
  const { far, point } = now.pulling;
  now.pulling = null;
  if (event.type === "pointercancel") cancel();
  else if (tool() === "text") write(point);
  else if (now.draft?.id) saveMoved(now.draft);
  else if (now.draft && far) finish();
  else cancel();
}

/** The pointer is the layer's from the first click, which selected what lies there. */
function twice() {
  const markup = one();
  if (tool() === "select" && markup?.text && mine(markup)) write(null, markup);
}

// The keys

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function arrowKey(event) {
  const [right, below] = WAYS[event.key].map((way) => way * (event.shiftKey ? STEP / 10 : STEP));
  if (tool() !== "select") {
    now.cross = [within(now.cross[0] + right), within(now.cross[1] + below)];
    if (now.draft) drawTo(now.cross);
    else render();
    return;
  }
  const markup = one();
  if (!markup) choose(now.markups[0]?.id ?? null);
  else if (mine(markup)) {
    // Held down, it is one step: what was moved is saved when the key is let go
    now.draft = moved(latest(markup), right, below);
    render();
  }
}

function enterKey() {
  const markup = one();
  if (tool() === "select") {
    if (!markup) choose(now.markups[0]?.id ?? null);
    else if (markup.text) {
      if (mine(markup)) write(null, markup);
    } else if (markup.kind !== "pen") choose(now.chosen, (now.part + 1) % (markup.points.length + 1));
  } else if (tool() === "text") write(now.cross);
  else if (now.draft) finish();
  else {
    now.draft = begun(now.cross);
    tell(t("markups.drawing"));
  }
}

function along(way) {
  const all = now.markups;
  const at = all.findIndex(({ id }) => id === now.chosen);
  const next = at < 0 ? (way > 0 ? 0 : all.length - 1) : (at + way + all.length) % all.length;
  choose(all[next]?.id ?? null);
}

const KEYS = {
  Enter: enterKey, " ": enterKey, Delete: remove, Backspace: remove,
  PageDown: () => along(1), PageUp: () => along(-1),
  ...Object.fromEntries(Object.keys(WAYS).map((key) => [key, arrowKey])),
};

function keyDown(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || !(event.key in KEYS)) return;
  event.preventDefault();
  event.stopPropagation();
  KEYS[event.key](event);
}

function keyUp(event) {
  if (event.key in WAYS && now.draft?.id && !now.pulling) saveMoved(now.draft);
}

function left() {
  keyUp({ key: "ArrowUp" }); // it is let go elsewhere
  render();
}

/** What the layer hears while somebody draws, as pairs of an event's name and a listener. */
export const LISTENERS = [
  ["pointerdown", down], ["pointermove", move], ["pointerup", up], ["pointercancel", up], ["dblclick", twice],
  ["keydown", keyDown], ["keyup", keyUp], ["focus", () => render()], ["blur", left],
];
