// Shapes that are drawn on photos, as archive/markup_shapes.py has them: points in
// 1/100,000 of the upright picture's sides, outlines in a frame whose longer side is 1,000.

export const UNIT = 100_000;
const FRAME = 1000;
export const COLOURS = {
  red: "#e5241b", orange: "#ff8a00", yellow: "#ffd800", green: "#1f9d3a",
  blue: "#1669e0", violet: "#8e3ccf", black: "#000000", white: "#ffffff",
};
const LIGHT = new Set(["orange", "yellow", "white"]);
const LETTERS = 7; // a line of text is as many widths high
const LEADING = 1.25;
const ASCENT = 0.93; // from the top of a line of text to its baseline, in sizes
const EDGE = 1.5;
const HEAD = 5; // the length of an arrow's head, in widths
const BUMP = 6; // the length of a cloud's bump, in widths
const MOST_BUMPS = 80;
const KAPPA = 0.5522847498;
const SVG = "http://www.w3.org/2000/svg";

export const edgeOf = (colour) => (LIGHT.has(colour) ? "#000000" : "#ffffff");

/** Points of the upright picture in the picture turned clockwise; 360 less turns back. */
export function turned(points, rotation) {
  let found = points.map(([x, y]) => [x, y]);
  for (let n = 0; n < ((rotation % 360) + 360) % 360 / 90; n += 1) found = found.map(([x, y]) => [UNIT - y, x]);
  return found;
}

/** The sides of the frame of a picture of these sides. */
export function frameOf(width, height) {
  const longer = Math.max(width, height);
  return [FRAME * width / longer, FRAME * height / longer];
}

const placed = (points, frame) => points.map(([x, y]) => [x * frame[0] / UNIT, y * frame[1] / UNIT]);

const line = (points) => points.map((point, n) => [n ? "L" : "M", point]);

function arrow([x, y], end, width) {
  const [across, down] = [end[0] - x, end[1] - y];
  const length = Math.hypot(across, down);
  if (!length) return [{ steps: line([[x, y], end]), filled: false }];
  const head = Math.min(HEAD * width, length);
  const base = [end[0] - across / length * head, end[1] - down / length * head];
  const aside = [-down / length * head / 2, across / length * head / 2];
  return [
    { steps: line([[x, y], base]), filled: false },
    { steps: [...line([end, [base[0] + aside[0], base[1] + aside[1]], [base[0] - aside[0], base[1] - aside[1]]]), ["Z"]], filled: true },
  ];
}

const corners = ([left, top, right, bottom]) => [[left, top], [right, top], [right, bottom], [left, bottom]];

function ellipse([left, top, right, bottom]) {
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  const [a, b] = [(right - left) / 2 * KAPPA, (bottom - top) / 2 * KAPPA];
  return [
    ["M", [right, y]],
    ["C", [right, y + b], [x + a, bottom], [x, bottom]],
    ["C", [x - a, bottom], [left, y + b], [left, y]],
    ["C", [left, y - b], [x - a, top], [x, top]],
    ["C", [x + a, top], [right, y - b], [right, y]],
  ];
}

function bumps(start, end, width) {
  const length = Math.hypot(end[0] - start[0], end[1] - start[1]);
  const count = Math.min(MOST_BUMPS, Math.max(1, Math.floor(length / (BUMP * width) + 0.5)));
  const [across, down] = [(end[0] - start[0]) / count, (end[1] - start[1]) / count];
  const out = [down * 2 / 3, -across * 2 / 3];
  const found = [];
  let [x, y] = start;
  for (let n = 1; n <= count; n += 1) {
    const to = [start[0] + across * n, start[1] + down * n];
    found.push(["C", [x + out[0], y + out[1]], [to[0] + out[0], to[1] + out[1]], to]);
    [x, y] = to;
  }
  return found;
}

function cloud(box, width) {
  const around = corners(box);
  return [["M", around[0]], ...around.flatMap((start, n) => bumps(start, around[(n + 1) % 4], width))];
}

function outlines({ kind, width, points }, frame) {
  const at = placed(points, frame);
  if (kind === "pen" || kind === "line") return [{ steps: line(at), filled: false }];
  if (kind === "arrow") return arrow(at[0], at[1], width);
  const [[x, y], [u, v]] = at;
  const box = [Math.min(x, u), Math.min(y, v), Math.max(x, u), Math.max(y, v)];
  const steps = { rectangle: () => line(corners(box)), ellipse: () => ellipse(box), cloud: () => cloud(box, width) }[kind]();
  return [{ steps: [...steps, ["Z"]], filled: false }];
}

const short = (number) => String(Math.round(number * 100) / 100);

/** The paths of a shape, `{d, filled}`; none of a text. */
export function paths(shape, frame) {
  return outlines(shape, frame).map(({ steps, filled }) => ({
    filled,
    d: steps.map(([letter, ...points]) => letter + points.map((point) => point.map(short).join(",")).join(" ")).join(""),
  }));
}

/** An element of SVG with attributes and children. */
export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function letters(shape, frame) {
  const [at, towards] = placed(shape.points, frame);
  const angle = Math.atan2(towards[1] - at[1], towards[0] - at[0]) * 180 / Math.PI;
  const size = shape.width * LETTERS;
  const text = svg("text", {
    transform: `translate(${short(at[0])} ${short(at[1])}) rotate(${short(angle)})`,
    "font-size": short(size), "font-family": "system-ui, sans-serif", "font-weight": 600,
    fill: COLOURS[shape.colour], stroke: edgeOf(shape.colour), "stroke-width": 2 * EDGE,
    "stroke-linejoin": "round", "paint-order": "stroke",
  }, ...shape.text.split("\n").map((words, n) => svg("tspan", { x: 0, y: short(size * (ASCENT + n * LEADING)) }, words)));
  text.setAttributeNS("http://www.w3.org/XML/1998/namespace", "xml:space", "preserve");
  return text;
}

/** A shape as an element, in a frame; `reach` is how wide it can be caught, in its units. */
export function drawn(shape, frame, reach = 0) {
  const group = svg("g", { fill: "none", "stroke-linecap": "round", "stroke-linejoin": "round" });
  if (shape.kind === "text") {
    group.append(letters(shape, frame));
    return group;
  }
  const found = paths(shape, frame);
  const colour = COLOURS[shape.colour];
  for (const { d, filled } of found) group.append(svg("path", { d, stroke: edgeOf(shape.colour), "stroke-width": (filled ? 0 : shape.width) + 2 * EDGE }));
  for (const { d, filled } of found) group.append(svg("path", filled ? { d, fill: colour } : { d, stroke: colour, "stroke-width": shape.width }));
  if (reach) for (const { d } of found) group.append(svg("path", { d, stroke: "transparent", "stroke-width": Math.max(reach, shape.width), "pointer-events": "stroke" }));
  return group;
}

/** A line of the pen with fewer points, none of them further off than `most` (Douglas and Peucker). */
export function simplified(points, most) {
  const keep = new Set([0, points.length - 1]);
  const left = [[0, points.length - 1]];
  while (left.length) {
    const [from, to] = left.pop();
    let [far, at] = [most, -1];
    for (let n = from + 1; n < to; n += 1) {
      const off = distance(points[n], points[from], points[to]);
      if (off > far) [far, at] = [off, n];
    }
    if (at < 0) continue;
    keep.add(at);
    left.push([from, at], [at, to]);
  }
  return points.filter((_, n) => keep.has(n));
}

function distance([x, y], [a, b], [c, d]) {
  const long = (c - a) ** 2 + (d - b) ** 2;
  const along = long ? Math.min(1, Math.max(0, ((x - a) * (c - a) + (y - b) * (d - b)) / long)) : 0;
  return Math.hypot(x - a - along * (c - a), y - b - along * (d - b));
}
