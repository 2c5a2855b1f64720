// Keys that are the same on every page.

/** Whether the person is typing, so that letters and arrows are theirs. */
export function typing(event) {
  const at = event.target;
  return event.altKey || event.ctrlKey || event.metaKey
    || (at instanceof HTMLElement && (at.isContentEditable
      || ["INPUT", "TEXTAREA", "SELECT"].includes(at.tagName)));
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

searchKeys();
