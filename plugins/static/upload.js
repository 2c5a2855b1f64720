// Uploading from any page: drop files or folders, or choose them; one form for all of
// them. How far it is says upload-panel.js, the sending is sending.js.

import { complain } from "./app.js";
import { t } from "./texts.js";
import { chosenIn, droppedIn, inBytes, sifted, UNFINISHED } from "./upload-choosing.js";

const NOTHING = { files: [], passed: 0 };
const link = document.querySelector("a[data-upload]"); // there for those who may upload

/** The form as it was filled in, as options of an upload. */
function optionsOf(form) {
  const data = new FormData(form);
  const text = (name) => String(data.get(name) ?? "").trim();
  const album = text("album") === "new" ? text("new_album") : Number(text("album"));
  const dated = text("date") !== "each" && text("day");
  return {
    album: album || null,
    location: text("location") || null,
    trades: data.getAll("trades"),
    description: text("description"),
    private: data.has("private"),
    starred: data.has("starred"),
    daily_log: data.has("daily_log"),
    ...(dated ? { taken_at: text("day"), undated_only: text("date") === "undated" } : {}),
  };
}

/** Shows a field only where a choice needs it. */
function shownBy(select, values, field) {
  const show = () => {
    field.hidden = !values.includes(select.value);
    field.required = !field.hidden;
    field.disabled = field.hidden;
  };
  select.addEventListener("change", () => { show(); if (!field.hidden) field.focus(); });
  show();
}

function told({ files, passed }) {
  const lines = [];
  if (files.length) {
    const size = files.reduce((sum, { file }) => sum + file.size, 0);
    lines.push(`${t("upload.files", { n: files.length })}, ${inBytes(size)}`);
  } else {
    lines.push(t("upload.nothing"));
  }
  if (passed) lines.push(t("upload.passed_over", { n: passed }));
  return lines.join(" · ");
}

/** Makes a form work. Returns what is called with files that were dropped. */
function prepare(form, begun) {
  let found = NOTHING;
  const start = form.querySelector("[type=submit]");
  const take = (chosen) => {
    found = chosen;
    form.querySelector(".upload-chosen").textContent = told(found);
    start.disabled = !found.files.length;
  };
  for (const field of form.querySelectorAll("[type=file]")) {
    field.addEventListener("change", () => { if (field.files.length) take(sifted(chosenIn(field))); });
  }
  shownBy(form.elements.album, ["new"], form.elements.new_album);
  shownBy(form.elements.date, ["undated", "all"], form.elements.day);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    start.disabled = true;
    try {
      const { begin } = await import("./upload-panel.js");
      await begin(found.files, optionsOf(form));
      begun();
    } catch (error) {
      start.disabled = false;
      complain(error);
    }
  });
  return take;
}

function dialogWith(form) {
  const dialog = document.createElement("dialog");
  dialog.className = "upload-dialog";
  dialog.setAttribute("aria-labelledby", "upload-title");
  const head = document.createElement("header");
  const title = document.createElement("h2");
  title.id = "upload-title";
  title.textContent = t("upload.title");
  const shut = document.createElement("button");
  shut.type = "button";
  shut.setAttribute("aria-label", t("common.close"));
  shut.textContent = "✕";
  shut.addEventListener("click", () => dialog.close());
  head.append(title, shut);
  dialog.append(head, form);
  dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
  document.body.append(dialog);
  return dialog;
}

/** Asks what holds for files, and uploads them. */
async function open(found) {
  const response = await fetch(link.href.replace("/-/uploads", "/-/uploads/form"));
  if (!response.ok) throw new Error(response.statusText);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const form = page.querySelector("form");
  const dialog = dialogWith(form);
  const take = prepare(form, () => dialog.close());
  if (found !== NOTHING) take(found);
  dialog.showModal();
}

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

function watchDrops(take) {
  const veil = document.createElement("div");
  veil.className = "drop-here";
  veil.textContent = t("upload.drop");
  veil.hidden = true;
  document.body.append(veil);
  let depth = 0; // elements that the pointer has entered and not left
  const move = (by) => {
    depth = Math.max(0, depth + by);
    veil.hidden = depth === 0;
  };
  addEventListener("dragenter", (event) => { if (carriesFiles(event)) { event.preventDefault(); move(1); } });
  addEventListener("dragleave", (event) => { if (carriesFiles(event)) move(-1); });
  addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
  addEventListener("drop", async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    move(-depth);
    try {
      await take(sifted(await droppedIn(event.dataTransfer)));
    } catch (error) {
      complain(error);
    }
  });
}

function start() {
  const page = document.querySelector("#upload-here form");
  if (page) {
    watchDrops(prepare(page, () => page.reset()));
  } else {
    watchDrops(open);
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      open(NOTHING).catch(() => { location.href = link.href; });
    });
  }
  if (localStorage.getItem(UNFINISHED)) import("./upload-panel.js").then(({ remind }) => remind());
}

if (link) start();
