// What is new for somebody: following a link to it notes that it was read.

import { post } from "./app.js";
import "./forms.js";

const PATIENCE = 1000; // milliseconds that the way on waits for the note

function note({ comment, day, until }) {
  const body = comment ? { comment: Number(comment) } : { day, until };
  return post("/-/inbox/read", body, { keepalive: true }).catch(() => {});
}

/** The next page counts what is unread, so the note comes first, if it comes soon. */
async function followed(event) {
  const link = event.target.closest("a[data-comment], a[data-day]");
  if (!link) return;
  const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (elsewhere) {
    note(link.dataset);
    return;
  }
  event.preventDefault();
  await Promise.race([note(link.dataset), new Promise((done) => { setTimeout(done, PATIENCE); })]);
  location.assign(link.href);
}

document.addEventListener("click", followed);
document.addEventListener("auxclick", followed);
