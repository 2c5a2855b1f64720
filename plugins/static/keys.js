// Keys that are the same on every page.

/** Whether the person is typing, so that letters and arrows are theirs. */
export function typing(event) {
  const at = event.target;
  return event.altKey || event.ctrlKey || event.metaKey
    || (at instanceof HTMLElement && (at.isContentEditable
      || ["INPUT", "TEXTAREA", "SELECT"].includes(at.tagName)));
}

// A page's own scripts come after this one, and wait for its texts: keys that are pressed
// until then are kept for them, as of somebody who walks through photos quickly.
const MOST = 8;
const early = [];

function keep(event) {
  if (!typing(event) && early.length < MOST) early.push(event);
}

/** Has a page's keys go to it, those that came before it listened, too. */
export function listen(keys) {
  document.removeEventListener("keydown", keep);
  document.addEventListener("keydown", keys);
  for (const event of early.splice(0)) keys(event);
  document.documentElement.dataset.listens = ""; // for tests: clicks are heard, too
}

/** "/" goes to the search box, Escape leaves it. */
function searchKeys() {
  const box = document.getElementById("q");
  if (!box) return;
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !typing(event)) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") box.blur();
  });
}

document.addEventListener("keydown", keep);
searchKeys();
