// Small forms of a photo's page, sent without leaving it; each is one step to undo.

import { base, complain, offerUndo, post, sayLater } from "./app.js";
import { t } from "./texts.js";
import { refresh } from "./viewer-pieces.js";

function fieldsOf(form) {
  const fields = Object.fromEntries(new FormData(form));
  delete fields.next;
  for (const name of ["rotate", "private", "starred"]) {
    if (name in fields) fields[name] = Number(fields[name]);
  }
  return fields;
}

/** The path of an address of this archive, as `post` takes it. */
const within = (address) => new URL(address, location.href).pathname.slice(base.length);

const busy = new WeakSet(); // forms that are being sent: a second press is none

/** Sends a form; returns whether it was done. */
export async function send(form, more = {}) {
  if (busy.has(form)) return false;
  busy.add(form);
  try {
    const done = await post(within(form.action), { ...fieldsOf(form), ...more });
    const said = t(form.dataset.said);
    if (form.dataset.leads) {
      sayLater(said, done.batch);
      location.href = form.dataset.leads;
      return true;
    }
    await refresh();
    offerUndo(said, done.batch, refresh);
    return true;
  } catch (error) {
    complain(error);
    return false;
  } finally {
    busy.delete(form);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.dataset.said === undefined) return;
  event.preventDefault();
  if (!form.matches(".say")) send(form);
});
