// The grid: draws what is in the window of a timeline that may have a million photos. Where
// everything stands is known from the first moment (layout.js); tiles are fetched when they
// come near (sections.js) and their elements are used again.

import { arrange, block, blockAt, blockOfRow, deal, firstBelow, heightOf, rowAt } from "./layout.js";
import { Scrolling } from "./scrolling.js";
import * as selection from "./selection.js";

const BESIDE = 0.75; // screens above and below the window that are drawn, too
const FAST = 0.9; // screens a frame: nothing is fetched for what flies past
const CALM = 90; // milliseconds after which it does not fly any more
const [HEADING, BELOW, BETWEEN, NARROWEST] = [44, 10, 20, 152]; // pixels; see grid.css
const NARROW_PAGE = 560;

export class Grid {
  /**
   * @param {HTMLElement} root, @param {import("./sections.js").Sections} store
   * @param {import("./tiles.js").Drawing} drawing, @param {number} bar pixels of the window
   *   that the bar at the top covers
   */
  constructor(root, store, drawing, bar) {
    Object.assign(this, { root, store, drawing, bar });
    this.sections = store.all; // as they are arranged: the store may know newer ones
    this.nodes = new Map(); // key of a section: what is drawn of it
    this.dealt = new Map(); // "key block": its rows
    this.current = null; // {key, index, id, at} of the tile that has, or had, the focus
    this.fast = false;
    root.setAttribute("role", "grid");
    root.setAttribute("aria-label", root.dataset.label);
    root.setAttribute("aria-multiselectable", "true");
    root.replaceChildren();
    root.classList.add("laid");
    this.scroll = new Scrolling(root, () => this.soon());
    root.addEventListener("focusin", (event) => this.focused(event.target));
    document.addEventListener("selection", () => this.mark());
    this.watchWidth();
  }

  watchWidth() {
    new ResizeObserver(() => {
      if (this.root.clientWidth !== this.measures?.width) this.lay();
    }).observe(this.root);
    addEventListener("resize", () => this.soon());
  }

  measure() {
    const width = this.root.clientWidth;
    const gap = parseFloat(getComputedStyle(this.root).getPropertyValue("--gap")) || 4;
    const height = width < NARROW_PAGE ? 118 : 172;
    const narrowest = Math.min(NARROWEST, width);
    return { width, height, gap, between: BETWEEN, heading: HEADING, below: BELOW, narrowest };
  }

  /** Arranges everything anew; what is at the window's upper edge stays there. */
  lay(anchor = this.anchor()) {
    this.measures = this.measure();
    if (!this.measures.width) return;
    this.sections = this.store.all;
    this.places = arrange(this.sections, this.measures);
    this.dealt.clear();
    this.scroll.resize(heightOf(this.places));
    const last = this.places.at(-1);
    this.root.setAttribute("aria-rowcount", String(last ? last.line + last.rows + 1 : 0));
    this.whileFocused(() => {
      for (const node of this.nodes.values()) this.empty(node);
      if (anchor) this.scroll.jump(this.heightAt(anchor));
      this.draw();
    });
    this.laid?.();
  }

  /** What is at the upper edge of what one sees; null above the first section. */
  anchor() {
    const y = this.scroll.top + this.bar;
    if (!this.places?.length || y <= 0) return null;
    const index = Math.min(firstBelow(this.places, y), this.places.length - 1);
    const place = this.places[index];
    const { key, width } = this.sections[index];
    const inside = y - place.top - HEADING;
    if (inside < 0) return { key, at: null, offset: y - place.top };
    const row = rowAt(place, inside, this.measures);
    const top = (row * (place.body + this.measures.gap)) / place.rows;
    return { key, at: (row * width) / place.rows, offset: inside - top };
  }

  /** Where the window has to begin so that an anchor is where it was. */
  heightAt({ key, at, offset }) {
    const index = this.store.index.get(key);
    if (index === undefined) return this.scroll.top;
    const place = this.places[index];
    if (at === null) return place.top + offset - this.bar;
    const row = Math.floor((at * place.rows) / this.sections[index].width + 1e-6);
    const top = (row * (place.body + this.measures.gap)) / place.rows;
    return place.top + HEADING + top + Math.min(offset, place.body / place.rows) - this.bar;
  }

  /** Draws with the next frame. */
  soon() {
    this.root.setAttribute("aria-busy", "true");
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.fast = Math.abs(this.scroll.top - this.drawnAt) > FAST * this.scroll.screen;
      clearTimeout(this.calm);
      this.calm = setTimeout(() => { this.fast = false; this.draw(); this.settled?.(); }, CALM);
      this.draw();
    });
  }

  draw() {
    if (!this.places) return;
    const { top, screen } = this.scroll;
    this.drawnAt = top;
    const span = { from: top - BESIDE * screen, to: top + (1 + BESIDE) * screen };
    const needs = [];
    const seen = new Set();
    for (let index = firstBelow(this.places, span.from); index < this.places.length; index += 1) {
      if (this.places[index].top >= span.to) break;
      seen.add(this.sections[index].key);
      this.drawSection(index, span, needs);
    }
    for (const [key, node] of this.nodes) {
      if (!seen.has(key) && !node.root.contains(document.activeElement)) this.remove(key, node);
    }
    this.tabbable();
    this.moved?.(top);
    this.root.setAttribute("aria-busy", String(this.fast || needs.length > 0));
    if (this.fast) return;
    this.loadPictures();
    this.store.abandon((key) => seen.has(key));
    const middle = top + screen / 2;
    this.store.fetch(needs.sort((a, b) => Math.abs(a.y - middle) - Math.abs(b.y - middle)));
  }

  drawSection(index, span, needs) {
    const [section, place] = [this.sections[index], this.places[index]];
    const node = this.nodeOf(section);
    this.put(node.root, place.top - this.scroll.shift, place.left, place.width, place.height);
    node.row.setAttribute("aria-rowindex", String(place.line + 1));
    const first = place.top + HEADING;
    const rows = [span.from, span.to].map((y) => rowAt(place, y - first, this.measures));
    const [from, to] = rows.map((row) => blockOfRow(place, row));
    const kept = new Set();
    if (first + place.body < span.from) return;
    for (let at = from; at <= to; at += 1) {
      const space = block(section, place, at, this.measures);
      const found = this.rowsOf(index, at, space);
      if (!found || section.stale) needs.push({ index, from: space.from, y: first + space.top });
      this.drawBlock(node, index, at, space, found, span, kept);
    }
    for (const [name, row] of node.rows) {
      if (!kept.has(name) && !row.root.contains(document.activeElement)) this.removeRow(node, name, row);
    }
  }

  drawBlock(node, index, at, space, found, span, kept) {
    const place = this.places[index];
    if (!found) {
      const name = `${at} blank`;
      kept.add(name);
      if (!node.rows.has(name)) node.rows.set(name, this.blankBlock(node, place, space));
      return;
    }
    found.rows.forEach((row, number) => {
      const top = HEADING + space.top + row.top;
      const y = place.top + top;
      if (y + row.height < span.from || y > span.to) return;
      const name = `${at} ${number}`;
      kept.add(name);
      if (!node.rows.has(name)) node.rows.set(name, this.drawRow(node, place, space, found, number, top));
    });
  }

  /** Where tiles will be. */
  blankBlock(node, place, space) {
    const root = document.createElement("div");
    root.className = "blank";
    root.setAttribute("role", "presentation");
    this.put(root, HEADING + space.top, 0, place.inner, space.height);
    root.style.backgroundSize = `100% ${(space.height + this.measures.gap) / space.rows}px`;
    this.insert(node, root, HEADING + space.top);
    return { root, top: HEADING + space.top, tiles: [] };
  }

  drawRow(node, place, space, found, number, top) {
    const { height, tiles, first } = found.rows[number];
    const root = this.drawing.row();
    this.put(root, top, 0, place.inner, height);
    root.setAttribute("aria-rowindex", String(place.line + 2 + space.row + number));
    const drawn = tiles.map(({ left, width }, at) => {
      const tile = this.drawing.tile(found.tiles[first + at]);
      tile.at = { key: node.key, index: found.first + first + at };
      tile.width = width;
      tile.y = place.top + top;
      tile.root.style.left = `${left}px`;
      tile.root.style.width = `${width}px`;
      tile.root.setAttribute("aria-colindex", String(at + 1));
      this.markTile(tile);
      root.append(tile.root);
      return tile;
    });
    this.insert(node, root, top);
    return { root, top, tiles: drawn };
  }

  /** Puts a row where it stands among the others: that is the order of reading. */
  insert(node, root, top) {
    let after = node.row;
    for (const row of node.rows.values()) {
      if (row.top < top && (after === node.row || row.top > after.top)) after = row;
    }
    (after.root ?? after).after(root);
  }

  put(root, top, left, width, height) {
    Object.assign(root.style, { top: `${top}px`, left: `${left}px`, width: `${width}px`, height: `${height}px` });
  }

  /** The rows of a block with its tiles, or null while they are not known. */
  rowsOf(index, at, space = block(this.sections[index], this.places[index], at, this.measures)) {
    const section = this.sections[index];
    const name = `${section.key} ${at}`;
    if (this.dealt.has(name)) return this.dealt.get(name);
    const found = this.store.between(section, space.from, space.to);
    if (!found) return null;
    const widths = found.tiles.map(({ width }) => width);
    let first = 0;
    const rows = deal(widths, space, this.places[index].inner, this.measures.gap).map((row) => {
      const begun = { ...row, first };
      first += row.tiles.length;
      return begun;
    });
    const made = { first: found.first, tiles: found.tiles, rows };
    this.dealt.set(name, made);
    return made;
  }

  nodeOf(section) {
    if (!this.nodes.has(section.key)) {
      const node = { key: section.key, ...this.drawing.section(section.key) };
      this.nodes.set(section.key, node);
      const next = [...this.nodes.keys()]
        .filter((key) => this.store.index.get(key) > this.store.index.get(section.key))
        .sort((a, b) => this.store.index.get(a) - this.store.index.get(b))[0];
      this.root.insertBefore(node.root, next ? this.nodes.get(next).root : null);
    }
    const node = this.nodes.get(section.key);
    const ahead = section.runs[0]?.tiles[0]?.marks.includes("ahead");
    if (ahead && !node.remark.textContent) node.remark.textContent = this.drawing.text("dates.ahead");
    this.markSection(node, section);
    return node;
  }

  removeRow(node, name, row) {
    row.tiles.forEach((tile) => this.drawing.drop(tile));
    row.root.remove();
    node.rows.delete(name);
  }

  empty(node) {
    for (const [name, row] of node.rows) this.removeRow(node, name, row);
  }

  remove(key, node) {
    this.empty(node);
    node.root.remove();
    this.nodes.delete(key);
  }

  loadPictures() {
    for (const node of this.nodes.values()) {
      for (const row of node.rows.values()) row.tiles.forEach((tile) => this.drawing.load(tile, tile.width));
    }
  }

  /** Takes note of tiles that came. */
  arrived({ moved, keys, renewed }) {
    for (const name of this.dealt.keys()) {
      if (keys.has(name.slice(0, name.lastIndexOf(" ")))) this.dealt.delete(name);
    }
    if (moved) {
      this.rearranged();
    } else {
      this.whileFocused(() => {
        for (const key of renewed) if (this.nodes.has(key)) this.empty(this.nodes.get(key));
        this.draw();
      }, renewed.size > 0);
    }
  }

  /** After sections changed: everything anew, those that are gone left out. */
  rearranged() {
    for (const [key, node] of this.nodes) if (!this.store.index.has(key)) this.remove(key, node);
    this.lay();
    this.changed?.();
  }

  // Tiles: where they stand, and which has the focus

  *drawn() {
    for (const node of this.nodes.values()) {
      for (const row of node.rows.values()) yield* row.tiles;
    }
  }

  tileOf(element) {
    const root = element?.closest?.(".tile");
    return root && [...this.drawn()].find((tile) => tile.root === root);
  }

  /** Where a tile stands, or null while it is not known. */
  spot(key, index) {
    const at = this.store.index.get(key);
    const section = this.sections[at];
    const known = section && this.store.tile(section, index);
    if (!known) return null;
    const place = this.places[at];
    const number = blockAt(section, place, known.start + known.tile.width / 2);
    const space = block(section, place, number, this.measures);
    const found = this.rowsOf(at, number, space);
    if (!found) return null;
    const row = found.rows.findLast(({ first }) => found.first + first <= index);
    const { left, width } = row.tiles[index - found.first - row.first];
    return {
      key, index, id: known.tile.id, at: known.start, top: place.top + HEADING + space.top + row.top, height: row.height,
      left: place.left + left, width,
    };
  }

  /** The tile of a row that is nearest to a place, or null while it is not known. */
  nearest(x, y) {
    const line = Math.min(firstBelow(this.places, y), this.places.length - 1);
    const { top } = this.places[line];
    let best = line;
    const away = (place) => Math.max(place.left - x, x - place.left - place.width, 0);
    for (let at = line; this.places[at]?.top === top; at += 1) {
      if (away(this.places[at]) < away(this.places[best])) best = at;
    }
    return this.nearestIn(best, x, y);
  }

  nearestIn(at, x, y) {
    const [section, place] = [this.sections[at], this.places[at]];
    const inside = y - place.top - HEADING;
    const number = blockOfRow(place, rowAt(place, inside, this.measures));
    const space = block(section, place, number, this.measures);
    const found = this.rowsOf(at, number, space);
    if (!found?.rows.length) return { missing: { index: at, from: space.from } };
    const row = found.rows.find(({ top, height }) => space.top + top + height >= inside) ?? found.rows.at(-1);
    const middles = row.tiles.map(({ left, width }) => Math.abs(place.left + left + width / 2 - x));
    const column = middles.indexOf(Math.min(...middles));
    return this.spot(section.key, found.first + row.first + column);
  }

  /** Fetches what is missing, wherever one scrolls meanwhile. */
  async fetched({ index, from }) {
    await this.store.get(index, from, true);
  }

  /** Brings a tile into what one sees. */
  reveal({ top, height }) {
    const above = this.bar + HEADING;
    const under = this.root.dataset.under ? Number(this.root.dataset.under) : 0;
    if (top < this.scroll.top + above) this.scroll.jump(top - above);
    else if (top + height > this.scroll.top + this.scroll.screen - under - BELOW) {
      this.scroll.jump(top + height + under + BELOW - this.scroll.screen);
    }
    this.draw();
  }

  focus({ key, index, id, at }, { scroll = true } = {}) {
    this.current = { key, index, id, at };
    const spot = this.spot(key, index);
    if (spot && scroll) this.reveal(spot);
    const tile = [...this.drawn()].find((one) => one.id === id);
    tile?.link.focus({ preventScroll: true });
    this.tabbable();
  }

  focused(element) {
    const tile = this.tileOf(element);
    const spot = tile && this.spot(tile.at.key, tile.at.index);
    if (spot) this.current = { key: spot.key, index: spot.index, id: spot.id, at: spot.at };
    this.tabbable();
  }

  /** Redraws, and gives the focus back to the tile that had it. */
  whileFocused(action, takes = true) {
    const { activeElement } = document;
    const had = takes && this.root.contains(activeElement) && this.tileOf(activeElement);
    const id = had?.id;
    if (had) activeElement.blur();
    action();
    if (!had) return;
    const tile = [...this.drawn()].find((one) => one.id === id);
    if (tile) tile.link.focus({ preventScroll: true });
  }

  /** One tile is in the order of Tab: the current one, or the first that one sees. */
  tabbable() {
    const tiles = [...this.drawn()];
    const edge = this.scroll.top + this.bar;
    const chosen = tiles.find(({ id }) => id === this.current?.id)
      ?? tiles.filter(({ y }) => y >= edge).sort((a, b) => a.y - b.y)[0] ?? tiles[0];
    if (this.tabbed && this.tabbed !== chosen) this.tabbed.link.tabIndex = -1;
    if (chosen) chosen.link.tabIndex = 0;
    this.tabbed = chosen;
  }

  // What is selected

  mark() {
    this.root.classList.toggle("selecting", selection.count() > 0);
    for (const tile of this.drawn()) this.markTile(tile);
    for (const node of this.nodes.values()) this.markSection(node, this.sections[this.store.index.get(node.key)]);
  }

  markTile(tile) {
    const on = selection.has(tile.id);
    tile.root.classList.toggle("chosen", on);
    tile.root.setAttribute("aria-selected", String(on));
    tile.box.checked = on;
  }

  markSection(node, section) {
    const ids = section && selection.count() ? this.store.ids(section) : null;
    node.box.checked = selection.isAll() || Boolean(ids?.every((id) => selection.has(id)));
  }
}
