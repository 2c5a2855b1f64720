// What is new for somebody: following a link to it notes that it was read.

import { post } from "./app.js";
import "./forms.js";

/** The page is left at once, so nobody waits for the answer; the next one shows it. */
function followed(event) {
  const link = event.target.closest("a[data-comment], a[data-day]");
  if (!link) return;
  const { comment, day, until } = link.dataset;
  post("/-/inbox/read", comment ? { comment: Number(comment) } : { day, until }, { keepalive: true }).catch(() => {});
}

document.addEventListener("click", followed);
document.addEventListener("auxclick", followed); // into a tab of its own
