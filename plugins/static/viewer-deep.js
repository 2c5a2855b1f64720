// Photos in tiles: those that no browser shows, and those that are too large for one.

import { ask } from "./app.js";

const main = document.getElementById("main");

/** Loads a library that is a plain script; it is there once a page. */
export function library(path, name) {
  if (window[name]) return Promise.resolve(window[name]);
  return new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = new URL(path, import.meta.url).href;
    script.addEventListener("load", () => done(window[name]));
    script.addEventListener("error", () => fail(new Error("")));
    document.head.append(script);
  });
}

/** It would add a style sheet, which the policy forbids, unless one is there: no real one. */
function spareItsStyle() {
  const mark = "data-openseadragon-mobile-css";
  if (document.querySelector(`style[${mark}]`)) return;
  const style = document.createElementNS("urn:asbuilt", "style");
  style.setAttribute(mark, "");
  document.head.append(style);
}

function source(told) {
  const last = Math.ceil(Math.log2(Math.max(told.width, told.height)));
  return {
    width: told.width,
    height: told.height,
    tileSize: told.tile,
    tileOverlap: 0,
    minLevel: Math.max(0, last - 8),
    maxLevel: last,
    getTileUrl: (at, column, row) => `${told.url}${last - at}/${column}_${row}?v=${told.version}`,
  };
}

/**
 * Lays what is drawn on the photo over its tiles.
 *
 * @returns what is called when these were moved; null: nothing is drawn
 */
function overlay(element, viewer, { Point }) {
  const layer = element.parentElement.querySelector("#picture > .markups")?.cloneNode(true);
  if (!layer) return null;
  layer.removeAttribute("style"); // where the zoom had moved it
  layer.setAttribute("class", "drawn");
  const wide = layer.viewBox.baseVal.width;
  layer.removeAttribute("viewBox");
  const all = document.createElementNS(layer.namespaceURI, "g");
  all.append(...layer.childNodes);
  layer.append(all);
  element.append(layer);
  return () => {
    const image = viewer.world.getItemAt(0);
    if (!image) return;
    const { x, y } = image.getContentSize();
    const ends = [new Point(0, 0), new Point(x, y)].map((at) => image.imageToViewerElementCoordinates(at));
    const left = Math.min(...ends.map((at) => at.x));
    const top = Math.min(...ends.map((at) => at.y));
    const scale = Math.abs(ends[1].x - ends[0].x) / wide;
    all.setAttribute("transform", `translate(${left} ${top}) scale(${scale})`);
  };
}

/**
 * Opens the tiles over the picture, where it was zoomed to.
 *
 * @returns what the zoom talks to, or null when they show no more than the preview
 */
export async function open(view, image, { scale, middle, tell }) {
  const told = await ask(`/-/photo/${main.dataset.photo}/tiles.json`);
  const turn = Number(image.dataset.rotation);
  const wide = turn % 180 ? told.height : told.width;
  if (!wide || wide <= image.naturalWidth) return null;
  const OpenSeadragon = await library("./vendor/openseadragon/openseadragon.min.js", "OpenSeadragon");
  spareItsStyle();
  const element = document.createElement("div");
  element.className = "deep";
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", image.alt);
  view.append(element);
  const viewer = OpenSeadragon({
    element,
    tileSources: source(told),
    degrees: turn,
    drawer: "canvas",
    showNavigationControl: false,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
    maxZoomPixelRatio: 4 / devicePixelRatio,
    minZoomImageRatio: 1,
    visibilityRatio: 1,
    animationTime: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 0.4,
    immediateRender: true,
    preserveImageSizeOnResize: true,
  });
  viewer.innerTracker.keyHandler = null;
  viewer.innerTracker.keyDownHandler = null;
  const { viewport } = viewer;
  await new Promise((done) => { viewer.addOnceHandler("open", done); });
  const home = viewport.getHomeZoom();
  viewport.zoomTo(home * scale, null, true);
  const corner = viewport.getHomeBounds();
  viewport.panTo(new OpenSeadragon.Point(corner.x + corner.width * middle.x, corner.y + corner.height * middle.y), true);
  viewer.addHandler("animation", tell);
  const place = overlay(element, viewer, OpenSeadragon);
  if (place) {
    viewer.addHandler("update-viewport", place);
    place();
  }
  const level = () => viewport.viewportToImageZoom(viewport.getZoom()) * devicePixelRatio;
  const original = Number(image.dataset.width) || wide;
  return {
    level,
    note: wide < original ? `${wide.toLocaleString()} / ${original.toLocaleString()} px` : "",
    by: (factor) => { viewport.zoomBy(factor); viewport.applyConstraints(); },
    pixels: () => { viewport.zoomTo(viewport.imageToViewportZoom(1 / devicePixelRatio)); viewport.applyConstraints(); },
    pan: (right, down) => {
      const bounds = viewport.getBounds();
      viewport.panBy(new OpenSeadragon.Point(bounds.width * right * 0.2, bounds.height * down * 0.2));
      viewport.applyConstraints();
    },
    close: () => { viewer.destroy(); element.remove(); },
  };
}
