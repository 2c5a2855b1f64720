// Plans for admins: adding a file, and laying a picture where it belongs.

import { ask, complain, offerUndo, post } from "./app.js";
import { el } from "./elements.js";
import { Picture } from "./map_ground.js";
import { begin, end, tell } from "./map_modes.js";
import { t } from "./texts.js";

const { L } = globalThis;
const STEP = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

/** Top left, top right, bottom left from two opposite corners: turned and scaled. */
function unstretched(map, [width, height], first, last) {
  const zoom = map.getMaxZoom();
  const [a, b] = [first, last].map((place) => map.project(place, zoom));
  const square = width * width + height * height;
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const right = [(dx * width + dy * height) / square, (dy * width - dx * height) / square];
  const at = (x, y) => map.unproject(L.point(a.x + right[0] * x - right[1] * y, a.y + right[1] * x + right[0] * y), zoom);
  return [at(0, 0), at(width, 0), at(0, height)];
}

function lastCorner(map, corners) {
  const zoom = map.getMaxZoom();
  const [a, b, c] = corners.map((place) => map.project(L.latLng(place), zoom));
  return map.unproject(b.add(c).subtract(a), zoom);
}

/** A corner to be dragged, or moved by arrows. */
function handle(map, place, label, moved) {
  const button = el("button", { type: "button", class: "handle", "aria-label": label });
  const icon = L.divIcon({ html: button, className: "pin", iconSize: [0, 0] });
  const made = L.marker(place, { icon, draggable: true, keyboard: false, zIndexOffset: 1000 });
  made.on("drag", moved);
  button.addEventListener("keydown", (event) => {
    const way = STEP[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const size = event.shiftKey ? 20 : 2;
    const at = map.latLngToContainerPoint(made.getLatLng()).add(L.point(way).multiplyBy(size));
    made.setLatLng(map.containerPointToLatLng(at));
    moved();
  });
  return made.addTo(map);
}

/** Where a picture begins that nobody placed yet: in the middle of what is in view. */
function middle(map, [width, height]) {
  const view = map.getSize();
  const scale = 0.6 * Math.min(view.x / width, view.y / height);
  const half = L.point(width * scale, height * scale).divideBy(2);
  const centre = view.divideBy(2);
  return [centre.subtract(half), centre.add(half)].map((point) => map.containerPointToLatLng(point));
}

export function plans(site) {
  const { map, start } = site;
  const list = document.querySelector("#plans .plan-list");
  const file = document.getElementById("plan-file");

  function lay(plan) {
    site.ground.plans.get(plan.id)?.layer.remove();
    const ends = plan.corners ? [L.latLng(plan.corners[0]), lastCorner(map, plan.corners)] : middle(map, plan.size);
    const corners = () => unstretched(map, plan.size, first.getLatLng(), last.getLatLng());
    const moved = () => picture.setCorners(corners());
    const first = handle(map, ends[0], t("plans.top_left"), moved);
    const last = handle(map, ends[1], t("plans.bottom_right"), moved);
    const picture = new Picture({ ...plan, corners: corners(), opacity: 0.7 }).addTo(map);
    if (plan.corners) map.fitBounds(L.latLngBounds(corners()), { padding: [80, 80] });
    begin(map, { cross: false, leave: () => [first, last, picture].forEach((part) => part.remove()) });
    tell(t("plans.lay_how", { name: plan.name }), [
      { label: t("common.save"), strong: true, act: () => save(plan, corners().map(({ lat, lng }) => [lat, lng])) },
      { label: t("common.cancel"), act: () => { end(); site.ground.plans.get(plan.id)?.layer.addTo(map); } },
    ]);
    first.getElement().querySelector("button").focus();
  }

  async function save(plan, corners) {
    try {
      const done = await post(`/-/map/plans/${plan.id}/edit`, { corners });
      end();
      offerUndo(t("plans.laid"), done.batch);
      changed();
    } catch (error) {
      complain(error);
    }
  }

  async function remove(plan) {
    try {
      const done = await post(`/-/map/plans/${plan.id}/remove`);
      offerUndo(t("plans.removed"), done.batch);
      changed();
    } catch (error) {
      complain(error);
    }
  }

  /** Shows the plans as they are now. */
  async function changed() {
    const now = await ask("/-/map.json");
    for (const { layer } of [...site.ground.plans.values(), ...site.ground.bases.values()]) layer.remove();
    start.plans = now.plans;
    site.showGround();
    fill();
  }

  async function add() {
    const [chosen] = file.files;
    if (!chosen) return;
    file.value = "";
    begin(map, { cross: false, leave: () => {} });
    tell(t("plans.adding", { name: chosen.name }), []);
    try {
      const path = `/-/map/plans?${new URLSearchParams({ name: chosen.name })}`;
      const done = await ask(path, { method: "POST", body: chosen, headers: { accept: "application/json", "content-type": "application/octet-stream" } });
      end();
      await changed();
      const plan = start.plans.find((one) => one.id === done.plan.id);
      if (plan.kind === "image") lay(plan);
    } catch (error) {
      end();
      complain(error);
    }
  }

  function line(plan) {
    const act = (label, onclick) => (
      el("button", { type: "button", class: "button", "aria-label": `${label}: ${plan.name}`, onclick }, label)
    );
    const lays = plan.kind === "image" ? [act(t(plan.corners ? "plans.move" : "plans.lay"), () => lay(plan))] : [];
    const removes = act(t("plans.remove"), () => remove(plan));
    return el("li", {}, el("span", { dir: "auto" }, plan.name), ...lays, removes);
  }

  function fill() {
    list.replaceChildren(...start.plans.map(line));
  }

  file.addEventListener("change", add);
  fill();
}
