// The lists beside the map: what is in view, what stands at a place, what has no place.

import { ask, complain } from "./app.js";
import { el } from "./elements.js";
import { looks } from "./map_markers.js";
import { day, number, t } from "./texts.js";

const NEAR = 1e-7; // degrees, that an area is written to: 1 cm

export function thumbnail(photo) {
  return el("img", { src: photo.thumbnail_url, alt: "", loading: "lazy", decoding: "async", draggable: "false" });
}

/** A photo as a link to its page. */
function link(photo) {
  const words = el("span", { class: "unseen" }, `${photo.name}, ${day(photo.shown_at)}`);
  return el("li", {}, el("a", { href: photo.url, title: photo.name }, thumbnail(photo), words));
}

/** A photo with its name, and with buttons for what may be done to its pin. */
function card(photo, actions) {
  const buttons = actions.map(({ label, act }) => (
    el("button", { type: "button", class: "button", onclick: () => act(photo) }, label)
  ));
  return el(
    "li",
    { class: "shot" },
    el("a", { href: photo.url, tabindex: -1, "aria-hidden": "true" }, thumbnail(photo)),
    el(
      "div",
      {},
      el("a", { href: photo.url, class: "name", dir: "auto" }, photo.name),
      el("span", { class: "none" }, day(photo.shown_at)),
      el("p", { class: "acts" }, ...buttons),
    ),
  );
}

function tabs(remember) {
  const all = [...document.querySelectorAll("[role=tab]")];
  const select = (tab) => {
    for (const other of all) {
      const chosen = other === tab;
      other.setAttribute("aria-selected", String(chosen));
      other.tabIndex = chosen ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !chosen;
    }
    remember("tab", tab === all[0] ? null : tab.getAttribute("aria-controls"));
    tab.dispatchEvent(new Event("chosen"));
  };
  all.forEach((tab, at) => {
    tab.addEventListener("click", () => select(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = all.at((at + step) % all.length);
      next.focus();
      select(next);
    });
  });
  return (name) => {
    const tab = all.find((one) => one.getAttribute("aria-controls") === name);
    if (tab) select(tab);
  };
}

function amount({ total, total_is_exact: exact }) {
  const words = t("map.in_view", { n: total });
  return exact ? words : `${words.replace(number(total), `${number(total)}+`)}`;
}

export function lists(site, remember) {
  const seen = document.getElementById("seen");
  const unplaced = document.getElementById("unplaced");
  const show = tabs(remember);
  let chosen = null; // the photos of one place instead of all in view
  let actions = []; // what may be done to a pin

  function fill(panel, found, list, ...above) {
    const more = found.next ? [el("p", { class: "none" }, t("map.more"))] : [];
    const grid = el("a", { href: found.gallery_url, class: "grid-link" }, t("map.as_grid"));
    panel.replaceChildren(...above, list, ...more, ...(found.photos.length ? [grid] : []));
  }

  async function fetchSeen(signal) {
    if (chosen) return;
    const words = new URLSearchParams({ q: site.start.q, window: site.window() });
    const found = await ask(`/-/map/photos.json?${words}`, { signal });
    if (chosen) return; // meanwhile
    const told = el("p", { class: "told" }, amount(found));
    const note = site.exact ? [] : [el("p", { class: "none" }, t("map.not_exact"))];
    fill(seen, found, el("ul", { class: "thumbs" }, ...found.photos.map(link)), told, ...note);
  }

  function back() {
    chosen = null;
    site.refresh();
  }

  async function choose(cluster) {
    const [south, west, north, east] = cluster.area;
    const around = [[Math.max(-90, south - NEAR), west - NEAR], [Math.min(90, north + NEAR), east + NEAR]]
      .map((corner) => corner.map((degrees) => degrees.toFixed(7)).join(",")).join("..");
    const before = chosen;
    chosen = cluster;
    try {
      const words = new URLSearchParams({ q: site.start.q, window: around });
      const found = await ask(`/-/map/photos.json?${words}`);
      if (chosen !== cluster) return; // another was chosen meanwhile
      const button = el("button", { type: "button", class: "button", onclick: back }, t("map.back"));
      const told = el("p", { class: "told" }, t("map.here", { n: found.total }));
      const cards = found.photos.map((photo) => card(photo, actions));
      fill(seen, found, el("ul", { class: "chosen" }, ...cards), button, told);
      show("seen");
      seen.focus({ preventScroll: true });
      seen.scrollIntoView({ block: "nearest" });
    } catch (error) {
      chosen = before;
      complain(error);
    }
  }

  /** Lists photos without a place; `make` makes an entry. */
  async function fetchUnplaced(make) {
    const words = new URLSearchParams({ q: site.start.q, unplaced: 1 });
    const found = await ask(`/-/map/photos.json?${words}`);
    document.querySelector("#tab-unplaced .count").textContent = `${number(found.total)}${found.total_is_exact ? "" : "+"}`;
    const some = site.may("pin") ? "map.pin_how" : "map.unplaced_are";
    const how = t(found.photos.length ? some : "map.all_placed");
    const list = el("ul", { class: "thumbs" }, ...found.photos.map(make));
    fill(unplaced, found, list, el("p", { class: "none told" }, how));
  }

  const first = new URLSearchParams(location.search).get("tab");
  const offered = {
    seen: fetchSeen,
    choose,
    back,
    show,
    unplaced: (make = link) => fetchUnplaced(make).catch(complain),
    setActions: (given) => { actions = given; },
    leaveUnless: (there) => { if (chosen && !there.includes(looks(chosen))) chosen = null; },
  };
  document.getElementById("tab-unplaced").addEventListener("chosen", () => offered.unplaced(offered.entry));
  if (first) queueMicrotask(() => show(first));
  return offered;
}
