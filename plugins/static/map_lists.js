// The lists beside the map: what is in view, what stands at a place, what has no place.

import { ask, complain } from "./app.js";
import { day, number, t } from "./texts.js";

const NEAR = 1e-7; // degrees, that an area is written to: 1 cm

function element(kind, fields = {}, ...parts) {
  const made = Object.assign(document.createElement(kind), fields);
  made.append(...parts);
  return made;
}

function thumbnail(photo) {
  return element("img", { src: photo.thumbnail_url, alt: "", loading: "lazy", decoding: "async", draggable: false });
}

/** A photo as a link to its page. */
function link(photo) {
  const made = element("a", { href: photo.url, title: photo.name }, thumbnail(photo));
  made.append(element("span", { className: "unseen", textContent: `${photo.name}, ${day(photo.shown_at)}` }));
  return element("li", {}, made);
}

/** A photo with its name, and with buttons for what may be done to its pin. */
function card(photo, actions) {
  const name = element("a", { href: photo.url, className: "name", textContent: photo.name, dir: "auto" });
  const when = element("span", { className: "none", textContent: day(photo.shown_at) });
  const buttons = actions.map(({ label, act }) => {
    const button = element("button", { type: "button", className: "button", textContent: label });
    button.addEventListener("click", () => act(photo));
    return button;
  });
  const picture = element("a", { href: photo.url, tabIndex: -1, ariaHidden: "true" }, thumbnail(photo));
  return element("li", { className: "shot" }, picture, element("div", {}, name, when, element("p", { className: "acts" }, ...buttons)));
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
    const grid = element("a", { href: found.gallery_url, className: "grid-link", textContent: t("map.as_grid") });
    panel.replaceChildren(...above, list, ...(found.next ? [element("p", { className: "none", textContent: t("map.more") })] : []), grid);
  }

  async function fetchSeen(signal) {
    if (chosen) return;
    const words = new URLSearchParams({ q: site.start.q, window: site.window() });
    const found = await ask(`/-/map/photos.json?${words}`, { signal });
    if (chosen) return; // meanwhile
    const told = element("p", { className: "told", textContent: amount(found) });
    const note = site.exact ? [] : [element("p", { className: "none", textContent: t("map.not_exact") })];
    fill(seen, found, element("ul", { className: "thumbs" }, ...found.photos.map(link)), told, ...note);
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
      const button = element("button", { type: "button", className: "button", textContent: t("map.back") });
      button.addEventListener("click", back);
      const told = element("p", { className: "told", textContent: t("map.here", { n: found.total }) });
      fill(seen, found, element("ul", { className: "chosen" }, ...found.photos.map((photo) => card(photo, actions))), button, told);
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
    const how = element("p", { className: "none told", textContent: t(site.may("pin") ? "map.pin_how" : "map.unplaced_are") });
    fill(unplaced, found, element("ul", { className: "thumbs" }, ...found.photos.map(make)), how);
  }

  const first = new URLSearchParams(location.search).get("tab");
  const lists_ = {
    seen: fetchSeen,
    choose,
    back,
    show,
    unplaced: (make = link) => fetchUnplaced(make).catch(complain),
    setActions: (given) => { actions = given; },
    thumbnail,
    chosen: () => chosen,
    leaveChosen: () => { chosen = null; },
  };
  document.getElementById("tab-unplaced").addEventListener("chosen", () => lists_.unplaced(lists_.entry));
  if (first) queueMicrotask(() => show(first));
  return lists_;
}
