// What may be done with the photos that are selected: a bar above the page.
//
// The grid tells by the event "selection" which photos that are: `detail` is
// {ids, query, count}, with query null unless all that match it are meant. After a
// change this module tells by "photos-changed"; a page that brings itself up to date
// prevents its default, which is loading the page again.

import { ask, base, complain, offerUndo, post, say, sayLater } from "./app.js";
import { el, icon } from "./elements.js";
import { askForFiles } from "./files.js";
import { askForReport } from "./report.js";
import { t } from "./texts.js";

const rights = new Set((document.documentElement.dataset.may ?? "").split(" "));
const may = (right) => rights.has(right);
const MOST_AT_ONCE = 10_000; // photos of a zip that is sent as it is made
let selection = { ids: [], query: null, count: 0 };
let inBin = false;

const which = () => (selection.query === null
  ? { ids: selection.ids }
  : { q: selection.query, count: selection.count });

function refresh(text, batch) {
  const event = new CustomEvent("photos-changed", { cancelable: true });
  if (document.dispatchEvent(event)) {
    sayLater(text, batch);
    location.reload();
    return;
  }
  clear();
  offerUndo(text, batch, () => document.dispatchEvent(new CustomEvent("photos-changed", { cancelable: true })));
}

const wait = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });

/** Many photos are a job: says how far it is, until it is done. */
async function follow(job, text) {
  const { count: all } = selection;
  clear();
  for (let pause = 300; ; pause = Math.min(pause * 1.5, 3000)) {
    await wait(pause);
    const { job: now } = await ask(`/-/jobs/${job}.json`);
    if (now.open) {
      say(t("bulk.working", { done: now.done, total: now.total ?? all }));
      continue;
    }
    if (now.errors) say(t("bulk.some_failed", { n: now.errors }));
    else refresh(text, now.uuid);
    return;
  }
}

async function act(action, body, said) {
  const { count } = selection;
  bar.inert = true;
  try {
    const done = await post(`/-/bulk/${action}`, { ...which(), ...body });
    const text = t(`bulk.${said}`, { n: done.photos ?? count });
    if (done.job) await follow(done.job, text);
    else refresh(text, done.batch);
    return true;
  } catch (error) {
    complain(error);
    return false;
  } finally {
    bar.inert = false;
  }
}

const edit = (body, said) => act("edit", body, said);

// The bar

const count = el("strong", { class: "bulk-count", "aria-live": "polite" });
const bar = el("div", { class: "bulk", role: "toolbar", "aria-label": t("bulk.title"), hidden: true });

function button(name, symbol, action, wanted = true) {
  if (!wanted) return "";
  return el("button", { type: "button", title: t(`bulk.${name}`), onclick: action }, icon(symbol), el("span", {}, t(`bulk.${name}`)));
}

function fill() {
  const live = !inBin;
  bar.replaceChildren(
    button("clear", "x", clear),
    count,
    el("span", { class: "bulk-gap" }),
    button("edit", "pencil", openEditor, live && may("bulk_describe")),
    button("star", "star", () => edit({ starred: true }, "starred"), live && may("star") && may("bulk_edit")),
    button("unstar", "star-off", () => edit({ starred: false }, "unstarred"), live && may("star") && may("bulk_edit")),
    button("rotate_left", "rotate-ccw", () => edit({ rotate: 270 }, "rotated"), live && may("rotate") && may("bulk_edit")),
    button("rotate_right", "rotate-cw", () => edit({ rotate: 90 }, "rotated"), live && may("rotate") && may("bulk_edit")),
    button("download", "download", download, may("download")),
    button("report", "file-text", () => askForReport(which(), selection.count), may("download")),
    button("files", "file-archive", () => askForFiles(which(), selection.count), may("download")),
    button("share", "link", share, live && may("share")),
    button("recycle", "trash-2", () => act("recycle", {}, "recycled"), live && may("recycle")),
    button("retrieve", "archive-restore", () => act("retrieve", {}, "retrieved"), inBin && may("retrieve")),
    button("purge", "trash-2", openPurge, inBin && may("purge")),
  );
}

function clear() {
  document.dispatchEvent(new CustomEvent("clear-selection"));
}

function show(event) {
  selection = { ids: [], query: null, ...event.detail };
  bar.hidden = selection.count === 0;
  document.body.classList.toggle("selecting", !bar.hidden);
  if (bar.hidden) return;
  inBin = /(^|\s)is:recycled(\s|$)/.test(new URLSearchParams(location.search).get("q") ?? "");
  count.textContent = t("bulk.selected", { n: selection.count });
  fill();
}

/** A link to the photos is made on a page of its own. */
function share() {
  const { ids, q } = which();
  if (ids?.length > 1000) {
    say(t("bulk.share_many"));
    return;
  }
  location.assign(`${base}/-/links/new?${new URLSearchParams(ids ? { ids: ids.join(",") } : { q })}`);
}

/** A large zip is made in the background. */
async function pack() {
  try {
    const { url } = await post("/-/exports/zip", which());
    location.assign(url);
  } catch (error) {
    complain(error);
  }
}

/** A zip comes as the answer to a form, so that the browser saves it as it arrives. */
function download() {
  if (selection.count > MOST_AT_ONCE) {
    pack();
    return;
  }
  const fields = Object.entries(which()).map(([name, value]) => el("input", { type: "hidden", name, value }));
  const form = el("form", { method: "post", action: `${base}/-/bulk/download`, hidden: true }, ...fields);
  document.body.append(form);
  form.submit();
  form.remove();
  say(t("bulk.packing", { n: selection.count }));
}

// The form for several fields at once

function dialog(title, body, done, label, danger = false) {
  const form = el("form", { method: "dialog", class: "bulk-form" },
    el("h2", {}, title), body,
    el("p", { class: "bulk-buttons" },
      el("button", { type: "button", class: "button", onclick: () => made.close() }, t("common.cancel")),
      el("button", { type: "submit", class: danger ? "button danger" : "button strong" }, label)));
  const made = el("dialog", { class: "bulk-dialog", "aria-label": title }, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = new FormData(form);
    made.inert = true;
    if (await done(fields)) made.close();
    made.inert = false;
  });
  made.addEventListener("close", () => made.remove());
  document.body.append(made);
  made.showModal();
  return made;
}

function choice(name, options) {
  const select = el("select", { name, id: `bulk-${name}` }, new Option(t("bulk.unchanged"), ""));
  for (const [value, label] of options) select.append(new Option(label, value));
  return [el("label", { for: `bulk-${name}` }, t(`bulk.${name}`)), select];
}

async function openEditor() {
  const fields = el("div", { class: "bulk-fields" });
  fields.append(
    el("label", { for: "bulk-description" }, t("bulk.description")),
    el("textarea", { name: "description", id: "bulk-description", rows: 3, placeholder: t("bulk.unchanged") }),
  );
  if (may("bulk_edit")) {
    try {
      await furtherFields(fields);
    } catch (error) {
      complain(error);
      return;
    }
  }
  const title = t("bulk.edit_title", { n: selection.count });
  dialog(title, fields, save, t("common.save"));
}

async function furtherFields(fields) {
  const [{ albums }, { trades }, { locations }] = await Promise.all(
    ["albums", "trades", "locations"].map((name) => ask(`/-/${name}.json`)));
  const places = el("datalist", { id: "bulk-places" });
  for (const { path } of locations) places.append(el("option", { value: path }));
  fields.append(
    ...choice("album", albums.map((album) => [album.id, album.label])),
    el("label", { for: "bulk-location" }, t("bulk.location")),
    el("input", { name: "location", id: "bulk-location", list: "bulk-places", autocomplete: "off", placeholder: t("bulk.unchanged") }), places,
    ...choice("private", [["1", t("bulk.make_private")], ["0", t("bulk.make_public")]]),
  );
  const offered = trades.filter((trade) => trade.active);
  if (offered.length) fields.append(tradeBoxes(offered));
}

function tradeBoxes(trades) {
  const boxes = trades.map((trade) => el("label", { class: "check" },
    el("input", { type: "checkbox", name: "trades", value: trade.id }), trade.name));
  return el("fieldset", {}, el("legend", {}, t("bulk.trades")), el("div", { class: "bulk-trades" }, ...boxes));
}

function save(fields) {
  const body = {};
  for (const [name, value] of fields) {
    if (name === "trades") (body.trades ??= []).push(Number(value));
    else if (value !== "") body[name] = value;
  }
  if (!Object.keys(body).length) return true;
  return edit(body, "edited");
}

function openPurge() {
  const reason = el("div", { class: "bulk-fields" },
    el("p", {}, t("bulk.purge_means", { n: selection.count })),
    el("label", { for: "bulk-reason" }, t("bulk.reason")),
    el("input", { name: "reason", id: "bulk-reason", autocomplete: "off" }));
  const title = t("bulk.purge_title", { n: selection.count });
  dialog(title, reason, (fields) => act("purge", { reason: fields.get("reason") }, "purged"), t("bulk.purge_now"), true);
}

document.body.append(bar);
document.addEventListener("selection", show);
document.dispatchEvent(new CustomEvent("selection-asked"));
