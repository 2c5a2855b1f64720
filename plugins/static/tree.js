// The tree of locations: folded and unfolded, as it was left.

import "./forms.js";

const tree = document.getElementById("tree");
const FOLDED = `folded ${location.pathname}`;

const key = (item) => item.querySelector(".name").getAttribute("href");
const folded = new Set(JSON.parse(sessionStorage.getItem(FOLDED) ?? "[]"));

function set(item, open) {
  const button = item.querySelector(":scope > .node > .fold");
  const below = item.querySelector(":scope > ul");
  if (!below) return;
  button.setAttribute("aria-expanded", open);
  below.hidden = !open;
  if (open) folded.delete(key(item));
  else folded.add(key(item));
  sessionStorage.setItem(FOLDED, JSON.stringify([...folded]));
}

if (tree) {
  for (const item of tree.querySelectorAll("li")) if (folded.has(key(item))) set(item, false);
  tree.addEventListener("click", (event) => {
    const button = event.target.closest("button.fold");
    if (button) set(button.closest("li"), button.getAttribute("aria-expanded") !== "true");
  });
}
