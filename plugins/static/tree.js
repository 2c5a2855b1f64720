// The tree of locations: folded and unfolded, and the list of parents filled when needed.

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

/** All other nodes as choices, indented by their depth; not those below the node itself. */
function fill(select) {
  if (select.options.length > 1) return;
  const own = select.closest("li");
  const choices = [new Option("—", "")];
  for (const item of tree.querySelectorAll("li")) {
    if (own.contains(item)) continue;
    let depth = 0;
    for (let up = item.parentElement; up !== tree; up = up.parentElement) if (up.tagName === "UL") depth += 1;
    const id = item.querySelector("select[data-tree]").id.replace("parent-", "");
    choices.push(new Option("\u2003".repeat(depth) + item.querySelector(".name").textContent, id));
  }
  const [title] = select.options;
  select.replaceChildren(...choices);
  select.value = select.dataset.tree;
  select.title = title.text;
}

if (tree) {
  for (const item of tree.querySelectorAll("li")) if (folded.has(key(item))) set(item, false);
  tree.addEventListener("click", (event) => {
    const button = event.target.closest("button.fold");
    if (button) set(button.closest("li"), button.getAttribute("aria-expanded") !== "true");
  });
  tree.addEventListener("toggle", (event) => {
    const select = event.target.querySelector?.("select[data-tree]");
    if (event.target.open && select) fill(select);
  }, true);
}
