// Two photos over each other with a slider, or side by side. The address says how.

import { say } from "./app.js";
import { t } from "./texts.js";
import { remember } from "./viewer-remember.js";

const box = document.getElementById("compare");
const slider = document.getElementById("slider");

function put(name, value) {
  const url = new URL(location.href);
  url.searchParams.set(name, value);
  history.replaceState(history.state, "", url);
}

function slide() {
  box.style.setProperty("--at", slider.value);
  slider.setAttribute("aria-valuetext", t("compare.percent", { n: Number(slider.value) }));
}

function choose(mode) {
  box.classList.toggle("slide", mode === "slide");
  box.classList.toggle("side", mode === "side");
  for (const button of document.querySelectorAll("[data-mode]")) {
    button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
  }
}

if (box) {
  slide();
  slider.addEventListener("input", slide);
  slider.addEventListener("change", () => put("at", slider.value));
  for (const button of document.querySelectorAll("[data-mode]")) {
    button.addEventListener("click", () => {
      choose(button.dataset.mode);
      put("mode", button.dataset.mode);
    });
  }
}

document.getElementById("remember")?.addEventListener("click", (event) => {
  const { photo, name } = event.currentTarget.dataset;
  remember(Number(photo), name);
  say(t("compare.remembered", { name }));
});
