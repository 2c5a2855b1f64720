// What is known of a timeline: its sections, and those of their tiles that were fetched.
//
// Widths are thousandths of a tile's height, as the server sums them up. A run is tiles of
// one section that follow each other: {first, start, end, tiles, starts}, with how many
// tiles and how much width come before.

const TOGETHER = 250; // tiles of whole sections that are asked for at once
const PAGE = 120; // what the server sends of one section
const AT_ONCE = 3; // requests

function runOf(first, start, tiles) {
  const starts = [];
  let end = start;
  for (const { width } of tiles) {
    starts.push(end);
    end += width;
  }
  return { first, start, end, tiles, starts };
}

function joined(one, other) {
  const [a, b] = one.first <= other.first ? [one, other] : [other, one];
  const more = b.tiles.slice(Math.max(0, a.first + a.tiles.length - b.first));
  return runOf(a.first, a.start, [...a.tiles, ...more]);
}

function inserted(runs, run) {
  const touches = (other) => other.first <= run.first + run.tiles.length
    && run.first <= other.first + other.tiles.length;
  const whole = runs.filter(touches).reduce(joined, run);
  return [...runs.filter((other) => !touches(other)), whole].sort((a, b) => a.first - b.first);
}

export class Sections {
  /** @param {(query: URLSearchParams) => string} address of tiles, @param {() => void} changed */
  constructor(data, { ask, arrived, failed }) {
    this.about = { q: data.query, by: data.by, order: data.order };
    this.ask = ask;
    this.arrived = arrived;
    this.failed = failed;
    this.under = new Set(); // requests: {keys, at, abort}
    this.all = [];
    this.replace(data.sections);
    for (const piece of data.tiles) this.add(piece);
  }

  /** The arguments of an address about this timeline. */
  arguments(more = {}) {
    const given = Object.entries({ ...this.about, ...more });
    return new URLSearchParams(given.filter(([, value]) => value !== ""));
  }

  /** Takes new sections; tiles that are known stay until newer ones come. */
  replace(list, stale = false) {
    const before = new Map(this.all.map((section) => [section.key, section]));
    this.all = list.map(([key, photos, width]) => {
      const old = before.get(key);
      const same = old && old.photos === photos && old.width === width;
      return { key, photos, width, runs: same ? old.runs : [], stale: Boolean(same && (stale || old.stale)) };
    });
    this.index = new Map(this.all.map((section, at) => [section.key, at]));
    if (stale) this.under.forEach((one) => one.abort.abort());
  }

  /** Takes tiles; tells whether sections are other than they were thought to be. */
  add({ section: [key, photos, width], first, start, tiles }) {
    const section = this.all[this.index.get(key)];
    if (!section) return true;
    const moved = section.photos !== photos || section.width !== width;
    if (moved || section.stale) section.runs = [];
    Object.assign(section, { photos, width, stale: false });
    if (tiles.length) section.runs = inserted(section.runs, runOf(first, start, tiles));
    return moved;
  }

  /** The run of a section in which a width lies. */
  run(section, at) {
    return section.runs.find((run) => run.start <= at && at < run.end);
  }

  /**
   * The tiles whose middles lie between two widths, with the index of the first; null when
   * not all of them are known.
   */
  between(section, from, to) {
    const last = section.width - 1;
    const run = this.run(section, Math.min(Math.floor(from), last));
    if (!run || run.end < Math.min(to, last)) return null;
    const inside = (at) => {
      const middle = run.starts[at] + run.tiles[at].width / 2;
      return middle >= from && middle < to;
    };
    let low = 0;
    let high = run.tiles.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (run.starts[middle] + run.tiles[middle].width / 2 >= from) high = middle;
      else low = middle + 1;
    }
    let end = low;
    while (end < run.tiles.length && inside(end)) end += 1;
    return { first: run.first + low, tiles: run.tiles.slice(low, end), starts: run.starts.slice(low, end) };
  }

  /** A tile by its place in its section, or undefined. */
  tile(section, index) {
    const run = section.runs.find(({ first, tiles }) => first <= index && index < first + tiles.length);
    return run && { tile: run.tiles[index - run.first], start: run.starts[index - run.first] };
  }

  /** Whether all tiles of a section are known. */
  complete(section) {
    return section.runs.length === 1 && section.runs[0].tiles.length === section.photos;
  }

  /** Takes note of all ids of a section. */
  named(key, ids) {
    const section = this.all[this.index.get(key)];
    if (section) section.ids = ids;
  }

  /** All ids of a section, or null while they are not known. */
  ids(section) {
    return this.complete(section) ? section.runs[0].tiles.map(({ id }) => id) : section.ids ?? null;
  }

  /**
   * Asks for tiles, the most wanted first.
   *
   * @param {{index: number, from: number}[]} needs sections and widths in them
   */
  fetch(needs) {
    for (const { index, from } of needs) {
      if (this.under.size >= AT_ONCE) return;
      const section = this.all[index];
      const asked = (one) => one.keys.has(section.key) && Math.abs(one.at - from) < PAGE * 400;
      if (![...this.under].some(asked)) this.get(index, from);
    }
  }

  /** Gives up requests for sections that are not wanted any more. */
  abandon(wanted) {
    for (const one of this.under) {
      if (!one.kept && ![...one.keys].some((key) => wanted(key))) one.abort.abort();
    }
  }

  /**
   * Asks for the tiles of a section around a width, and takes them.
   *
   * @param {boolean} kept also when nothing of them is in the window meanwhile
   */
  async get(index, from, kept = false) {
    const section = this.all[index];
    const several = section.photos <= TOGETHER;
    const range = several ? this.around(index) : [index, index];
    const at = several ? 0 : this.begin(section, from);
    const keys = new Set(this.all.slice(range[0], range[1] + 1).map(({ key }) => key));
    const one = { keys, at, kept, abort: new AbortController() };
    this.under.add(one);
    try {
      const more = range[0] < range[1] ? { until: this.all[range[1]].key } : {};
      const query = this.arguments({ section: this.all[range[0]].key, at: at || "", ...more });
      const { tiles } = await this.ask(`/-/tiles.json?${query}`, { signal: one.abort.signal });
      this.under.delete(one);
      this.arrived(this.taken(keys, tiles));
    } catch (error) {
      this.under.delete(one);
      if (error.name !== "AbortError") this.failed(error);
    }
  }

  /** Adds what was sent for some sections; those that were left out are gone. */
  taken(keys, pieces) {
    let moved = false;
    const renewed = new Set(this.all.filter(({ stale }) => stale).map(({ key }) => key));
    for (const piece of pieces) moved = this.add(piece) || moved;
    const sent = new Set(pieces.map(({ section: [key] }) => key));
    const whole = pieces.length !== 1 || keys.size === 1;
    const gone = (section) => whole && keys.has(section.key) && !sent.has(section.key);
    if (this.all.some(gone)) {
      const kept = this.all.filter((section) => !gone(section));
      this.all = kept;
      this.index = new Map(kept.map((section, at) => [section.key, at]));
      moved = true;
    }
    return { moved, keys: sent, renewed: new Set([...sent].filter((key) => renewed.has(key))) };
  }

  /** The small sections beside one that are wanted with it, unknown so far. */
  around(index) {
    const unknown = (section) => section && (section.stale || !section.runs.length);
    let [first, last] = [index, index];
    let sum = this.all[index].photos;
    for (let grows = true; grows;) {
      grows = false;
      for (const side of [1, -1]) {
        const next = this.all[side > 0 ? last + 1 : first - 1];
        if (unknown(next) && sum + next.photos <= TOGETHER) {
          sum += next.photos;
          if (side > 0) last += 1;
          else first -= 1;
          grows = true;
        }
      }
    }
    return [first, last];
  }

  /** Where a page of tiles begins that has a width in it, and nothing that is known. */
  begin(section, from) {
    const ahead = Math.floor(from - (PAGE / 4) * (section.width / section.photos));
    const known = section.stale ? [] : section.runs.map(({ end }) => end).filter((end) => end <= from);
    return Math.max(0, ahead, ...known);
  }
}
