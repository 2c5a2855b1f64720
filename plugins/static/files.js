// The forms of zips and lists: on their own page, and in a dialog of any other.

import { base, complain, post } from "./app.js";
import { el } from "./elements.js";
import { t } from "./texts.js";

/** Sends a form; the page of exports says how far it is. */
function sends(form, which) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.inert = true;
    try {
      const { next, ids, q, ...fields } = Object.fromEntries(new FormData(form));
      const photos = which ?? (ids === undefined ? { q } : { ids: ids.split(",").map(Number) });
      const { url } = await post(`/-/exports/${form.dataset.way}`, { ...fields, ...photos });
      location.assign(url);
    } catch (error) {
      form.inert = false;
      complain(error);
    }
  });
}

function ready(forms, which) {
  for (const form of forms.querySelectorAll("form")) sends(form, which);
}

/** Asks in a dialog how the files of some photos leave: `{ids}`, or `{q, count}`. */
export async function askForFiles(which, count) {
  let forms;
  try {
    const response = await fetch(`${base}/-/exports/files`, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    forms = document.adoptNode(page.getElementById("files"));
  } catch (error) {
    complain(error);
    return;
  }
  const title = t("files.dialog", { n: count });
  const dialog = el("dialog", { class: "report-dialog", "aria-label": title }, el("div", {}, el("h2", {}, title), forms,
    el("p", { class: "report-buttons" }, el("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("common.cancel")))));
  ready(forms, which);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

const own = document.querySelector("main #files");
if (own) ready(own, null);
