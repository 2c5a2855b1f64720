// The description: saved when one leaves it; kept and tried again while it cannot be.

import { Refused, say } from "./app.js";
import { t } from "./texts.js";
import { forget, keep, kept } from "./viewer-drafts.js";
import { keepWhile } from "./viewer-pieces.js";
import { passing, save } from "./viewer-saving.js";

const NAME = "description";
const SLOWEST = 30_000; // milliseconds between two tries
let saving = false;
let again = false; // it was left once more while it was being saved
let failed = false;
let pause = 2_000;
let timer = 0;

const field = () => document.getElementById(NAME);
const plain = (text) => text.replace(/\r\n?/g, "\n");
// What the page came with is what the person has seen
const seen = (box) => plain(box.defaultValue);
const changed = (box) => plain(box.value) !== seen(box);

function tell(text, wrong = false) {
  const state = document.getElementById("description-state");
  if (!state) return;
  state.textContent = text;
  state.classList.toggle("wrong", wrong);
}

/** As high as its text: where CSS cannot do that itself. */
function fit(box) {
  if (CSS.supports("field-sizing", "content")) return;
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}

async function saved(box) {
  const value = plain(box.value);
  const done = await save({
    name: NAME, value, seen: seen(box), said: "viewer.described",
    label: document.querySelector(`label[for="${NAME}"]`).textContent,
  });
  const now = field();
  if (!now) return;
  if (!done) {
    tell(t("viewer.undecided"), true);
    return;
  }
  const typed = plain(now.value) === value ? done.value : now.value;
  now.defaultValue = done.value;
  now.value = typed;
  if (changed(now)) again = true;
  else forget(NAME);
  fit(now);
  tell(t("common.saved"));
}

async function leave() {
  const box = field();
  clearTimeout(timer);
  if (!box || (!changed(box) && !failed)) return;
  if (saving) {
    again = true;
    return;
  }
  saving = true;
  again = false;
  tell(t("viewer.saving"));
  try {
    await saved(box);
    failed = false;
    pause = 2_000;
  } catch (error) {
    failed = true;
    wait(error);
  } finally {
    saving = false;
  }
  if (again) leave();
}

/** Says that it is not saved, and tries again if that may help. */
function wait(error) {
  if (!passing(error)) {
    tell(`${t("viewer.not_saved")} ${error instanceof Refused ? error.message : t("common.failed")}`, true);
    return;
  }
  tell(t("viewer.unsaved"), true);
  timer = setTimeout(leave, pause);
  pause = Math.min(pause * 2, SLOWEST);
}

document.addEventListener("input", (event) => {
  if (event.target.id !== NAME) return;
  fit(event.target);
  keep(NAME, { value: event.target.value, seen: seen(event.target) });
  if (!failed) tell("");
});
document.addEventListener("focusout", (event) => {
  if (event.target.id === NAME) leave();
});
addEventListener("online", () => { if (failed) leave(); });
addEventListener("beforeunload", (event) => {
  if (failed && field() && changed(field())) event.preventDefault();
});
keepWhile((piece) => piece.dataset.piece === NAME && field() !== null
  && (document.activeElement === field() || saving || changed(field())));

const box = field();
if (box) {
  const draft = kept(NAME);
  if (draft && plain(draft.value) !== seen(box)) {
    box.defaultValue = draft.seen;
    box.value = draft.value;
    say(t("viewer.restored"));
    leave();
  } else {
    forget(NAME);
  }
  fit(box);
}
