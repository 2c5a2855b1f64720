// Saving a field: one POST is one step to undo. What was typed is kept on this computer
// until it is saved, and nothing is overwritten that the person has not seen.

import { Refused, offerUndo, post } from "./app.js";
import { t } from "./texts.js";
import { refresh } from "./viewer-pieces.js";

const main = document.getElementById("main");
const photo = main.dataset.photo;
const dialog = document.getElementById("conflict");
const KEEPALIVE = 60_000; // bytes that a page may still send while it is left
let last = Promise.resolve(); // saves go one after the other

/** Sends one field beside what it was seen to hold; the answer's fields, or a Refused. */
function sent(name, value, seen) {
  const body = { [name]: value, seen: { [name]: seen } };
  const keepalive = JSON.stringify(body).length < KEEPALIVE / 4;
  const next = last.then(() => post(`/-/photo/${photo}/edit`, body, { keepalive }));
  last = next.catch(() => {});
  return next;
}

const words = (value) => (Array.isArray(value) ? value.join(", ") : String(value ?? "")) || t("photo.empty");

/** Shows both values; resolves to "mine", "theirs", or "" when the person will decide later. */
function decide(label, mine, theirs) {
  document.getElementById("conflict-field").textContent = label;
  document.getElementById("conflict-mine").textContent = words(mine);
  document.getElementById("conflict-theirs").textContent = words(theirs);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => done(dialog.returnValue), { once: true });
  });
}

dialog.addEventListener("click", (event) => {
  const button = event.target.closest("button[value]");
  if (button) dialog.close(button.value);
});

/**
 * Saves a field.
 *
 * @param {{name: string, value: any, seen: any, label: string, shown?: any, said: string}} field
 *   `shown` is what the person wrote, in words, where the value is a number
 * @returns what the field holds now, or null when the person kept theirs to decide later
 */
export async function save({ name, value, seen, label, shown = value, said }) {
  let known = seen;
  for (;;) {
    try {
      const done = await sent(name, value, known);
      await refresh();
      if (done.batch) offerUndo(t(said), done.batch, refresh);
      return { value: done.fields[name] };
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 409 || !error.body?.now) throw error;
      const theirs = error.body.now[name];
      const wanted = await decide(label, shown, error.body.shown?.[name] ?? theirs);
      if (wanted === "theirs") {
        await refresh();
        return { value: theirs };
      }
      if (wanted !== "mine") return null;
      known = theirs; // seen now
    }
  }
}

/** Whether a failure will pass by itself: the archive is away or busy. */
export const passing = (error) => error instanceof Refused && (error.status === 0 || error.status >= 500);
