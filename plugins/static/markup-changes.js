// What is drawn is saved: each change is a step that can be taken back here, and the list
// is read again after it.

import { ask, complain, post } from "./app.js";
import { asStored, mine, now, one, render, rotation, tell } from "./markup-layer.js";
import { t } from "./texts.js";

const photo = document.getElementById("main").dataset.photo;
let last = Promise.resolve(); // changes go one after the other

/** When all that was changed is saved, or was refused. */
export const settled = () => last;

/** Reads what is drawn; "photo-turned" is sent when somebody turned the photo meanwhile. */
export async function load() {
  const told = await ask(`/-/photo/${photo}/markups.json`);
  if (told.rotation !== rotation()) {
    document.dispatchEvent(new CustomEvent("photo-turned"));
    return;
  }
  now.markups = told.markups;
  if (!one()) now.chosen = null;
}

/**
 * The shape that is sent is shown until it is there; one that was begun since stays.
 * Gives what was answered; null: it was refused, or did not arrive.
 */
function change(work, shape = null) {
  last = last.then(async () => {
    try {
      const done = await work();
      if (done.batch) now.steps.push(done.batch);
      await load();
      return done;
    } catch (error) {
      complain(error);
      await load().catch(() => {});
      return null;
    } finally {
      now.sending = now.sending.filter((other) => other !== shape);
      if (now.draft === shape) now.draft = null;
      render();
      if (!now.draft) tell();
    }
  });
  return last;
}

const sent = ({ kind, colour, width, points, text = "" }) => ({ kind, colour, width, points: asStored(points), text });

export function add(shape) {
  now.sending.push(shape);
  now.draft = null;
  render();
  return change(() => post(`/-/photo/${photo}/markup`, sent(shape)), shape);
}

/** Changes a markup's `values`; `shape` is what is shown of it meanwhile. */
export const edit = (id, values, shape = null) => change(() => post(`/-/markups/${id}/edit`, values), shape);

export const saveMoved = (shape) => edit(shape.id, { points: asStored(shape.points) }, shape);

export function remove() {
  const markup = one();
  if (!markup || !mine(markup)) return;
  change(async () => {
    const done = await post(`/-/markups/${markup.id}/delete`);
    now.chosen = null;
    return done;
  }).then((done) => done && tell(t("markups.deleted")));
}

export function undo() {
  let told = null;
  change(async () => {
    const batch = now.steps.pop(); // only now: what was drawn just before is a step by then
    if (batch === undefined) return {};
    const kept = (await post(`/-/undo/${batch}`)).kept?.length;
    told = kept ? t("common.undone_in_part", { n: kept }) : t("common.undone");
    return {};
  }).then((done) => done && told && tell(told));
}
