// The map: clusters of photos as the server counts them, and what is done with them.

import { ask, complain } from "./app.js";
import "./forms.js"; // how menus close
import { area, outlines } from "./map_area.js";
import { layers } from "./map_ground.js";
import { layersMenu } from "./map_layers.js";
import { listen } from "./map_modes.js";
import { looks, marker } from "./map_markers.js";
import { lists } from "./map_lists.js";
import { pins } from "./map_pins.js";
import { plans } from "./map_plans.js";
import { t } from "./texts.js";

const { L } = globalThis;
const start = JSON.parse(document.getElementById("start").textContent);
const rights = new Set(document.documentElement.dataset.may.split(" "));
const SITE_ZOOM = 18; // where all photos are in one place
const PAD = { padding: [48, 48] };
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Puts something of the page's state into its address. */
function remember(name, value) {
  const url = new URL(location.href);
  if (value === null) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  history.replaceState(null, "", url);
}

/** South, west, north, east as Leaflet has them. */
export function bounds([south, west, north, east]) {
  return L.latLngBounds([south, west], [north, east]);
}

/** A window as the search has it: 59.91,10.75..59.92,10.77 */
function written(box) {
  const corner = ({ lat, lng }) => `${lat.toFixed(7)},${lng.toFixed(7)}`;
  const [low, high] = [box.getSouthWest(), box.getNorthEast()];
  if (high.lng - low.lng >= 360) [low.lng, high.lng] = [-180, 180];
  [low.lat, high.lat] = [Math.max(-90, low.lat), Math.min(90, high.lat)];
  low.lng = L.Util.wrapNum(low.lng, [-180, 180], true);
  high.lng = L.Util.wrapNum(high.lng, [-180, 180], true);
  return `${corner(low)}..${corner(high)}`;
}

function makeMap() {
  const map = L.map("map", {
    attributionControl: false,
    zoomControl: false,
    minZoom: 1,
    maxZoom: start.largest_zoom,
    worldCopyJump: true,
    zoomAnimation: !still,
    fadeAnimation: !still,
    inertia: !still,
  });
  const words = { zoomInTitle: t("map.zoom_in"), zoomOutTitle: t("map.zoom_out") };
  map.attributionControl = L.control.attribution({ position: "bottomright", prefix: false });
  map.attributionControl.addTo(map);
  L.control.zoom({ position: "bottomright", ...words }).addTo(map);
  L.control.scale({ position: "bottomleft", imperial: false }).addTo(map);
  return map;
}

/** Goes to where the address says, or to where all photos are. */
function goToStart(map, { animate = false } = {}) {
  const around = start.around ?? planned();
  if (!around) map.setView([25, 0], 2, { animate });
  else map.fitBounds(bounds(around), { ...PAD, maxZoom: SITE_ZOOM, animate });
}

/** Where the first plan lies: without photos, that is the site. */
function planned() {
  const corners = start.plans.find((plan) => plan.corners)?.corners;
  if (!corners) return null;
  const box = L.latLngBounds(corners);
  return [box.getSouth(), box.getWest(), box.getNorth(), box.getEast()];
}

function goToAddress(map) {
  const at = new URLSearchParams(location.search).get("at");
  const [latitude, longitude, zoom] = (at ?? "").split(",").map(Number);
  const right = at && [latitude, longitude, zoom].every(Number.isFinite);
  if (!right) goToStart(map);
  else map.setView([Math.max(-85, Math.min(85, latitude)), longitude], Math.round(zoom));
}

/** Draws the clusters; pins that stay as they were stay the same elements. */
function draw(site, clusters) {
  const { map } = site;
  const before = site.markers;
  const middle = map.getCenter().lng;
  site.markers = new Map();
  for (const cluster of clusters) {
    const turns = Math.round((middle - cluster.longitude) / 360);
    const place = [cluster.latitude, cluster.longitude + turns * 360];
    const key = looks(cluster);
    const made = before.get(key) ?? marker(site, cluster, place).addTo(map);
    before.delete(key);
    made.cluster = cluster; // what it falls apart into differs with the zoom
    if (!made.getLatLng().equals(place)) made.setLatLng(place); // a turn of the earth away
    site.markers.set(key, made);
  }
  for (const old of before.values()) {
    if (old.getElement().contains(document.activeElement)) map.getContainer().focus({ preventScroll: true });
    old.remove();
  }
}

/**
 * Asks for the clusters in view; a later question stops an earlier one. Once a pin was
 * changed, the list of a place is left where no pin is as it was.
 */
async function refresh(site) {
  site.asking?.abort();
  const asking = new AbortController();
  site.asking = asking;
  const { map } = site;
  const margin = map.getBounds().pad(0.05);
  const words = new URLSearchParams({ q: start.q, window: written(margin), zoom: map.getZoom() });
  map.getContainer().setAttribute("aria-busy", "true");
  try {
    const found = await ask(`/-/map.json?${words}`, { signal: asking.signal });
    draw(site, found.clusters);
    if (site.changed) site.lists.leaveUnless(found.clusters.map(looks));
    site.changed = false;
    site.exact = found.exact;
    await site.lists.seen(asking.signal);
  } catch (error) {
    if (error.name !== "AbortError") complain(error);
  } finally {
    if (site.asking === asking) map.getContainer().setAttribute("aria-busy", "false");
  }
}

function begin() {
  const map = makeMap();
  const site = {
    map,
    start,
    markers: new Map(),
    exact: true,
    may: (right) => rights.has(right),
    window: () => written(map.getBounds()),
    changed: false, // a pin, since the clusters were asked for
    refresh: () => refresh(site),
  };
  site.lists = lists(site, remember);
  site.showGround = () => {
    site.ground = layers(start.plans, document.getElementById("main").dataset.world);
    layersMenu(map, site.ground, document.querySelector("#layers .menu-body"), remember);
  };
  site.showGround();
  outlines(site);
  listen(map);
  map.on("moveend", () => {
    const { lat, lng } = map.getCenter().wrap();
    remember("at", `${lat.toFixed(6)},${lng.toFixed(6)},${map.getZoom()}`);
    site.refresh();
  });
  map.on("zoomend", () => {
    map.getContainer().classList.toggle("near", map.getZoom() > 10);
  });
  document.getElementById("fit").addEventListener("click", () => goToStart(map, { animate: !still }));
  area(site, document.getElementById("draw"));
  if (site.may("pin")) pins(site);
  if (site.may("edit_plans")) plans(site);
  goToAddress(map);
  map.getContainer().classList.toggle("near", map.getZoom() > 10);
  addEventListener("pagehide", () => site.asking?.abort());
  new ResizeObserver(() => map.invalidateSize()).observe(map.getContainer());
  document.body.classList.add("scripted");
}

begin();
