// The gallery: lays the rows out, fetches on as one scrolls, and walks with the arrows.

import { rows, shape } from "./layout.js";
import { typing } from "./keys.js";

const days = document.getElementById("days");
const news = document.getElementById("news");
const AHEAD = "1500px"; // how far before the end the next page is fetched

const BETWEEN = 20; // pixels between two days on one line; the sheet says 1.25rem
const NARROWEST_DAY = 148; // its heading must be readable
const NARROWEST_REMARK = 310; // and what is said of its date beside it

function measures() {
  const width = days.clientWidth;
  const gap = parseFloat(getComputedStyle(days).getPropertyValue("--gap")) || 4;
  return { width, gap, height: width < 560 ? 118 : 172 };
}

function place(tiles, sizes) {
  sizes.forEach((size, at) => {
    const { style } = tiles[at];
    style.width = `${size.width}px`;
    style.height = `${size.height}px`;
    tiles[at].querySelector("img").sizes = `${size.width}px`;
  });
}

/** Lays out the days from one on. Short days stand side by side on one line. */
function lay(sections) {
  const { width, gap, height } = measures();
  if (!width) return;
  days.classList.add("laid");
  let used = 0; // of the line under way
  for (const section of sections) {
    const tiles = [...section.querySelectorAll(".tile")];
    const ratios = tiles.map((tile) => shape(Number(tile.dataset.w), Number(tile.dataset.h)));
    const sizes = rows(ratios, width, height, gap);
    const across = sizes.reduce((sum, size) => sum + size.width, gap * (sizes.length - 1));
    const one = sizes.every((size) => size.height === height) && across < width;
    const plain = section.dataset.dated === "known";
    const needs = Math.max(across, Math.min(width, plain ? NARROWEST_DAY : NARROWEST_REMARK));
    const joins = one && used > 0 && used + BETWEEN + needs <= width;
    section.style.width = one ? `${needs}px` : "";
    section.classList.toggle("first", !joins);
    used = one ? needs + (joins ? used + BETWEEN : 0) : 0;
    place(tiles, sizes);
  }
}

function layAll() {
  lay(days.querySelectorAll(".day"));
}

/** The days from the beginning of the last line on: what an added day may change. */
function lastLine() {
  const all = [...days.querySelectorAll(".day")];
  let from = all.length - 1;
  while (from > 0 && !all[from].classList.contains("first")) from -= 1;
  return all.slice(Math.max(from, 0));
}

function append(piece) {
  const open = lastLine();
  const last = open.at(-1);
  const added = [];
  let count = 0;
  for (const section of [...piece.querySelectorAll(".day")]) {
    count += section.querySelectorAll(".tile").length;
    const { day, dated } = section.dataset;
    if (last && day === last.dataset.day && dated === last.dataset.dated) {
      last.querySelector(".tiles").append(...section.querySelectorAll(".tile"));
    } else {
      added.push(section);
    }
  }
  days.append(...added);
  lay([...open, ...added]);
  const more = piece.querySelector(".more");
  if (more) days.append(more);
  news.textContent = `${count} more photos`;
}

async function fetchOn(more) {
  const url = new URL(more.querySelector("a").href);
  url.searchParams.set("piece", "1");
  const response = await fetch(url, { headers: { accept: "text/html" } });
  if (!response.ok) throw new Error(response.statusText);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  more.remove();
  append(page);
}

function watch() {
  const more = days.querySelector(".more");
  if (!more) return;
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    // When it fails, the link stays there to be clicked
    fetchOn(more).then(watch).catch(() => { news.textContent = "The next photos could not be fetched."; });
  }, { rootMargin: AHEAD });
  observer.observe(more);
}

/** The tile above or below one, nearest to its middle. */
function inNextRow(links, from, down) {
  const here = links[from].getBoundingClientRect();
  const middle = here.left + here.width / 2;
  let best = -1;
  let row = null;
  let distance = Infinity;
  for (let at = from + (down ? 1 : -1); at >= 0 && at < links.length; at += down ? 1 : -1) {
    const box = links[at].getBoundingClientRect();
    if (Math.abs(box.top - here.top) < 2) continue;
    row ??= box.top;
    if (Math.abs(box.top - row) > 2) break;
    const away = Math.abs(box.left + box.width / 2 - middle);
    if (away < distance) [best, distance] = [at, away];
  }
  return best;
}

function arrows(event) {
  if (typing(event) || !event.key.startsWith("Arrow")) return;
  const links = [...days.querySelectorAll(".tile a")];
  const from = links.indexOf(document.activeElement);
  if (from < 0) {
    if (event.key !== "ArrowRight" && event.key !== "ArrowDown") return;
    if (document.activeElement !== document.body) return;
    const first = links.find((link) => link.getBoundingClientRect().top > 56);
    if (event.key === "ArrowRight" && first) {
      event.preventDefault();
      first.focus();
    }
    return;
  }
  const steps = { ArrowLeft: from - 1, ArrowRight: from + 1 };
  const to = event.key in steps ? steps[event.key] : inNextRow(links, from, event.key === "ArrowDown");
  if (!links[to]) return;
  event.preventDefault();
  links[to].focus({ preventScroll: true });
  links[to].scrollIntoView({ block: "nearest" });
}

const PLACE = `gallery ${location.href}`; // where the person was, for coming back
const MOST = 3000; // tiles that are fetched again for it

function remember() {
  const count = days.querySelectorAll(".tile").length;
  sessionStorage.setItem(PLACE, JSON.stringify({ count, top: scrollY }));
}

/** Back from a photo: as far down as one was, unless the browser kept the page itself. */
async function comeBack() {
  const [visit] = performance.getEntriesByType("navigation");
  const place = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
  if (visit?.type !== "back_forward" || !place) return;
  for (let more = days.querySelector(".more"); more; more = days.querySelector(".more")) {
    if (days.querySelectorAll(".tile").length >= Math.min(place.count, MOST)) break;
    await fetchOn(more);
  }
  scrollTo(0, place.top);
}

layAll();
let wide = days.clientWidth;
new ResizeObserver(() => {
  if (days.clientWidth === wide) return;
  wide = days.clientWidth;
  layAll();
}).observe(days);
comeBack().catch(() => {}).finally(watch);
addEventListener("pagehide", remember);

document.addEventListener("keydown", arrows);
