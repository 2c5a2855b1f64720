// One cluster, or one photo, on the map: a button with a picture.

import { el } from "./elements.js";
import { hit } from "./map_modes.js";
import { day, number, t } from "./texts.js";

const { L } = globalThis;

/** 1234 as 1.2k: a badge has little room. */
function brief(count) {
  if (count < 1000) return String(count);
  const thousands = count / 1000;
  return `${number(thousands < 10 ? Math.floor(thousands * 10) / 10 : Math.floor(thousands))}k`;
}

function wedge(direction) {
  const part = el("span", { class: "wedge" });
  part.style.transform = `rotate(${direction}deg)`;
  return part;
}

function named({ photos, photo }) {
  if (photos > 1) return t("map.cluster", { n: photos });
  return photo ? t("map.pin", { name: photo.name, day: day(photo.shown_at) }) : t("map.cluster", { n: 1 });
}

function buttonOf(cluster) {
  const look = cluster.photos > 1 ? "cluster" : "cluster one";
  const button = el("button", { type: "button", class: look, "aria-label": named(cluster) });
  if (cluster.photo) {
    const image = { src: cluster.photo.thumbnail_url, alt: "", decoding: "async", draggable: "false" };
    button.append(el("img", image));
  }
  if (cluster.photos > 1) {
    button.append(el("span", { class: "amount" }, brief(cluster.photos)));
  } else if (cluster.photo?.direction !== null && cluster.photo) {
    button.prepend(wedge(cluster.photo.direction));
  }
  return button;
}

/** What a cluster looks like: markers of the same looks are the same marker. */
export function looks({ latitude, longitude, photos, photo }) {
  const pinned = photos === 1 && photo ? [photo.id, photo.name, photo.shown_at, photo.direction] : [];
  return JSON.stringify([latitude, longitude, photos, photo?.thumbnail_url, ...pinned]);
}

/** Zooms to where a cluster falls apart, or shows the photos of one place. */
export function open(site, cluster) {
  const { map } = site;
  const further = map.getZoom() < map.getMaxZoom();
  if (!cluster.window || !further) {
    site.lists.choose(cluster);
    return;
  }
  const [south, west, north, east] = cluster.window;
  const box = L.latLngBounds([south, west], [north, east]);
  const zoom = Math.max(map.getBoundsZoom(box.pad(0.2)), map.getZoom() + 1);
  map.setView(box.getCenter(), Math.min(zoom, map.getMaxZoom()));
}

/** A marker for a cluster; a click or a key does `open` to what its `cluster` is then. */
export function marker(site, cluster, place) {
  const button = buttonOf(cluster);
  const icon = L.divIcon({ html: button, className: "pin", iconSize: [0, 0] });
  const made = L.marker(place, { icon, keyboard: false, riseOnHover: true });
  made.cluster = cluster;
  made.on("click", ({ originalEvent: event }) => {
    if (event.detail !== 0 && !hit(site.map.mouseEventToLatLng(event))) open(site, made.cluster);
  });
  // by keyboard or by a screen reader; Leaflet's own would be lost after a drag
  button.addEventListener("click", (event) => {
    if (event.detail === 0 && !hit(made.getLatLng())) open(site, made.cluster);
  });
  return made;
}
