// The page of the sync: renewed while a run is under way, unless somebody is using it.

import "./forms.js";

const SOON = 2000; // milliseconds between two looks

const standing = document.getElementById("standing");

function inUse() {
  const open = document.querySelector("details.menu[open], details.amend[open]");
  return open !== null || document.activeElement?.matches("textarea, input");
}

async function renew() {
  const response = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const id of ["standing", "plan", "conflicts", "runs"]) {
    const old = document.getElementById(id);
    const now = page.getElementById(id);
    if (old && now && old.outerHTML !== now.outerHTML) old.replaceWith(now);
  }
}

function watch() {
  if (document.getElementById("standing")?.dataset.busy !== "yes") return;
  setTimeout(async () => {
    if (!document.hidden && !inUse()) await renew().catch(() => {});
    watch();
  }, SOON);
}

if (standing) watch();
