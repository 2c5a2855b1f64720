// The page of a timeline: the grid, the strip of dates beside it, and where one was.

import { Grid } from "./grid.js";
import { heightOf } from "./layout.js";
import { choose } from "./choosing.js";
import { Drawing } from "./tiles.js";
import { Scrubber } from "./scrubber.js";
import { Sections } from "./sections.js";
import { monthTitle, timeOf } from "./titles.js";
import { walk } from "./walking.js";
import * as selection from "./selection.js";

const { base } = document.documentElement.dataset;
const root = document.getElementById("grid");
const data = JSON.parse(document.getElementById("timeline").textContent);
const total = document.getElementById("total");
const everything = document.getElementById("select-all");
// The rest of the scripts, and the texts they wait for, are not needed for the first sight
const later = () => Promise.all([import("./app.js"), import("./texts.js")]);

/** Asks for JSON of this archive; errors are those of app.js. */
async function ask(path, options) {
  const response = await fetch(base + path, options).catch((error) => {
    if (error.name === "AbortError") throw error;
    return null;
  });
  if (response?.ok) return response.json();
  const [{ Refused }, { t }] = await later();
  const body = await response?.json().catch(() => ({}));
  throw new Refused(body?.error ?? t(response ? "common.failed" : "common.unreachable"), response?.status ?? 0);
}

const complain = (error) => later().then(([app]) => app.complain(error));

function begin() {
  const drawing = new Drawing({ base, query: data.query, icons: root.dataset.icons, texts: data.texts });
  const store = new Sections(data, { ask, failed: complain, arrived: (news) => grid.arrived(news) });
  const bar = document.querySelector("header.bar")?.offsetHeight ?? 0;
  const grid = new Grid(root, store, drawing, bar);
  const scrubber = new Scrubber(root, {
    name: data.texts["timeline.date"],
    label: monthTitle,
    go: (y) => grid.scroll.jump(y - bar),
  });
  let exact = data.exact && data.whole;
  const photos = () => store.all.reduce((sum, section) => sum + section.photos, 0);

  grid.laid = () => {
    const dated = store.all.map(({ key }) => ({ key, start: timeOf(key).start }));
    scrubber.lay(dated, grid.places, heightOf(grid.places));
  };
  grid.moved = (top) => scrubber.show(top + bar);
  grid.changed = tellTotal;
  grid.settled = remember;

  /** Says how many photos there are, once that is known. */
  async function tellTotal() {
    const [, { t }] = await later();
    const text = t("common.photos", { n: photos() });
    total.textContent = exact ? text : t("timeline.about", { photos: text });
  }

  /** All sections, where the page had only the first; or as they are now. */
  async function refetch(stale) {
    const found = await ask(`/-/sections.json?${store.arguments()}`);
    ({ exact } = found);
    const anchor = grid.anchor();
    store.replace(found.sections, stale);
    for (const [key, node] of grid.nodes) if (!store.index.has(key)) grid.remove(key, node);
    grid.lay(anchor);
    tellTotal();
  }

  // Where one was is kept with the entry of the browser's history

  function remember() {
    const { current } = grid;
    const place = { anchor: grid.anchor(), current, selected: selection.count() <= 1000 ? selection.kept() : null };
    history.replaceState({ ...history.state, timeline: place }, "");
  }

  /** Back from a photo: at the same place, with the same photo in the focus. */
  async function comeBack({ anchor, current, selected }) {
    selection.restore(selected);
    if (anchor) {
      grid.scroll.jump(grid.heightAt(anchor));
      grid.draw();
    }
    if (!current || !store.index.has(current.key)) return;
    const index = store.index.get(current.key);
    if (!grid.spot(current.key, current.index)) await grid.fetched({ index, from: current.at });
    const spot = grid.spot(current.key, current.index);
    if (spot?.id === current.id && document.activeElement === document.body) {
      grid.focus(spot, { scroll: false });
    }
  }

  const { everything: selectAll, extend } = choose(grid, { total: photos, query: data.query, complain });
  walk(grid, { extend });
  everything.addEventListener("click", selectAll);
  document.addEventListener("selection", remember);
  addEventListener("pagehide", remember);
  document.addEventListener("photos-changed", (event) => {
    event.preventDefault();
    refetch(true).catch(complain);
  });
  history.scrollRestoration = "manual";
  grid.lay(null);
  const before = history.state?.timeline;
  const whole = data.whole ? Promise.resolve() : refetch(false);
  if (before && data.whole) comeBack(before);
  else if (before) whole.then(() => comeBack(before)).catch(complain);
  else whole.catch(complain);
  tellTotal();
}

/** The facets of a large search take a while, so the page comes without them. */
async function facets() {
  const aside = document.getElementById("facets");
  if (!aside?.dataset.later) return;
  const response = await fetch(aside.dataset.later);
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  aside.querySelector(".facets-body").replaceWith(page.querySelector(".facets-body"));
}

if (data.sections.length) begin();
facets();
