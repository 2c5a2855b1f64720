// Where everything in a timeline stands, exactly, before any photo is known: pure
// arithmetic, no page.
//
// A section says how many tiles it has and how wide they are together, in thousandths of
// their height. From these alone follow its rows and its height, so nothing ever jumps.
// Within a section, a block is a few rows of a height that is known in the same way; once
// its tiles are known they are dealt out to its rows, each row is filled, and all are made
// higher or lower by the same little so that the block keeps its height. Tiles cut what
// does not fit: a few per cent.

const ROWS = 5; // of a block, about
const HIGHEST = 1.3; // of the wanted height: what would be higher in one row fills none
const EVENNESS = 0.2; // how much higher or lower rows may be, to be of one height
const HIGHER = 1.25; // of the wanted height: so high may sections on one line grow
const LOWER = 0.8; // so low may they become, that one more has its place there

/**
 * @typedef {{photos: number, width: number}} Section width in thousandths of the height
 * @typedef {object} Measures pixels
 * @property {number} width of the page, @property {number} height wanted of a row
 * @property {number} gap between tiles, @property {number} between sections on one line
 * @property {number} heading height above the tiles, @property {number} below them
 * @property {number} narrowest a section whose heading can be read
 * @typedef {object} Place of a section; pixels
 * @property {number} top, @property {number} left, @property {number} width
 * @property {number} height with heading, @property {number} body height of the rows
 * @property {number} inner width of the rows, @property {number} rows
 * @property {number} line index of its first row among all, headings counted
 */

/** Height of the rows when a section fills so many of them. */
function filling({ photos, width }, rows, { width: across, gap }) {
  return (Math.max(1, across - gap * (photos / rows - 1)) * rows * 1000) / width;
}

/** How many full rows a section has, of about the wanted height; 0: less than one. */
function rowsOf(section, measures) {
  const { width, height } = measures;
  const few = Math.max(1, Math.floor((section.width * height) / width / 1000));
  const low = filling(section, few, measures);
  if (few === 1 && low > HIGHEST * height) return 0;
  const high = filling(section, few + 1, measures);
  const rows = height / low > high / height ? few + 1 : few;
  // Photos are mostly of one shape: rows of as many each are all of one height
  const even = Math.round(section.photos / Math.round(section.photos / rows));
  const far = Math.abs(Math.log(filling(section, even, measures) / height));
  return far < EVENNESS ? even : rows;
}

const gapsIn = (section, { gap }) => gap * (section.photos - 1);
const wide = (section, high, m) => (section.width * high) / 1000 + gapsIn(section, m);

/** How high the tiles of sections are when together they fill one line. */
function fillingLine(some, measures) {
  let room = measures.width - measures.between * (some.length - 1);
  let sum = 0;
  for (const section of some) {
    const readable = wide(section, measures.height, measures) > measures.narrowest;
    room -= readable ? gapsIn(section, measures) : measures.narrowest;
    sum += readable ? section.width : 0;
  }
  if (room < 0) return 0;
  return sum ? (room * 1000) / sum : Infinity;
}

/** Places of sections that each fill less than a row, side by side on one line. */
function onOneLine(some, top, measures) {
  const { height, between, heading, below, narrowest, width: across } = measures;
  const full = fillingLine(some, measures);
  const high = Math.round(full <= HIGHER * height ? full : height);
  let left = 0;
  return some.map((section) => {
    const inner = Math.min(across - left, Math.round(wide(section, high, measures)));
    const width = Math.min(across - left, Math.max(inner, narrowest));
    const place = { top, left, width, inner, rows: 1, body: high, height: heading + high + below };
    left += width + between;
    return place;
  });
}

/**
 * Places of all sections, in their order.
 *
 * @param {Section[]} sections, @param {Measures} measures, @returns {Place[]}
 */
export function arrange(sections, measures) {
  const { width, height, gap, heading, below } = measures;
  const places = [];
  let top = 0;
  let line = [];
  const close = () => {
    if (!line.length) return;
    places.push(...onOneLine(line, top, measures));
    top += places.at(-1).height;
    line = [];
  };
  for (const section of sections) {
    const rows = rowsOf(section, measures);
    if (rows) {
      close();
      const body = Math.round(rows * filling(section, rows, measures)) + gap * (rows - 1);
      places.push({ top, left: 0, width, inner: width, rows, body, height: heading + body + below });
      top += places.at(-1).height;
      continue;
    }
    if (line.length && fillingLine([...line, section], measures) < LOWER * height) close();
    line.push(section);
  }
  close();
  let rows = 0;
  for (const place of places) {
    place.line = rows;
    rows += place.rows + 1;
  }
  return places;
}

/** Height of everything. */
export function heightOf(places) {
  const last = places.at(-1);
  return last ? last.top + last.height : 0;
}

/** Index of the first place that ends below y; the number of places when none does. */
export function firstBelow(places, y) {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle].top + places[middle].height > y) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** How many blocks a section has. */
export function blocksOf(place) {
  return Math.max(1, Math.round(place.rows / ROWS));
}

/** Which block of a section has a row. */
export function blockOfRow(place, row) {
  return Math.ceil(((row + 1) * blocksOf(place)) / place.rows) - 1;
}

/** The row of a section that a height below its heading belongs to. */
export function rowAt(place, y, { gap }) {
  const row = Math.floor((y * place.rows) / (place.body + gap));
  return Math.min(place.rows - 1, Math.max(0, row));
}

/** In which block of its section a tile lies, by the width before its middle. */
export function blockAt(section, place, middle) {
  const row = Math.floor((middle * place.rows) / section.width);
  return blockOfRow(place, Math.min(place.rows - 1, Math.max(0, row)));
}

/**
 * A block: how many rows, and where they stand in the section.
 *
 * @returns {{rows: number, row: number, top: number, height: number, from: number,
 *   to: number}} row: how many are before; top: pixels below the heading; from and to: the
 *   middles of its tiles lie between these widths
 */
export function block(section, place, index, { gap }) {
  const count = blocksOf(place);
  const before = Math.floor((index * place.rows) / count);
  const after = Math.floor(((index + 1) * place.rows) / count);
  const edge = (row) => Math.round((row * (place.body + gap)) / place.rows);
  return {
    rows: after - before,
    row: before,
    top: edge(before),
    height: edge(after) - edge(before) - gap,
    from: (before * section.width) / place.rows,
    to: (after * section.width) / place.rows,
  };
}

/** Cuts tiles into so many rows, as equal as can be; gives where each row ends. */
function ends(widths, rows) {
  const count = widths.length;
  const sums = [0];
  for (const width of widths) sums.push(sums.at(-1) + width);
  const mean = sums[count] / rows;
  const wrong = (from, to) => ((sums[to] - sums[from]) / mean - 1) ** 2;
  let costs = Array.from({ length: count + 1 }, (_, to) => (to ? wrong(0, to) : Infinity));
  const cuts = [];
  for (let row = 1; row < rows; row += 1) {
    const next = new Array(count + 1).fill(Infinity);
    const cut = new Array(count + 1).fill(0);
    for (let to = row + 1; to <= count; to += 1) {
      for (let from = row; from < to; from += 1) {
        const cost = costs[from] + wrong(from, to);
        if (cost < next[to]) [next[to], cut[to]] = [cost, from];
      }
    }
    cuts.push(cut);
    costs = next;
  }
  const found = [count];
  for (const cut of cuts.reverse()) found.unshift(cut[found[0]]);
  return found;
}

/**
 * Deals the tiles of a block out to its rows.
 *
 * @param {number[]} widths of the tiles, @param {{rows: number, height: number}} space
 * @param {number} across width of the rows, @param {number} gap
 * @returns {{top: number, height: number, tiles: {left: number, width: number}[]}[]} whole
 *   pixels; every row is as wide as the others
 */
export function deal(widths, { rows, height }, across, gap) {
  if (!widths.length) return [];
  const count = Math.min(rows, widths.length);
  let from = 0;
  const found = ends(widths, count).map((to) => {
    const some = widths.slice(from, to);
    from = to;
    const sum = some.reduce((one, other) => one + other, 0);
    return { some, scale: Math.max(1, across - gap * (some.length - 1)) / sum };
  });
  const natural = found.reduce((sum, { scale }) => sum + scale, 0);
  let share = 0;
  return found.map(({ some, scale }, row) => {
    const free = height - gap * (count - 1);
    const top = Math.round((share / natural) * free) + gap * row;
    share += scale;
    const bottom = Math.round((share / natural) * free) + gap * row;
    let before = 0;
    const tiles = some.map((width, at) => {
      const left = Math.round(before * scale) + gap * at;
      before += width;
      return { left, width: Math.round(before * scale) + gap * at - left };
    });
    return { top, height: bottom - top, tiles };
  });
}
