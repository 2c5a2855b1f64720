// Comments: sent by Ctrl and Enter, too; an @ offers the people here.

import { ask, complain, post } from "./app.js";
import { el, icon } from "./elements.js";
import { t } from "./texts.js";
import { plain } from "./viewer-choose.js";
import { forget, keep, kept } from "./viewer-drafts.js";
import { send } from "./viewer-forms.js";
import { keepWhile } from "./viewer-pieces.js";

const MOST = 8; // people offered at once
const main = document.getElementById("main");
const chosen = new WeakMap(); // text field: ids of those that were chosen from the list
let people = null;
let menu = null; // the list that is open

const known = () => {
  people ??= ask(`/-/photo/${main.dataset.photo}/people.json`).then((found) => found.people)
    .catch((error) => { people = null; throw error; });
  return people;
};

/** The name that is being typed before the cursor: `{at, typed}` or null. */
function typing(box) {
  const before = box.value.slice(0, box.selectionStart);
  const found = /(^|[^\p{L}\p{N}_])@([^@\n]{0,40})$/u.exec(before);
  return found ? { at: before.length - found[2].length - 1, typed: found[2] } : null;
}

function shut() {
  if (!menu) return;
  menu.list.remove();
  for (const name of ["aria-activedescendant", "aria-controls"]) menu.box.removeAttribute(name);
  menu = null;
}

function mark(next) {
  menu.at = (next + menu.found.length) % menu.found.length;
  [...menu.list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === menu.at)));
  menu.box.setAttribute("aria-activedescendant", menu.list.children[menu.at].id);
}

function take(person) {
  const { box, place } = menu;
  const after = box.value.slice(box.selectionStart);
  const name = `@${person.name}${/^\s/.test(after) ? "" : " "}`;
  box.value = box.value.slice(0, place.at) + name + after;
  box.selectionStart = box.selectionEnd = place.at + name.length;
  if (!chosen.has(box)) chosen.set(box, new Set());
  chosen.get(box).add(person.id);
  shut();
  box.focus();
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

function option(person, n) {
  return el("li", {
    id: `person-${n}`, role: "option", "aria-selected": "false",
    onpointerdown: (event) => event.preventDefault(), onclick: () => take(person),
  }, el("bdi", {}, person.name), ...(person.sees ? [] : [el("small", {}, icon("eye-off"), t("comments.sees_not"))]));
}

async function offer(box) {
  const place = typing(box);
  if (!place) {
    shut();
    return;
  }
  let all;
  try {
    all = await known();
  } catch (error) {
    complain(error);
    return;
  }
  const typed = plain(place.typed);
  const called = (name) => name.startsWith(typed) || name.split(/\s+/).some((part) => part.startsWith(typed));
  const found = all.filter(({ name }) => called(plain(name))).slice(0, MOST);
  shut();
  // Done when the whole name stands there, and is nobody else's
  const whole = found.length === 1 && plain(found[0].name) === typed.trim();
  if (!found.length || whole || document.activeElement !== box) return;
  const list = el("ul", { id: "people", role: "listbox", "aria-label": t("comments.people"), class: "choices" }, ...found.map(option));
  box.after(list);
  box.setAttribute("aria-controls", "people");
  menu = { box, list, found, place, at: 0 };
  mark(0);
}

function named(text, name) {
  const at = plain(text).indexOf(`@${plain(name)}`);
  return at >= 0 && !/^[\p{L}\p{N}_]/u.test(plain(text).slice(at + 1 + plain(name).length));
}

/** Says who of those that are named may not see the photo. */
async function warn(box) {
  const place = box.form.querySelector(".unreached");
  if (!box.value.includes("@")) {
    place.textContent = "";
    return;
  }
  const all = await known().catch(() => []);
  const blind = all.filter(({ name, sees }) => !sees && named(box.value, name));
  place.textContent = blind.length ? t("comments.unreached", { names: blind.map(({ name }) => name).join(", "), n: blind.length }) : "";
}

async function submit(form) {
  const box = form.querySelector("textarea.names");
  if (!box.value.trim()) return;
  const own = form.closest("details");
  if (own) own.open = false; // so that the piece is brought up to date
  box.readOnly = true; // nothing is to be typed that is not sent and then cleared
  const done = await send(form, { mentions: [...(chosen.get(box) ?? [])] });
  box.readOnly = false;
  if (!done) {
    if (own) own.open = true;
    return;
  }
  if (box.dataset.draft) {
    box.value = "";
    forget(box.dataset.draft);
    warn(box);
  }
  chosen.delete(box);
}

document.addEventListener("submit", (event) => {
  if (!(event.target instanceof HTMLFormElement) || !event.target.matches(".say")) return;
  event.preventDefault();
  submit(event.target);
});
document.addEventListener("input", (event) => {
  const box = event.target;
  if (!box.matches?.("textarea.names")) return;
  offer(box);
  warn(box);
  if (!box.dataset.draft) return;
  if (box.value) keep(box.dataset.draft, box.value);
  else forget(box.dataset.draft);
});
document.addEventListener("focusin", (event) => {
  const box = event.target;
  if (!box.matches?.("textarea.names")) return;
  box.setAttribute("aria-haspopup", "listbox");
  box.setAttribute("aria-autocomplete", "list");
});
document.addEventListener("focusout", (event) => {
  if (menu?.box === event.target) shut();
});
document.addEventListener("keydown", (event) => {
  const box = event.target;
  if (!box.matches?.("textarea.names")) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) box.form.requestSubmit();
  else if (!menu || menu.box !== box) return;
  else if (event.key === "ArrowDown") mark(menu.at + 1);
  else if (event.key === "ArrowUp") mark(menu.at - 1);
  else if (event.key === "Enter" || event.key === "Tab") take(menu.found[menu.at]);
  else if (event.key === "Escape") shut();
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);
keepWhile((piece) => piece.dataset.piece === "comments" && piece.querySelector("details.amend[open]") !== null);

/** Notes that somebody has read what names them, once it is in sight. */
function noteRead() {
  const waiting = document.querySelector(".talk").dataset.unread?.split(" ") ?? [];
  const sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      sight.unobserve(target);
      post("/-/inbox/read", { comment: Number(target.id.slice("comment-".length)) }).catch(() => {});
    }
  });
  for (const id of waiting) sight.observe(document.getElementById(`comment-${id}`));
}
noteRead();

const box = document.getElementById("comment");
if (box && kept("comment")) box.value = kept("comment");
