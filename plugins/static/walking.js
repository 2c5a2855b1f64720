// The keyboard in a timeline: arrows from tile to tile, Home and End to the first and the
// last photo, Page Up and Down by the screen. Enter opens, as on any link; selecting is in
// choosing.js.

import { typing } from "./keys.js";

const PART = 0.8; // of a screen, for Page Up and Page Down

export function walk(grid, { extend }) {
  const from = () => grid.current && grid.spot(grid.current.key, grid.current.index);

  /** The place of the tile before or after one, in its section or the next. */
  function beside({ key, index }, way) {
    const at = grid.store.index.get(key);
    const section = grid.sections[at];
    if (index + way >= 0 && index + way < section.photos) return { key, index: index + way };
    const next = grid.sections[at + way];
    return next && { key: next.key, index: way > 0 ? 0 : next.photos - 1 };
  }

  /** Goes to a tile by its place, once it is known. */
  async function toPlace(place, at) {
    for (let tries = 0; tries < 3; tries += 1) {
      const spot = grid.spot(place.key, place.index);
      if (spot) return spot;
      await grid.fetched({ index: grid.store.index.get(place.key), from: at });
    }
    return null;
  }

  /** Goes to what is nearest to a place on the page, once it is known. */
  async function toNearest(x, y) {
    for (let tries = 0; tries < 3; tries += 1) {
      const spot = grid.nearest(x, y);
      if (!spot?.missing) return spot;
      await grid.fetched(spot.missing);
    }
    return null;
  }

  const sideways = (way) => async (here) => {
    const place = beside(here, way);
    if (!place) return null;
    const width = grid.sections[grid.store.index.get(place.key)].width;
    const run = grid.store.run(grid.sections[grid.store.index.get(place.key)], 0);
    const near = place.key === here.key ? (run?.end ?? 0) : 0;
    return toPlace(place, way > 0 ? Math.min(near, width - 1) : width - 1);
  };

  const upright = (by) => async (here) => {
    const last = grid.places.at(-1);
    const middle = here.left + here.width / 2;
    const beside = grid.measures.gap + 1;
    const y = by > 0 ? here.top + here.height + beside + by : here.top - beside + by;
    if (y >= last.top + last.height) return by > 1 ? end() : null;
    const found = await toNearest(middle, Math.max(0, y));
    return found && found.top !== here.top ? found : beyond(here, middle, by);
  };

  /** Over a heading, which has no tiles: the section before or after. */
  function beyond(here, x, by) {
    const at = grid.store.index.get(here.key);
    const { top } = grid.places[at];
    let next = at;
    while (grid.places[next]?.top === top) next += Math.sign(by);
    const place = grid.places[next];
    if (!place) return null;
    return toNearest(x, by > 0 ? place.top + place.height - place.body : place.top + place.height - 1);
  }

  const start = () => toPlace({ key: grid.sections[0].key, index: 0 }, 0);

  function end() {
    const { key, photos, width } = grid.sections.at(-1);
    return toPlace({ key, index: photos - 1 }, width - 1);
  }

  const screen = (way) => (here) => upright(way * PART * grid.scroll.screen)(here);
  const ways = {
    ArrowRight: sideways(1),
    ArrowLeft: sideways(-1),
    ArrowDown: upright(1),
    ArrowUp: upright(-1),
    PageDown: screen(1),
    PageUp: screen(-1),
    Home: start,
    End: end,
  };

  /** The first key on a page leads into the grid. */
  function enter() {
    if (document.activeElement !== document.body) return null;
    return grid.tabbed && grid.spot(grid.tabbed.at.key, grid.tabbed.at.index);
  }

  document.addEventListener("keydown", async (event) => {
    const way = ways[event.key];
    if (!way || typing(event)) return;
    const inside = grid.root.contains(document.activeElement);
    if (!inside && !(event.key === "ArrowRight" && enter())) return;
    event.preventDefault();
    const here = from();
    const there = inside && here ? await way(here) : enter();
    if (!there) return;
    if (event.shiftKey) extend(here ?? there, there);
    grid.focus(there);
  });
}
