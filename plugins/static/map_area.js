// An area drawn on the map becomes a filter of the search: by clicks, taps or keys.

import { say } from "./app.js";
import { begin, end, tell } from "./map_modes.js";
import { t } from "./texts.js";

const { L } = globalThis;
const MOST = 64; // corners that a search takes

function written({ lat, lng }) {
  return `${lat.toFixed(6)},${lng.toFixed(6)}`;
}

export function area(site, button) {
  const { map, start } = site;
  let corners = [];
  let shape = null;

  function draw() {
    shape.setLatLngs(corners);
    const enough = corners.length >= 3;
    tell(t("map.drawing", { n: corners.length }), [
      { label: t("map.corner"), act: () => add(map.getCenter()) },
      ...(corners.length ? [{ label: t("map.corner_back"), act: takeBack }] : []),
      ...(enough ? [{ label: t("map.use_area"), strong: true, act: use }] : []),
      { label: t("common.cancel"), act: () => { end(); button.focus(); } },
    ]);
  }

  function add(place) {
    if (corners.length >= MOST) {
      say(t("map.corners_most", { n: MOST }));
      return;
    }
    corners.push(place);
    draw();
  }

  function takeBack() {
    corners.pop();
    draw();
  }

  function use() {
    const url = new URL(location.href);
    const filter = `in:${corners.map((place) => written(place.wrap())).join(";")}`;
    url.searchParams.set("q", `${start.q_elsewhere} ${filter}`.trim());
    url.searchParams.delete("at");
    location.assign(url);
  }

  button.addEventListener("click", () => {
    corners = [];
    begin(map, { cross: true, at: add, leave: () => shape.remove() });
    shape = L.polygon([], { className: "drawn", interactive: false }).addTo(map);
    draw();
    map.getContainer().focus({ preventScroll: true });
  });
}

/** Shows the areas that the search is limited to. */
export function outlines(site) {
  for (const points of site.start.areas) {
    L.polygon(points, { className: "drawn", interactive: false }).addTo(site.map);
  }
}
