// The layer that somebody draws on: what is drawn as things stand, and how it is shown.
// The pointer and the keys change what stands here (markup-input.js), and so does what
// was saved (markup-changes.js).

import { UNIT, drawn, frameOf, svg, turned } from "./markup-shapes.js";
import { t } from "./texts.js";

const main = document.getElementById("main");
const status = document.getElementById("markup-status");
const ME = Number(main.dataset.person);
const ANY = main.dataset.marks === "any"; // what others drew may be changed, too

/** As things stand while somebody draws. */
export const now = {
  markups: [], // as they are stored
  layer: null, // the element that is drawn on, while somebody draws
  draft: null, // what is being drawn or moved: a shape as it is shown
  sending: [], // shapes as they are shown, drawn and on their way
  chosen: null, // id of the markup that is selected
  part: 0, // 0: all of it is moved; else the point of that number, from 1
  cross: null, // where the keys are, as shown
  pulling: null, // what the pointer does
  steps: [], // batches, to be undone here
};

export const tools = document.getElementById("markup-tools"); // not there for who may not draw
export const image = () => document.getElementById("shown");
export const drawing = () => now.layer !== null;
export const rotation = () => Number(image().dataset.rotation);
export const frame = () => frameOf(Number(image().dataset.width), Number(image().dataset.height));
export const asShown = (markup) => ({ ...markup, points: turned(markup.points, rotation()) });
export const asStored = (points) => turned(points, 360 - rotation());
export const value = (name) => tools.querySelector(`input[name=${name}]:checked`).value;
export const tool = () => value("tool");
export const one = () => now.markups.find(({ id }) => id === now.chosen) ?? null;
export const mine = (markup) => ANY || markup.author_id === ME;

/** How many units of the frame a pixel of the screen is. */
const pixel = () => 1 / (now.layer.getScreenCTM()?.a || 1);

export function inFrame([x, y]) {
  const [wide, high] = frame();
  return [x * wide / UNIT, y * high / UNIT];
}

function marked(markup) {
  const shape = drawn(asShown(markup), frame(), 20 * pixel());
  shape.dataset.markup = markup.id;
  return shape;
}

function around(element) {
  const { x, y, width, height } = element.getBBox();
  const off = 6 * pixel();
  return svg("rect", { class: "chosen", x: x - off, y: y - off, width: width + 2 * off, height: height + 2 * off, "stroke-width": 2 * pixel() });
}

function handles(shape) {
  if (shape.kind === "pen" || shape.kind === "text") return [];
  return shape.points.map((point, n) => {
    const [cx, cy] = inFrame(point);
    const dot = svg("circle", { class: now.part === n + 1 ? "handle on" : "handle", cx, cy, r: 8 * pixel(), "stroke-width": 2 * pixel() });
    dot.dataset.handle = n + 1;
    return dot;
  });
}

function crosshair() {
  const [x, y] = inFrame(now.cross);
  const long = 14 * pixel();
  const d = `M${x - long},${y}H${x + long}M${x},${y - long}V${y + long}`;
  return [svg("path", { class: "cross below", d, "stroke-width": 4 * pixel() }), svg("path", { class: "cross", d, "stroke-width": 1.5 * pixel() })];
}

export function render() {
  if (!drawing()) return;
  const { layer, draft } = now;
  const moved = draft?.id ? draft.id : null;
  const waiting = now.sending.map((shape) => drawn(shape, frame()));
  layer.replaceChildren(...now.markups.filter(({ id }) => id !== moved).map(marked), ...waiting);
  let at = now.chosen === null ? null : layer.querySelector(`[data-markup="${now.chosen}"]`);
  if (draft) {
    const shape = drawn(draft, frame());
    layer.append(shape);
    if (moved) at = shape;
  }
  const markup = one();
  if (at && markup) layer.append(around(at), ...(mine(markup) ? handles(draft?.id ? draft : asShown(markup)) : []));
  if (now.cross && document.activeElement === layer && tool() !== "select") layer.append(...crosshair());
  const able = markup !== null && mine(markup);
  document.getElementById("markup-delete").disabled = !able;
  document.getElementById("markup-undo").disabled = !now.steps.length;
}

/** Says what can be done now, or what is selected. */
export function tell(words = null) {
  const markup = one();
  if (words) status.textContent = words;
  else if (markup) {
    const what = markup.text ? `${t("markups.text")}: ${markup.text}` : t(`markups.${markup.kind}`);
    const whose = markup.author ?? t("common.unknown");
    const at = now.markups.indexOf(markup) + 1;
    const how = mine(markup) ? t(markup.kind === "text" ? "markups.selected_text" : "markups.selected") : "";
    status.textContent = `${t("markups.one_of", { at, n: now.markups.length, what, who: whose })} ${how}`.trim();
  } else status.textContent = t(`markups.hint_${tool() === "select" || tool() === "pen" || tool() === "text" ? tool() : "shape"}`);
}

export function choose(id, point = 0) {
  now.chosen = id;
  now.part = point;
  render();
  tell();
}
