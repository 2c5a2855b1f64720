// Forms of things to arrange: sent as JSON, and the page says what was done.

import { complain, post, sayLater, base } from "./app.js";
import { t } from "./texts.js";

function fieldsOf(form) {
  const fields = Object.fromEntries(new FormData(form));
  // A box that is not ticked is not in a form, which would mean "leave it"
  for (const box of form.querySelectorAll("input[type=checkbox]")) fields[box.name] = box.checked;
  return fields;
}

async function send(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.dataset.said === undefined) return;
  event.preventDefault();
  const button = event.submitter;
  if (button) button.disabled = true;
  try {
    const { next, ...fields } = fieldsOf(form);
    if (button?.name) fields[button.name] = button.value;
    const done = await post(new URL(form.action).pathname.slice(base.length), fields);
    if (form.dataset.said) sayLater(t(form.dataset.said), done.batch);
    if (next && next !== location.pathname) location.assign(next);
    else location.reload();
  } catch (error) {
    if (button) button.disabled = false;
    complain(error);
  }
}

/** A menu closes when one clicks beside it or presses Escape. */
function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    const inside = menu.contains(event.target);
    if (event.type === "keydown" ? event.key === "Escape" : !inside) {
      menu.open = false;
      if (event.type === "keydown" && inside) menu.querySelector("summary").focus();
    }
  }
}

function focusFirst(event) {
  const menu = event.target;
  if (!(menu instanceof HTMLDetailsElement) || !menu.open || !menu.matches(".menu")) return;
  const field = menu.querySelector("input:not([type=hidden]):not([type=checkbox])");
  field?.focus();
  field?.select();
}

document.addEventListener("submit", send);
document.addEventListener("click", closeMenus);
document.addEventListener("keydown", closeMenus);
document.addEventListener("toggle", focusFirst, true);
