// The form of a report: on its own page, and in a dialog of any other.

import { base, complain, post } from "./app.js";
import { el } from "./elements.js";
import { t } from "./texts.js";

/** With a template of the company's, all but the titles is as that says. */
function follows(form) {
  const chosen = form.elements.base;
  if (!chosen) return;
  const looks = form.querySelector(".report-looks");
  const fit = () => { looks.disabled = chosen.value !== ""; };
  chosen.addEventListener("change", fit);
  fit();
}

/** Sends the form; the page of exports says how far it is. */
function sends(form, which) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.inert = true;
    try {
      const { next, ids, q, ...looks } = Object.fromEntries(new FormData(form));
      const photos = which ?? (ids === undefined ? { q } : { ids: ids.split(",").map(Number) });
      const { url } = await post("/-/exports/pdf", { ...looks, ...photos });
      location.assign(url);
    } catch (error) {
      form.inert = false;
      complain(error);
    }
  });
}

function ready(form, which) {
  follows(form);
  sends(form, which);
}

/** Asks in a dialog how a report of some photos is to look: `{ids}`, or `{q, count}`. */
export async function askForReport(which, count) {
  let form;
  try {
    const response = await fetch(`${base}/-/exports/report`, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    form = document.adoptNode(page.getElementById("report"));
  } catch (error) {
    complain(error);
    return;
  }
  const title = t("report.dialog", { n: count });
  const dialog = el("dialog", { class: "report-dialog", "aria-label": title }, el("div", {}, el("h2", {}, title), form));
  const cancel = el("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("common.cancel"));
  form.querySelector(".report-buttons").prepend(cancel);
  ready(form, which);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

const own = document.querySelector("main #report");
if (own) ready(own, null);
