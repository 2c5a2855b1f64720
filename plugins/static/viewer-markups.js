// What is drawn on a photo: shown or hidden, and drawn on by whoever may. The layer itself
// comes with the page; while somebody draws, it is made here from what markups.json says.

import { complain } from "./app.js";
import { edit, load, remove, settled, undo } from "./markup-changes.js";
import { cancel, writing } from "./markup-drafts.js";
import { LISTENERS } from "./markup-input.js";
import { choose, drawing, frame, image, mine, now, one, render, tell, tools, value } from "./markup-layer.js";
import { UNIT, svg } from "./markup-shapes.js";
import { t } from "./texts.js";
import { keepWhile, refresh } from "./viewer-pieces.js";
import { hold, reset, zoomed } from "./viewer-zoom.js";

const stage = document.querySelector(".stage");
const figure = () => document.getElementById("picture");
const HIDDEN = "asbuilt-markups-hidden";
const KEPT = "asbuilt-markup"; // colour and width as they were chosen last

// Shown and hidden

function showHidden(hidden) {
  stage.classList.toggle("bare", hidden);
  const button = document.getElementById("markups-shown");
  button?.setAttribute("aria-pressed", String(!hidden));
}

function isHidden() {
  try {
    return localStorage.getItem(HIDDEN) === "1";
  } catch {
    return false;
  }
}

function toggleHidden() {
  const hidden = !stage.classList.contains("bare");
  try {
    localStorage.setItem(HIDDEN, hidden ? "1" : "0");
  } catch {
    // it is so until the page is left
  }
  showHidden(hidden);
}

// Begin and end

function blank() {
  const [width, height] = ["width", "height"].map((side) => image().getAttribute(side));
  const [wide, high] = frame();
  const made = svg("svg", { class: "markups", viewBox: `0 0 ${wide} ${high}`, width, height });
  figure().append(made);
  return made;
}

async function start() {
  if (drawing() || !image()?.dataset.width) return;
  if (!figure().querySelector("img.full") && zoomed()) reset(); // out of the tiles
  showHidden(false);
  now.layer = figure().querySelector("svg.markups") ?? blank();
  now.cross = [UNIT / 2, UNIT / 2];
  now.steps = [];
  try {
    await load();
  } catch (error) {
    now.layer = null;
    complain(error);
    return;
  }
  if (!drawing()) return;
  hold(true);
  stage.classList.add("marking");
  tools.hidden = false;
  for (const [name, listener] of LISTENERS) now.layer.addEventListener(name, listener);
  now.layer.setAttribute("tabindex", "0");
  now.layer.setAttribute("role", "application");
  now.layer.setAttribute("aria-label", t("markups.surface"));
  now.layer.setAttribute("aria-describedby", "markup-status");
  document.getElementById("draw").setAttribute("aria-expanded", "true");
  now.chosen = null;
  render();
  tell();
  tools.querySelector("input[name=tool]:checked").focus();
}

function stop() {
  if (!drawing()) return;
  [now.draft, now.chosen, now.pulling, now.cross] = [null, null, null, null];
  render();
  for (const [name, listener] of LISTENERS) now.layer.removeEventListener(name, listener);
  now.layer = null;
  hold(false);
  stage.classList.remove("marking");
  tools.hidden = true;
  const button = document.getElementById("draw");
  button.setAttribute("aria-expanded", "false");
  button.focus();
  settled().then(refresh);
}

/** Escape leaves the shape, then the selection, then drawing; letters are not the page's. */
function everywhere(event) {
  if (!drawing() || writing()) return;
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    if (now.draft) cancel();
    else if (now.chosen !== null) choose(null);
    else stop();
  } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.shiftKey) {
    event.preventDefault();
    undo();
  } else if (event.target.closest?.(".stage") && /^[a-z]$/i.test(event.key)) event.stopPropagation();
}

// The tools

function recall() {
  const [colour, width] = (() => {
    try {
      return (localStorage.getItem(KEPT) ?? "").split(" ");
    } catch {
      return [];
    }
  })();
  for (const [name, kept] of [["colour", colour], ["width", width]]) {
    const found = [...tools.querySelectorAll(`input[name=${name}]`)].find((input) => input.value === kept);
    if (found) found.checked = true;
  }
}

/** Another tool; or another colour or width, of what is selected, too. */
function set({ target: { name, value: wanted } }) {
  if (name === "tool") {
    cancel();
    choose(null);
    return;
  }
  try {
    localStorage.setItem(KEPT, `${value("colour")} ${value("width")}`);
  } catch {
    // it is so until the page is left
  }
  const markup = one();
  if (markup && mine(markup)) edit(markup.id, { [name]: name === "width" ? Number(wanted) : wanted });
}

document.addEventListener("click", (event) => {
  const at = event.target.closest?.("button");
  if (at?.id === "markups-shown") toggleHidden();
  else if (at?.id === "draw") (drawing() ? stop : start)();
  else if (at?.id === "markup-done") stop();
  else if (at?.id === "markup-undo") undo();
  else if (at?.id === "markup-delete") remove();
});
if (tools) {
  recall();
  tools.addEventListener("change", set);
  tools.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", everywhere, true);
  document.addEventListener("photo-turned", stop);
  keepWhile((piece) => piece.dataset.piece === "picture" && drawing());
  new ResizeObserver(render).observe(stage);
}
showHidden(isHidden());
document.addEventListener("photo-refreshed", () => showHidden(isHidden() && !drawing()));
