// What lies below the photos: the world's outline, a grid, people's own maps and plans.
// Leaflet is a plain script, so it is a global.

const { L } = globalThis;
const OUTLINE_ENDS = 10; // further in, a coast of that scale would be wrong by kilometres
const CREDIT = "Natural Earth";
const EDGE = 85.0511287798066; // where a web mercator map ends, degrees

/** Puts text into what Leaflet takes as HTML. */
function plain(text) {
  const box = document.createElement("span");
  box.textContent = text;
  return box.innerHTML;
}

function unit(longitude, latitude) {
  const steep = (Math.max(-EDGE, Math.min(EDGE, latitude)) * Math.PI) / 180;
  return [(longitude + 180) / 360, 0.5 - Math.asinh(Math.tan(steep)) / (2 * Math.PI)];
}

/** A TopoJSON arc as points of the unit square: its numbers are differences. */
function unpacked(arc, { scale, translate }) {
  let [x, y] = [0, 0];
  return arc.map(([dx, dy]) => {
    x += dx;
    y += dy;
    return unit(x * scale[0] + translate[0], y * scale[1] + translate[1]);
  });
}

/** Points whose x goes on beyond 0 or 1 where a shape crosses the 180th meridian. */
function unbroken(points, closed) {
  let turns = 0;
  const going = points.map(([x, y], n) => {
    const step = n ? x - points[n - 1][0] : 0;
    if (Math.abs(step) > 0.5) turns -= Math.sign(step);
    return [x + turns, y];
  });
  // once around the earth: what lies within reaches to the pole
  if (closed && turns) going.push([going.at(-1)[0], 1], [going[0][0], 1]);
  return going;
}

function boxed(points) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return { points, box };
}

/** Land as rings, and all coasts and borders as lines. */
function drawable(topology) {
  const arcs = topology.arcs.map((arc) => unpacked(arc, topology.transform));
  const path = (numbers) => numbers.flatMap((n) => (n < 0 ? [...arcs[~n]].reverse() : arcs[n]));
  const ring = (numbers) => boxed(unbroken(path(numbers), true));
  const land = topology.objects.land.geometries.flatMap((shape) => shape.arcs.flat().map(ring));
  return { land, lines: arcs.map((arc) => boxed(unbroken(arc, false))) };
}

function traced(context, shapes, { x, y, z }, size, close) {
  const scale = 2 ** z;
  const [west, north, east, south] = [x / scale, y / scale, (x + 1) / scale, (y + 1) / scale];
  context.beginPath();
  for (const { points, box } of shapes) {
    if (box[3] < north || box[1] > south) continue;
    for (const turn of [-1, 0, 1]) {
      if (box[2] + turn < west || box[0] + turn > east) continue;
      points.forEach(([px, py], n) => {
        context[n ? "lineTo" : "moveTo"](((px + turn) * scale - x) * size, (py * scale - y) * size);
      });
      if (close) context.closePath();
    }
  }
}

const Outline = L.GridLayer.extend({
  options: { maxZoom: OUTLINE_ENDS },

  initialize(url, options) {
    L.setOptions(this, options);
    this._world = fetch(url).then((answer) => answer.json()).then(drawable);
  },

  getEvents() {
    return { ...L.GridLayer.prototype.getEvents.call(this), zoomend: this._credit };
  },

  onAdd(map) {
    L.GridLayer.prototype.onAdd.call(this, map);
    this._credit();
  },

  onRemove(map) {
    map.attributionControl.removeAttribution(CREDIT);
    this._credited = false;
    L.GridLayer.prototype.onRemove.call(this, map);
  },

  /** Names whose data it is, where it is seen. */
  _credit() {
    const seen = this._map.getZoom() <= OUTLINE_ENDS;
    if (seen === Boolean(this._credited)) return;
    this._credited = seen;
    this._map.attributionControl[seen ? "addAttribution" : "removeAttribution"](CREDIT);
  },

  createTile(coords, done) {
    const tile = document.createElement("canvas");
    const size = this.getTileSize().x;
    const sharp = Math.min(2, devicePixelRatio);
    tile.width = tile.height = size * sharp;
    this._world.then((world) => {
      const colours = getComputedStyle(this._map ? this._map.getContainer() : document.body);
      const context = tile.getContext("2d");
      context.scale(sharp, sharp);
      traced(context, world.land, coords, size, true);
      context.fillStyle = colours.getPropertyValue("--land");
      context.fill("evenodd");
      traced(context, world.lines, coords, size, false);
      context.strokeStyle = colours.getPropertyValue("--border");
      context.lineWidth = 0.75;
      context.stroke();
      done(null, tile);
    }).catch((error) => done(error, tile));
    return tile;
  },
});

/** Squares to see movement and scale by, where there is nothing else. */
const Squares = L.GridLayer.extend({
  options: { minZoom: OUTLINE_ENDS + 1 },
  createTile: () => Object.assign(document.createElement("div"), { className: "square" }),
});

/** Tiles as plain pictures: L.TileLayer would put a data: address into those it drops. */
const Tiles = L.GridLayer.extend({
  createTile(coords, done) {
    const tile = document.createElement("img");
    tile.alt = "";
    tile.addEventListener("load", () => done(null, tile));
    tile.addEventListener("error", () => done(null, tile)); // there is none here
    tile.src = L.Util.template(this.options.url, { z: coords.z, x: coords.x, y: coords.y });
    return tile;
  },
});

/** A picture laid on the map by three of its corners: turned, scaled, stretched. */
export const Picture = L.Layer.extend({
  initialize(plan) {
    L.setOptions(this, { attribution: plain(plan.attribution) });
    this._plan = plan;
    this._corners = plan.corners.map((place) => L.latLng(place));
    this._frame = L.DomUtil.create("div", "plan leaflet-zoom-animated");
    this._image = L.DomUtil.create("img", "", this._frame);
    this._image.alt = plan.name;
    this._image.src = plan.url;
    [this._image.width, this._image.height] = plan.size;
    this.setOpacity(plan.opacity);
  },

  getEvents() {
    return { zoom: this._lay, viewreset: this._lay, zoomanim: this._fly };
  },

  onAdd(map) {
    map.getPane("overlayPane").append(this._frame);
    this._lay();
  },

  onRemove() {
    this._frame.remove();
  },

  setOpacity(opacity) {
    this._image.style.opacity = opacity;
    return this;
  },

  setCorners(corners) {
    this._corners = corners.map((place) => L.latLng(place));
    if (this._map) this._lay();
    return this;
  },

  _lay() {
    const [start, right, below] = this._corners.map((place) => this._map.latLngToLayerPoint(place));
    const [width, height] = this._plan.size;
    const across = right.subtract(start).divideBy(width);
    const down = below.subtract(start).divideBy(height);
    L.DomUtil.setPosition(this._frame, start);
    this._image.style.transform = `matrix(${across.x}, ${across.y}, ${down.x}, ${down.y}, 0, 0)`;
  },

  _fly({ zoom, center }) {
    // as L.ImageOverlay does it
    const start = this._map._latLngToNewLayerPoint(this._corners[0], zoom, center);
    L.DomUtil.setTransform(this._frame, start, this._map.getZoomScale(zoom));
  },
});

/** The layers of a plan file, by kind. */
function layerOf(plan) {
  if (plan.kind === "image") return new Picture(plan);
  const [south, west, north, east] = plan.window;
  return new Tiles({
    url: plan.url,
    minNativeZoom: plan.zooms[0],
    maxNativeZoom: plan.zooms[1],
    bounds: [[south, west], [north, east]],
    attribution: plain(plan.attribution),
    opacity: plan.opacity,
  });
}

/**
 * What can be shown below the photos, and what is.
 *
 * @returns {{bases: Map, plans: Map}} layers by number: 0 is the world's outline
 */
export function layers(plans, worldUrl) {
  const outline = L.layerGroup([new Outline(worldUrl), new Squares()]);
  const shown = { bases: new Map([[0, { name: null, layer: outline }]]), plans: new Map() };
  for (const plan of plans) {
    if (plan.kind === "image" && !plan.corners) continue; // not placed yet
    const into = plan.kind === "image" ? shown.plans : shown.bases;
    into.set(plan.id, { name: plan.name, layer: layerOf(plan), opacity: plan.opacity });
  }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", () => outline.eachLayer((layer) => layer.redraw()));
  return shown;
}
