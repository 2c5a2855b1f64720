// The page of verifications: jobs are renewed while they are at work (jobs.js); when one
// has ended, the page is loaded anew, as what is wrong may have changed.

import "./jobs.js";

const BUSY = ["queued", "running", "cancelling"];
const list = document.getElementById("jobs");
const busy = () => [...list.querySelectorAll(".job")].some((job) => BUSY.includes(job.dataset.state));

let was = busy();
new MutationObserver(() => {
  const now = busy();
  if (was && !now) location.reload();
  was = now;
}).observe(list, { subtree: true, childList: true, attributes: true });
