// Drawing on a photo: with mouse, pen, finger and keys. The layer itself comes with the
// page; while somebody draws, it is made here from what markups.json says.

import { ask, complain, post } from "./app.js";
import { UNIT, drawn, frameOf, simplified, svg, turned } from "./markup-shapes.js";
import { t } from "./texts.js";
import { keepWhile, refresh } from "./viewer-pieces.js";
import { hold, reset, zoomed } from "./viewer-zoom.js";

const main = document.getElementById("main");
const stage = document.querySelector(".stage");
const figure = () => document.getElementById("picture");
const image = () => document.getElementById("shown");
const tools = document.getElementById("markup-tools"); // not there for who may not draw
const status = document.getElementById("markup-status");
const dialog = document.getElementById("markup-text");
const HIDDEN = "asbuilt-markups-hidden";
const KEPT = "asbuilt-markup"; // colour and width as they were chosen last
const STEP = 1000; // of an arrow key, in units; with Shift a tenth of it
const CLICK = 4; // pixels: what moves less is a click
const ME = Number(main.dataset.person);
const ANY = main.dataset.marks === "any"; // what others drew may be changed, too

let markups = [];
let layer = null; // the element that is drawn on, while somebody draws
let draft = null; // what is being drawn or moved: a shape as it is shown
let sending = []; // shapes as they are shown, drawn and on their way
let chosen = null; // id of the markup that is selected
let part = 0; // 0: all of it is moved; else the point of that number, from 1
let cross = null; // where the keys are, as shown
let pulling = null; // what the pointer does
let steps = []; // batches, to be undone here
let last = Promise.resolve(); // changes go one after the other

const drawing = () => layer !== null;
const rotation = () => Number(image().dataset.rotation);
const frame = () => frameOf(Number(image().dataset.width), Number(image().dataset.height));
const asShown = (markup) => ({ ...markup, points: turned(markup.points, rotation()) });
const asStored = (points) => turned(points, 360 - rotation());
const value = (name) => tools.querySelector(`input[name=${name}]:checked`).value;
const tool = () => value("tool");
const one = () => markups.find(({ id }) => id === chosen) ?? null;
const mine = (markup) => ANY || markup.author_id === ME;
const within = (number) => Math.round(Math.min(UNIT, Math.max(0, number)));

// Shown and hidden

function showHidden(hidden) {
  stage.classList.toggle("bare", hidden);
  const button = document.getElementById("markups-shown");
  button?.setAttribute("aria-pressed", String(!hidden));
}

function isHidden() {
  try {
    return localStorage.getItem(HIDDEN) === "1";
  } catch {
    return false;
  }
}

function toggleHidden() {
  const hidden = !stage.classList.contains("bare");
  try {
    localStorage.setItem(HIDDEN, hidden ? "1" : "0");
  } catch {
    // it is so until the page is left
  }
  showHidden(hidden);
}

// What is shown while somebody draws

/** How many units of the frame a pixel of the screen is. */
const pixel = () => 1 / (layer.getScreenCTM()?.a || 1);

function inFrame([x, y]) {
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
    const dot = svg("circle", { class: part === n + 1 ? "handle on" : "handle", cx, cy, r: 8 * pixel(), "stroke-width": 2 * pixel() });
    dot.dataset.handle = n + 1;
    return dot;
  });
}

function crosshair() {
  const [x, y] = inFrame(cross);
  const long = 14 * pixel();
  const d = `M${x - long},${y}H${x + long}M${x},${y - long}V${y + long}`;
  return [svg("path", { class: "cross below", d, "stroke-width": 4 * pixel() }), svg("path", { class: "cross", d, "stroke-width": 1.5 * pixel() })];
}

function render() {
  if (!drawing()) return;
  const moved = draft?.id ? draft.id : null;
  const waiting = sending.map((shape) => drawn(shape, frame()));
  layer.replaceChildren(...markups.filter(({ id }) => id !== moved).map(marked), ...waiting);
  let at = chosen === null ? null : layer.querySelector(`[data-markup="${chosen}"]`);
  if (draft) {
    const shape = drawn(draft, frame());
    layer.append(shape);
    if (moved) at = shape;
  }
  const markup = one();
  if (at && markup) layer.append(around(at), ...(mine(markup) ? handles(draft?.id ? draft : asShown(markup)) : []));
  if (cross && document.activeElement === layer && tool() !== "select") layer.append(...crosshair());
  const able = markup !== null && mine(markup);
  document.getElementById("markup-delete").disabled = !able;
  document.getElementById("markup-undo").disabled = !steps.length;
}

/** Says what can be done now, or what is selected. */
function tell(words = null) {
  const markup = one();
  if (words) status.textContent = words;
  else if (markup) {
    const what = markup.text ? `${t("markups.text")}: ${markup.text}` : t(`markups.${markup.kind}`);
    const whose = markup.author ?? t("common.unknown");
    const at = markups.indexOf(markup) + 1;
    const how = mine(markup) ? t(markup.kind === "text" ? "markups.selected_text" : "markups.selected") : "";
    status.textContent = `${t("markups.one_of", { at, n: markups.length, what, who: whose })} ${how}`.trim();
  } else status.textContent = t(`markups.hint_${tool() === "select" || tool() === "pen" || tool() === "text" ? tool() : "shape"}`);
}

function choose(id, point = 0) {
  chosen = id;
  part = point;
  render();
  tell();
}

// Changes: each is a step, and the list is read again after it

async function load() {
  const told = await ask(`/-/photo/${main.dataset.photo}/markups.json`);
  if (told.rotation !== rotation()) { // somebody turned it meanwhile
    stop();
    return;
  }
  markups = told.markups;
  if (!one()) chosen = null;
}

/** The shape that is sent is shown until it is there; one that was begun since stays. */
function change(work, shape = null) {
  last = last.then(async () => {
    try {
      const done = await work();
      if (done.batch) steps.push(done.batch);
      await load();
      return done;
    } catch (error) {
      complain(error);
      await load().catch(() => {});
      return null;
    } finally {
      sending = sending.filter((other) => other !== shape);
      if (draft === shape) draft = null;
      render();
      if (!draft) tell();
    }
  });
  return last;
}

const sent = ({ kind, colour, width, points, text = "" }) => ({ kind, colour, width, points: asStored(points), text });

function add(shape) {
  sending.push(shape);
  draft = null;
  render();
  change(() => post(`/-/photo/${main.dataset.photo}/markup`, sent(shape)), shape);
}

const edit = (id, values, shape = null) => change(() => post(`/-/markups/${id}/edit`, values), shape);

function remove() {
  const markup = one();
  if (!markup || !mine(markup)) return;
  change(async () => {
    const done = await post(`/-/markups/${markup.id}/delete`);
    chosen = null;
    return done;
  }).then((done) => done && tell(t("markups.deleted")));
}

function undo() {
  let told = null;
  change(async () => {
    const batch = steps.pop(); // only now: what was drawn just before is a step by then
    if (batch === undefined) return {};
    const kept = (await post(`/-/undo/${batch}`)).kept?.length;
    told = kept ? t("common.undone_in_part", { n: kept }) : t("common.undone");
    return {};
  }).then((done) => done && told && tell(told));
}

// A new shape

function begun(point) {
  return { kind: tool(), colour: value("colour"), width: Number(value("width")), points: [point, point], text: "" };
}

function drawTo(point) {
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

function finish() {
  const shape = draft;
  if (shape.kind === "pen") shape.points = penned(shape.points);
  if (shape.points.every(([x, y]) => x === shape.points[0][0] && y === shape.points[0][1])) cancel();
  else add(shape);
}

function cancel() {
  draft = null;
  pulling = null;
  render();
  tell();
}

/** Asks for words, and puts them at a point of the picture, or in place of a text's. */
function write(point, markup = null) {
  const box = dialog.querySelector("textarea");
  box.value = markup?.text ?? "";
  dialog.returnValue = "";
  dialog.addEventListener("close", () => {
    layer?.focus({ preventScroll: true });
    const words = box.value.trim();
    if (dialog.returnValue !== "save" || !words) return;
    if (markup) {
      edit(markup.id, { text: words });
      return;
    }
    // It must begin within, and runs to the right as the picture is shown now
    const [x, y] = [Math.min(point[0], UNIT - STEP), Math.min(point[1], UNIT - STEP)];
    add({ ...begun(point), points: [[x, y], [x + STEP, y]], text: words });
  }, { once: true });
  dialog.showModal();
}

// Moving what is there

function moved(markup, across, down) {
  const shape = asShown(markup);
  const all = shape.points;
  if (part) {
    shape.points = all.map(([x, y], n) => (n === part - 1 ? [within(x + across), within(y + down)] : [x, y]));
    return shape;
  }
  const [xs, ys] = [all.map(([x]) => x), all.map(([, y]) => y)];
  const right = Math.min(UNIT - Math.max(...xs), Math.max(-Math.min(...xs), Math.round(across)));
  const below = Math.min(UNIT - Math.max(...ys), Math.max(-Math.min(...ys), Math.round(down)));
  shape.points = all.map(([x, y]) => [x + right, y + below]);
  return shape;
}

const saveMoved = (shape) => edit(shape.id, { points: asStored(shape.points) }, shape);
/** A markup as it was moved last, though it may not be saved yet. */
const latest = (markup) => (draft?.id === markup.id ? { ...draft, points: asStored(draft.points) } : markup);

// The pointer

function pointOf(event) {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(layer.getScreenCTM().inverse());
  const [wide, high] = frame();
  return [within(at.x * UNIT / wide), within(at.y * UNIT / high)];
}

function down(event) {
  if (pulling) { // a second finger: both move the picture
    if (event.pointerId !== pulling.id) cancel();
    return;
  }
  if (event.button > 0 || !event.isPrimary) return;
  event.preventDefault();
  layer.focus({ preventScroll: true });
  const point = pointOf(event);
  pulling = { id: event.pointerId, x: event.clientX, y: event.clientY, point, far: false };
  layer.setPointerCapture(event.pointerId);
  cross = point;
  if (tool() === "select") {
    const handle = Number(event.target.dataset?.handle ?? 0);
    const at = event.target.closest("[data-markup]");
    if (handle) choose(chosen, handle);
    else choose(at ? Number(at.dataset.markup) : null);
  } else {
    choose(null);
    if (tool() !== "text") draft = begun(point);
  }
}

function move(event) {
  if (!pulling || event.pointerId !== pulling.id) return;
  pulling.far ||= Math.hypot(event.clientX - pulling.x, event.clientY - pulling.y) > CLICK;
  if (!pulling.far) return;
  if (draft && !draft.id) {
    for (const each of event.getCoalescedEvents?.() ?? [event]) drawTo(pointOf(each));
    return;
  }
  const markup = one();
  if (tool() !== "select" || !markup || !mine(markup)) return;
  const [x, y] = pointOf(event);
  pulling.from ??= latest(markup);
  draft = moved(pulling.from, x - pulling.point[0], y - pulling.point[1]);
  render();
}

function up(event) {
  if (!pulling || event.pointerId !== pulling.id) return;
  const { far, point } = pulling;
  pulling = null;
  if (event.type === "pointercancel") cancel();
  else if (tool() === "text") write(point);
  else if (draft?.id) saveMoved(draft);
  else if (draft && far) finish();
  else cancel();
}

/** The pointer is the layer's from the first click, which selected what lies there. */
function twice() {
  const markup = one();
  if (tool() === "select" && markup?.text && mine(markup)) write(null, markup);
}

// The keys, while the picture has the focus

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function arrowKey(event) {
  const [right, below] = WAYS[event.key].map((way) => way * (event.shiftKey ? STEP / 10 : STEP));
  if (tool() !== "select") {
    cross = [within(cross[0] + right), within(cross[1] + below)];
    if (draft) drawTo(cross);
    else render();
    return;
  }
  const markup = one();
  if (!markup) choose(markups[0]?.id ?? null);
  else if (mine(markup)) {
    // Held down, it is one step: what was moved is saved when the key is let go
    draft = moved(latest(markup), right, below);
    render();
  }
}

function enterKey() {
  const markup = one();
  if (tool() === "select") {
    if (!markup) choose(markups[0]?.id ?? null);
    else if (markup.text) {
      if (mine(markup)) write(null, markup);
    } else if (markup.kind !== "pen") choose(chosen, (part + 1) % (markup.points.length + 1));
  } else if (tool() === "text") write(cross);
  else if (draft) finish();
  else {
    draft = begun(cross);
    tell(t("markups.drawing"));
  }
}

function along(way) {
  const at = markups.findIndex(({ id }) => id === chosen);
  const next = at < 0 ? (way > 0 ? 0 : markups.length - 1) : (at + way + markups.length) % markups.length;
  choose(markups[next]?.id ?? null);
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
  if (event.key in WAYS && draft?.id && !pulling) saveMoved(draft);
}

function left() {
  keyUp({ key: "ArrowUp" }); // it is let go elsewhere
  render();
}

/** Escape leaves the shape, then the selection, then drawing; letters are not the page's. */
function everywhere(event) {
  if (!drawing() || dialog.open) return;
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    if (draft) cancel();
    else if (chosen !== null) choose(null);
    else stop();
  } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.shiftKey) {
    event.preventDefault();
    undo();
  } else if (event.target.closest?.(".stage") && /^[a-z]$/i.test(event.key)) event.stopPropagation();
}

// Begin and end

function blank() {
  const [width, height] = ["width", "height"].map((side) => image().getAttribute(side));
  const [wide, high] = frame();
  const made = svg("svg", { class: "markups", viewBox: `0 0 ${wide} ${high}`, width, height });
  figure().append(made);
  return made;
}

const LISTENERS = [
  ["pointerdown", down], ["pointermove", move], ["pointerup", up], ["pointercancel", up], ["dblclick", twice],
  ["keydown", keyDown], ["keyup", keyUp], ["focus", () => render()], ["blur", left],
];

async function start() {
  if (drawing() || !image()?.dataset.width) return;
  if (!figure().querySelector("img.full") && zoomed()) reset(); // out of the tiles
  showHidden(false);
  layer = figure().querySelector("svg.markups") ?? blank();
  cross = [UNIT / 2, UNIT / 2];
  steps = [];
  try {
    await load();
  } catch (error) {
    layer = null;
    complain(error);
    return;
  }
  if (!drawing()) return;
  hold(true);
  stage.classList.add("marking");
  tools.hidden = false;
  for (const [name, listener] of LISTENERS) layer.addEventListener(name, listener);
  layer.setAttribute("tabindex", "0");
  layer.setAttribute("role", "application");
  layer.setAttribute("aria-label", t("markups.surface"));
  layer.setAttribute("aria-describedby", "markup-status");
  document.getElementById("draw").setAttribute("aria-expanded", "true");
  chosen = null;
  render();
  tell();
  tools.querySelector("input[name=tool]:checked").focus();
}

function stop() {
  if (!drawing()) return;
  [draft, chosen, pulling, cross] = [null, null, null, null];
  render();
  for (const [name, listener] of LISTENERS) layer.removeEventListener(name, listener);
  layer = null;
  hold(false);
  stage.classList.remove("marking");
  tools.hidden = true;
  const button = document.getElementById("draw");
  button.setAttribute("aria-expanded", "false");
  button.focus();
  last.then(refresh);
}

function recall() {
  const [colour, width] = (() => {
    try {
      return (localStorage.getItem(KEPT) ?? "").split(" ");
    } catch {
      return [];
    }
  })();
  for (const [name, kept] of [["colour", colour], ["width", width]]) {
    const found = [...tools.querySelectorAll(`input[name=${name}]`)].find((input) => input.value === kept);
    if (found) found.checked = true;
  }
}

/** Another tool; or another colour or width, of what is selected, too. */
function set({ target: { name, value: wanted } }) {
  if (name === "tool") {
    cancel();
    choose(null);
    return;
  }
  try {
    localStorage.setItem(KEPT, `${value("colour")} ${value("width")}`);
  } catch {
    // it is so until the page is left
  }
  const markup = one();
  if (markup && mine(markup)) edit(markup.id, { [name]: name === "width" ? Number(wanted) : wanted });
}

document.addEventListener("click", (event) => {
  const at = event.target.closest?.("button");
  if (at?.id === "markups-shown") toggleHidden();
  else if (at?.id === "draw") (drawing() ? stop : start)();
  else if (at?.id === "markup-done") stop();
  else if (at?.id === "markup-undo") undo();
  else if (at?.id === "markup-delete") remove();
});
if (tools) {
  recall();
  tools.addEventListener("change", set);
  tools.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", everywhere, true);
  keepWhile((piece) => piece.dataset.piece === "picture" && drawing());
  dialog.querySelector("textarea").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) dialog.close("save");
  });
  new ResizeObserver(render).observe(stage);
}
showHidden(isHidden());
document.addEventListener("photo-refreshed", () => showHidden(isHidden() && !drawing()));
