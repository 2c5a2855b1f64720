// Rows of equal width from the known aspect ratios: pure arithmetic, no page.

const NARROWEST = 0.5;
const WIDEST = 3.2;

/** Aspect ratio that a tile is given: very long panoramas are cut to fit a row. */
export function shape(width, height) {
  const ratio = width > 0 && height > 0 ? width / height : 4 / 3;
  return Math.min(WIDEST, Math.max(NARROWEST, ratio));
}

/**
 * Sizes in pixels for tiles in rows.
 *
 * @param {number[]} ratios aspect ratio of each tile
 * @param {number} width of a row, @param {number} height wanted, @param {number} gap
 * @returns {{width: number, height: number}[]} one for each tile
 */
export function rows(ratios, width, height, gap) {
  const sizes = [];
  let row = [];
  let sum = 0;
  const close = (last) => {
    const inner = width - gap * (row.length - 1);
    const exact = inner / sum;
    const high = Math.floor(last ? Math.min(height, exact) : exact);
    let left = inner;
    row.forEach((ratio, at) => {
      const full = !last && at === row.length - 1;
      const wide = full ? left : Math.floor(ratio * high);
      left -= wide;
      sizes.push({ width: Math.max(1, wide), height: Math.max(1, high) });
    });
    row = [];
    sum = 0;
  };
  for (const ratio of ratios) {
    const without = row.length ? (width - gap * (row.length - 1)) / sum : Infinity;
    const together = (width - gap * row.length) / (sum + ratio);
    // A row is full when one more would make it lower than wanted, and by more than
    // it is too high now
    if (row.length && together < height && without - height < height - together) close(false);
    row.push(ratio);
    sum += ratio;
    if ((width - gap * (row.length - 1)) / sum <= height) close(false);
  }
  if (row.length) close(true);
  return sizes;
}
