// A shape that is being drawn, written or moved, until it is saved or left.

import { add, edit } from "./markup-changes.js";
import { asShown, asStored, frame, inFrame, now, render, tell, tool, value } from "./markup-layer.js";
import { UNIT, simplified } from "./markup-shapes.js";

const dialog = document.getElementById("markup-text");
export const STEP = 1000; // of an arrow key, in units; with Shift a tenth of it
export const within = (number) => Math.round(Math.min(UNIT, Math.max(0, number)));

// A new shape

export function begun(point) {
  return { kind: tool(), colour: value("colour"), width: Number(value("width")), points: [point, point], text: "" };
}

export function drawTo(point) {
  const { draft } = now;
  if (draft.kind !== "pen") draft.points = [draft.points[0], point];
  else draft.points = [...draft.points, point];
  render();
}

/** Fewer points, as many as are needed: half a unit of the frame cannot be seen. */
function penned(points) {
  const [wide, high] = frame();
  for (let off = 0.5; ; off *= 1.5) {
    const found = simplified(points.map(inFrame), off);
    if (found.length <= 1000) return found.map(([x, y]) => [within(x * UNIT / wide), within(y * UNIT / high)]);
  }
}

export function finish() {
  const shape = now.draft;
  if (shape.kind === "pen") shape.points = penned(shape.points);
  if (shape.points.every(([x, y]) => x === shape.points[0][0] && y === shape.points[0][1])) cancel();
  else add(shape);
}

export function cancel() {
  now.draft = null;
  now.pulling = null;
  render();
  tell();
}

/** Whether words are being asked for. */
export const writing = () => dialog.open;

/**
 * Asks for words, and puts them at a point of the picture, or in place of a text's. Where
 * they cannot be saved it asks again, with them: they took a while to write.
 */
export function write(point, markup = null, written = markup?.text ?? "") {
  const box = dialog.querySelector("textarea");
  box.value = written;
  dialog.returnValue = "";
  dialog.addEventListener("close", async () => {
    now.layer?.focus({ preventScroll: true });
    const words = box.value.trim();
    if (dialog.returnValue !== "save" || !words) return;
    const saved = await (markup ? edit(markup.id, { text: words }) : put(point, words));
    if (!saved && now.layer && !dialog.open) write(point, markup, words);
  }, { once: true });
  dialog.showModal();
}

/** Puts words at a point: they must begin within, and run to the right as it is shown now. */
function put(point, words) {
  const [x, y] = [Math.min(point[0], UNIT - STEP), Math.min(point[1], UNIT - STEP)];
  return add({ ...begun(point), points: [[x, y], [x + STEP, y]], text: words });
}

dialog?.querySelector("textarea").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) dialog.close("save");
});

// Moving what is there

/** A markup as it is shown, moved as far as it stays within the picture; or its point. */
export function moved(markup, across, down) {
  const shape = asShown(markup);
  const all = shape.points;
  if (now.part) {
    shape.points = all.map(([x, y], n) => (n === now.part - 1 ? [within(x + across), within(y + down)] : [x, y]));
    return shape;
  }
  const [xs, ys] = [all.map(([x]) => x), all.map(([, y]) => y)];
  const right = Math.min(UNIT - Math.max(...xs), Math.max(-Math.min(...xs), Math.round(across)));
  const below = Math.min(UNIT - Math.max(...ys), Math.max(-Math.min(...ys), Math.round(down)));
  shape.points = all.map(([x, y]) => [x + right, y + below]);
  return shape;
}

/** A markup as it was moved last, though it may not be saved yet. */
export function latest(markup) {
  const { draft } = now;
  return draft?.id === markup.id ? { ...draft, points: asStored(draft.points) } : markup;
}
