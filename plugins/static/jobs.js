// The page of jobs: renewed while some of them are at work.

import "./forms.js";

const list = document.getElementById("jobs");
const SOON = 1500; // milliseconds between two looks while a job is at work
const LATER = 6000; // while jobs only wait for files
const BUSY = ["queued", "running", "cancelling"];

const states = () => [...list.querySelectorAll(".job")].map((job) => job.dataset.state);

/** Whether somebody is about to use what stands in a job. */
function inUse(job) {
  return job.contains(document.activeElement) || job.querySelector("details[open]") !== null;
}

function progressOf(job, fresh) {
  for (const part of [".job-state", ".job-progress"]) {
    const old = job.querySelector(part);
    const now = fresh.querySelector(part);
    if (old.outerHTML !== now.outerHTML) old.replaceWith(now);
  }
}

async function renew() {
  const response = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const jobs = [...page.querySelectorAll("#jobs .job")];
  const known = new Map([...list.querySelectorAll(".job")].map((job) => [job.dataset.job, job]));
  for (const fresh of jobs) {
    const job = known.get(fresh.dataset.job);
    if (!job) list.prepend(fresh);
    else if (job.dataset.state === fresh.dataset.state && inUse(job)) progressOf(job, fresh);
    else if (job.outerHTML !== fresh.outerHTML) job.replaceWith(fresh);
  }
}

function next() {
  const now = states();
  if (now.some((state) => BUSY.includes(state))) return SOON;
  return now.includes("waiting") ? LATER : 0;
}

function watch() {
  const wait = next();
  if (!wait) return;
  setTimeout(async () => {
    if (!document.hidden) await renew().catch(() => {});
    watch();
  }, wait);
}

watch();
document.addEventListener("visibilitychange", () => { if (!document.hidden) renew().catch(() => {}); });
