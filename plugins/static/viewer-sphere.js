// Looking around in a 360° photo. The library is loaded when somebody wants to.

import { el, icon } from "./elements.js";
import { t } from "./texts.js";
import { library } from "./viewer-deep.js";

const stage = document.querySelector(".stage");
const view = stage.querySelector(".picture");
const ENOUGH = 8192; // pixels across: more takes memory and shows little
let open = null;

/** How wide a picture the graphics card takes; 0 without one. */
function widest() {
  const gl = document.createElement("canvas").getContext("webgl");
  const found = gl ? gl.getParameter(gl.MAX_TEXTURE_SIZE) : 0;
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return found;
}

function picture(image) {
  const most = widest();
  if (!most) return "";
  const { width, rotation, original } = image.dataset;
  if (original && rotation === "0" && Number(width) <= Math.min(most, ENOUGH)) return original;
  return most >= 4096 ? stage.dataset.sphere : image.src;
}

function style() {
  if (document.getElementById("pannellum-style")) return;
  const href = new URL("./vendor/pannellum/pannellum.css", import.meta.url).href;
  document.head.append(el("link", { id: "pannellum-style", rel: "stylesheet", href }));
}

/** How far the picture reaches up and down, in degrees. */
function heightOf({ dataset }) {
  const seen = 360 * (Number(dataset.height) / Number(dataset.width));
  return seen > 0 && seen < 178 ? seen : 180;
}

export const lookingAround = () => open !== null;

export function leave() {
  if (!open) return;
  open.viewer.destroy();
  open.box.remove();
  open = null;
  stage.classList.remove("around");
  document.getElementById("look-around")?.focus({ preventScroll: true });
}

/** Wider or closer, by the buttons that also zoom. */
export function closer(factor) {
  open?.viewer.setHfov(open.viewer.getHfov() / factor);
}

export async function enter() {
  if (open) return;
  const image = document.getElementById("shown");
  const note = document.getElementById("zoom-note");
  const panorama = picture(image);
  if (!panorama) {
    note.textContent = t("viewer.no_webgl");
    return;
  }
  note.textContent = t("common.loading");
  style();
  const pannellum = await library("./vendor/pannellum/pannellum.js", "pannellum");
  const inside = el("div", { class: "sphere-view" });
  const box = el("div", { class: "sphere" }, inside,
    el("button", { type: "button", class: "tool leave", title: t("viewer.leave_sphere"), onclick: leave }, icon("x"), el("span", { class: "unseen" }, t("viewer.leave_sphere"))));
  view.append(box);
  stage.classList.add("around");
  const viewer = pannellum.viewer(inside, {
    type: "equirectangular",
    panorama,
    haov: 360,
    vaov: heightOf(image), // a part of the sphere: all around, but not up and down
    autoLoad: true,
    showControls: false,
    capturedKeyNumbers: [37, 38, 39, 40], // the arrows; all others are this page's
    mouseZoom: true,
    compass: false,
    hfov: 100,
    strings: { loadingLabel: t("common.loading"), genericWebGLError: t("viewer.no_webgl"), textureSizeError: t("viewer.no_webgl"), unknownError: t("common.failed") },
  });
  open = { viewer, box };
  viewer.on("load", () => { note.textContent = ""; });
  viewer.on("error", (text) => { note.textContent = text; });
  const drawn = inside.querySelector(".pnlm-ui") ?? inside;
  drawn.setAttribute("aria-label", t("viewer.sphere_keys"));
  drawn.setAttribute("role", "application");
  drawn.tabIndex = 0;
  drawn.focus({ preventScroll: true });
}
