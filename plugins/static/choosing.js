// Selecting photos in a timeline: by their check boxes, with Ctrl or Shift and a click, by
// Space or x, whole sections, and all that the search finds.

import { typing } from "./keys.js";
import * as selection from "./selection.js";

const MOST = 20_000; // ids that the server names at once

export function choose(grid, { total, query, complain }) {
  let origin = null; // where a range begins
  const { store } = grid;

  /** The ids of sections from one to another, as far as not known by heart. */
  async function idsOf(first, last) {
    const some = grid.sections.slice(first, last + 1);
    if (some.every((section) => store.complete(section))) {
      return some.map(({ key, runs }) => [key, runs[0].tiles.map(({ id }) => id)]);
    }
    const [section, until] = [some[0].key, some.at(-1).key];
    const { sections } = await store.ask(`/-/ids.json?${store.arguments({ section, until })}`);
    for (const [key, ids] of sections) store.named(key, ids);
    return sections;
  }

  /** The ids of all tiles between two, both included. */
  async function between(one, other) {
    const place = ({ key, index }) => [store.index.get(key), index];
    const [[first, from], [last, to]] = [place(one), place(other)]
      .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    if (first === last) {
      const run = grid.sections[first].runs.find((some) => some.first <= from && to < some.first + some.tiles.length);
      if (run) return run.tiles.slice(from - run.first, to - run.first + 1).map(({ id }) => id);
    }
    const listed = new Map(await idsOf(first, last));
    return grid.sections.slice(first, last + 1).flatMap(({ key }, at, all) => {
      const ids = listed.get(key) ?? [];
      return ids.slice(at === 0 ? from : 0, at === all.length - 1 ? to + 1 : ids.length);
    });
  }

  /** Names what is selected one by one, so that some can be taken out. */
  async function named() {
    if (!selection.isAll()) return;
    const listed = await idsOf(0, grid.sections.length - 1);
    selection.set(listed.flatMap(([, ids]) => ids), true);
  }

  async function safely(action) {
    try {
      await action();
    } catch (error) {
      complain(error);
    }
    grid.mark();
  }

  const toggle = (tile) => safely(async () => {
    const on = !selection.has(tile.id);
    await named();
    selection.set([tile.id], on);
    origin = tile.at;
  });

  const range = (to) => safely(async () => {
    await named();
    selection.set(await between(origin ?? to, to), true);
    origin ??= to;
  });

  const section = (node) => safely(async () => {
    const at = store.index.get(node.key);
    const ids = (await idsOf(at, at)).flatMap(([, some]) => some);
    const on = !ids.every((id) => selection.has(id));
    await named();
    selection.set(ids, on);
  });

  const everything = () => selection.setAll(query, total());

  function clicked(event) {
    const tile = grid.tileOf(event.target);
    const isBox = event.target.matches("input[type=checkbox]");
    if (isBox && !tile) {
      const key = event.target.closest(".day").dataset.key;
      section(grid.nodes.get(key));
    } else if (isBox) {
      tile.link.focus({ preventScroll: true });
      if (event.shiftKey && origin) range(tile.at);
      else toggle(tile);
    } else if (tile && event.target.closest("a")) {
      const wants = event.shiftKey || event.ctrlKey || event.metaKey || selection.count();
      if (!wants || event.button) return;
      event.preventDefault();
      if (event.shiftKey) range(tile.at);
      else toggle(tile);
    }
  }

  function pressed(event) {
    const inside = grid.root.contains(document.activeElement);
    if ((event.ctrlKey || event.metaKey) && event.key === "a" && (inside || selection.count())) {
      event.preventDefault();
      everything();
    } else if (event.key === "Escape" && selection.count() && !document.querySelector("dialog[open]")) {
      selection.clear();
    } else if ((event.key === " " || event.key === "x") && inside && !typing(event)) {
      const tile = grid.tileOf(document.activeElement);
      if (!tile) return;
      event.preventDefault();
      if (event.shiftKey) section(grid.nodes.get(tile.at.key));
      else toggle(tile);
    }
  }

  grid.root.addEventListener("click", clicked);
  document.addEventListener("keydown", pressed);
  // Shift and a click select photos, not the words between two places
  grid.root.addEventListener("mousedown", (event) => { if (event.shiftKey) event.preventDefault(); });

  /** From where a range by Shift and arrows begins, and to where it goes. */
  function extend(from, to) {
    origin ??= from;
    range(to);
  }

  return { everything, extend, most: MOST };
}
