// Album, location, trades, dates: changed where they stand, saved when chosen.

import { ask, complain } from "./app.js";
import { el } from "./elements.js";
import { t } from "./texts.js";
import { combobox } from "./viewer-choose.js";
import { keepWhile } from "./viewer-pieces.js";
import { save } from "./viewer-saving.js";

let choices = null; // asked once a page
let open = null; // the field that is being changed

const known = () => {
  choices ??= ask("/-/choices.json").catch((error) => {
    choices = null;
    complain(error);
    throw error;
  });
  return choices;
};

const about = (row) => ({
  name: row.dataset.field,
  seen: JSON.parse(row.dataset.seen),
  label: row.querySelector("dt").textContent,
});

function close(row, focus = true) {
  if (open !== row) return;
  open = null;
  row.querySelector(".editor")?.remove();
  row.classList.remove("open");
  const pencil = document.querySelector(`[data-edits="${row.dataset.field}"]`);
  if (focus) pencil?.focus({ preventScroll: true });
}

async function keep(row, value, shown) {
  const { name, seen, label } = about(row);
  close(row);
  if (JSON.stringify(value) === JSON.stringify(seen)) return;
  try {
    await save({ name, value, seen, label, shown, said: `viewer.changed_${name}` });
    if (typeof value === "string") choices = null; // perhaps with new tiers
  } catch (error) {
    complain(error);
  }
}

const cancel = (row) => () => setTimeout(() => close(row, document.activeElement === document.body));

function editAlbum(row) {
  const { seen, label } = about(row);
  const options = known().then(({ albums }) => albums.map((album) => ({
    value: album.id, label: album.private ? `${album.label} (${t("badge.private")})` : album.label,
    quiet: album.id === seen,
  })));
  return combobox(options, { label, choose: (one) => keep(row, one.value, one.label), cancel: cancel(row) });
}

function editLocation(row) {
  const { seen, label } = about(row);
  const paths = new Set();
  let newTiers = false;
  const options = known().then(({ locations, new_tiers: mayAdd }) => {
    newTiers = mayAdd;
    for (const { path } of locations) paths.add(path.toLowerCase());
    const found = locations.map(({ id, path }) => ({ value: id, label: path.replaceAll(">", " › ") }));
    return seen ? [{ value: "", label: t("viewer.no_location"), quiet: true }, ...found] : found;
  });
  const add = (typed) => {
    const path = typed.replaceAll("›", ">").split(">").map((tier) => tier.trim()).filter(Boolean).join(">");
    if (!newTiers || !path || paths.has(path.toLowerCase())) return null;
    return { value: path, label: t("viewer.new_location", { path: path.replaceAll(">", " › ") }), quiet: true };
  };
  return combobox(options, { label, add, choose: (one) => keep(row, one.value, one.label), cancel: cancel(row) });
}

/** Leaves with what is chosen once the focus is elsewhere. */
function whenLeft(box, leave) {
  box.addEventListener("focusout", (event) => {
    if (!box.contains(event.relatedTarget)) leave();
  });
}

function editTrades(row) {
  const { seen, label } = about(row);
  const list = el("div", {}, t("common.loading"));
  let loaded = false;
  const done = () => {
    if (!loaded) {
      close(row);
      return;
    }
    const chosen = [...list.querySelectorAll("input:checked")];
    const names = chosen.map((one) => one.parentElement.textContent);
    keep(row, chosen.map((one) => Number(one.value)).sort((a, b) => a - b), names.join(", "));
  };
  const button = el("button", { type: "button", class: "button small", onclick: done }, t("viewer.done"));
  const box = el("fieldset", { class: "boxes" }, el("legend", { class: "unseen" }, label), list, button);
  known().then(({ trades }) => {
    loaded = true;
    const offered = trades.filter((trade) => trade.active || seen.includes(trade.id));
    list.replaceChildren(...offered.map((trade) => el("label", { class: "check" },
      el("input", { type: "checkbox", value: trade.id, checked: seen.includes(trade.id) }), el("bdi", {}, trade.name))));
    if (!offered.length) list.append(el("p", { class: "none" }, t("viewer.no_trades")));
    if (document.activeElement === button) list.querySelector("input")?.focus();
  }).catch(() => close(row));
  whenLeft(box, () => { if (open === row) done(); });
  return { box, input: button };
}

function editDay(row) {
  const { seen, label } = about(row);
  const input = el("input", { type: "date", value: seen, "aria-label": label });
  const done = () => { if (input.validity.valid) keep(row, input.value); };
  const clear = seen
    ? el("button", { type: "button", class: "button small", onclick: () => keep(row, "") }, t("viewer.no_log"))
    : "";
  const box = el("span", { class: "dates" }, input,
    el("button", { type: "button", class: "button small", onclick: done }, t("common.save")), clear);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // it would press the button that has the focus next
    done();
  });
  whenLeft(box, () => { if (open === row) done(); });
  return { box, input };
}

function editTaken(row) {
  const { seen, label } = about(row);
  const [, local = "", offset = ""] = /^([^+Z]*?)([+-]\d\d:\d\d)?$/.exec(seen) ?? [];
  const input = el("input", { type: "datetime-local", step: "any", value: local, "aria-label": label });
  const zone = el("input", { type: "text", value: offset, size: 6, placeholder: "+02:00", pattern: "[+\\-][0-9]{2}:[0-9]{2}", "aria-label": t("viewer.offset"), title: t("viewer.offset") });
  const done = () => {
    if (!input.value) input.reportValidity();
    else if (zone.reportValidity()) keep(row, input.value + zone.value.trim());
  };
  input.required = true;
  const box = el("span", { class: "dates" }, input, zone,
    el("button", { type: "button", class: "button small strong", onclick: done }, t("common.save")),
    el("button", { type: "button", class: "button small", onclick: () => keep(row, "") }, t("viewer.as_file")),
    el("button", { type: "button", class: "button small", onclick: () => close(row) }, t("common.cancel")));
  return { box, input };
}

const EDITORS = { album: editAlbum, location: editLocation, trades: editTrades, log_date: editDay, taken_at: editTaken };

function begin(button) {
  const row = button.closest(".field");
  if (open) close(open, false);
  open = row;
  const { box, input } = EDITORS[row.dataset.field](row);
  box.classList.add("editor");
  row.classList.add("open");
  row.querySelector("dd").append(box);
  input.focus();
  input.select?.();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-edits]");
  if (button) begin(button);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && open?.contains(event.target)) {
    event.preventDefault();
    event.stopPropagation();
    close(open);
  }
}, true);
keepWhile((piece) => open !== null && piece.contains(open));
