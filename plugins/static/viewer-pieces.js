// The page after a change: fetched again, and its pieces put in place of the old ones.
// So there is one place that says how a photo is shown, the templates.

const busy = new Set();

/** Keeps a piece as it is while `holds()` is true, such as a field that is being typed in. */
export function keepWhile(holds) {
  busy.add(holds);
}

function replaced(piece, fresh) {
  if (piece.isEqualNode(fresh)) return;
  const at = document.activeElement;
  const inside = piece.contains(at) ? at.id : "";
  piece.replaceWith(fresh);
  if (inside) document.getElementById(inside)?.focus({ preventScroll: true });
}

/** Brings the pieces of this page up to date; whatever fails leaves them as they are. */
export async function refresh() {
  let text;
  try {
    const response = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!response.ok) return;
    text = await response.text();
  } catch {
    return;
  }
  const page = new DOMParser().parseFromString(text, "text/html");
  if (!page.querySelector("[data-piece]")) return; // the page to log in, perhaps
  document.title = page.title;
  for (const piece of document.querySelectorAll("[data-piece]")) {
    const fresh = page.querySelector(`[data-piece="${piece.dataset.piece}"]`);
    if (!fresh || [...busy].some((holds) => holds(piece))) continue;
    replaced(piece, document.adoptNode(fresh));
  }
  document.dispatchEvent(new CustomEvent("photo-refreshed"));
}
