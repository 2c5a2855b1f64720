// Albums: put in another order by dragging a card, or by Alt and the arrow keys on one.

import "./forms.js";
import { complain, offerUndo, post } from "./app.js";
import { t } from "./texts.js";

const list = document.getElementById("albums");
let dragged = null;
let before = []; // the order when the drag began

const order = () => [...list.children];

async function keep(card) {
  const next = card.nextElementSibling;
  try {
    const done = await post(`/-/albums/${card.dataset.id}/move`, { before: next ? next.dataset.id : "" });
    offerUndo(t("albums.moved"), done.batch);
  } catch (error) {
    list.replaceChildren(...before);
    complain(error);
  }
}

function begin(event) {
  dragged = event.target.closest(".card");
  before = order();
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.name);
  dragged.classList.add("dragged");
}

function over(event) {
  if (!dragged) return;
  event.preventDefault();
  const target = event.target.closest(".card");
  if (!target || target === dragged) return;
  const box = target.getBoundingClientRect();
  const late = event.clientX > box.left + box.width / 2;
  const wanted = late ? target.nextElementSibling : target;
  if (wanted !== dragged && dragged.nextElementSibling !== wanted) list.insertBefore(dragged, wanted);
}

function end() {
  if (!dragged) return;
  const card = dragged;
  dragged = null;
  card.classList.remove("dragged");
  if (order().some((one, at) => one !== before[at])) keep(card);
}

function byKeys(event) {
  if (!event.altKey || !event.key.startsWith("Arrow")) return;
  const card = event.target.closest(".card");
  if (!card) return;
  event.preventDefault();
  const back = event.key === "ArrowLeft" || event.key === "ArrowUp";
  const beside = back ? card.previousElementSibling : card.nextElementSibling;
  if (!beside) return;
  before = order();
  if (back) list.insertBefore(card, beside);
  else list.insertBefore(beside, card);
  event.target.focus();
  keep(card);
}

if (list.dataset.orders) {
  for (const card of list.children) {
    card.draggable = true;
    for (const part of card.querySelectorAll("a, img")) part.draggable = false;
  }
  list.addEventListener("dragstart", begin);
  list.addEventListener("dragover", over);
  list.addEventListener("dragend", end);
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("keydown", byKeys);
}
