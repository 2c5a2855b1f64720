// The panel of an upload that is under way: how far it is, file by file, and its end.

import { base, complain, post, say, sayLater } from "./app.js";
import { Upload } from "./sending.js";
import { number, t } from "./texts.js";
import { openFiles } from "./tus.js";
import { chosenIn, sifted, UNFINISHED } from "./upload-choosing.js";

const ROW = 44; // pixels; the sheet says so too
const OFTEN = 200; // milliseconds between two looks at the panel
const PROBLEMS = ["refused", "cancelled", "retrying"];

let place = null;
const running = new Set();

function make(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function button(label, act, className = "button") {
  const made = make("button", className, label);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

function panel() {
  if (!place) {
    place = make("div", "upload-panels");
    document.body.append(place);
    addEventListener("beforeunload", (event) => { if (running.size) event.preventDefault(); });
  }
  const made = make("section", "upload-panel");
  made.setAttribute("aria-label", t("upload.title"));
  place.append(made);
  return made;
}

const unfinished = () => JSON.parse(localStorage.getItem(UNFINISHED) ?? "[]");

function remember(url) {
  localStorage.setItem(UNFINISHED, JSON.stringify([...new Set([...unfinished(), url])]));
}

function forget(url) {
  const left = unfinished().filter((one) => one !== url);
  if (left.length) localStorage.setItem(UNFINISHED, JSON.stringify(left));
  else localStorage.removeItem(UNFINISHED);
}

// Which uploads are under way, so that no other window takes them for interrupted
const others = new BroadcastChannel(UNFINISHED);
const elsewhere = new Set();
others.addEventListener("message", ({ data }) => {
  if (data.runs) for (const url of data.runs) elsewhere.add(url);
  else others.postMessage({ runs: [...running].map((view) => base + view.upload.url) });
});

/** Asks the other windows, which answer at once if there are any. */
async function askOthers() {
  others.postMessage({});
  await new Promise((resolve) => { setTimeout(resolve, 300); });
}

/** Begins an upload and shows it. */
export async function begin(files, options) {
  const upload = new Upload();
  const view = new View(upload);
  try {
    const begun = upload.begin(files, options);
    upload.addEventListener("change", () => { if (upload.url) remember(base + upload.url); }, { once: true });
    await begun;
  } catch (error) {
    view.remove();
    throw error;
  }
}

/** Tells of uploads that were interrupted, and goes on with them. */
export async function remind() {
  await askOthers();
  for (const url of unfinished().filter((one) => !elsewhere.has(one))) {
    try {
      const left = await openFiles(url.slice(base.length));
      const missing = left.filter((file) => file.offset < file.bytes);
      if (missing.length) offer(url, missing.length);
      else await finish(url);
    } catch (error) {
      if (error.status === 404) forget(url);
    }
  }
}

/** Of one whose bytes are all there nothing is left to do here. */
async function finish(url) {
  await post(`${url.slice(base.length)}/close`);
  forget(url);
}

function offer(url, count) {
  const made = panel();
  made.append(make("h2", "", t("upload.unfinished", { n: count })), make("p", "upload-note", t("upload.choose_again")));
  const actions = make("div", "upload-actions");
  for (const [name, folder] of [["upload.choose_files", false], ["upload.choose_folder", true]]) {
    const label = make("label", "button", t(name));
    const field = make("input", "unseen");
    field.type = "file";
    field.multiple = true;
    field.webkitdirectory = folder;
    field.addEventListener("change", async () => {
      const { files } = sifted(chosenIn(field));
      if (!files.length) return;
      made.remove();
      const upload = new Upload();
      const view = new View(upload);
      try {
        const strange = await upload.resume(url, files);
        if (strange) view.note(t("upload.unmatched", { n: strange }));
      } catch (error) {
        view.remove();
        complain(error);
      }
    });
    label.append(field);
    actions.append(label);
  }
  actions.append(button(t("upload.give_up"), async () => {
    made.remove();
    forget(url);
    await post(`${url.slice(base.length)}/cancel`).catch(complain);
  }));
  made.append(actions);
}

/** How long it may still take, in words. */
function inTime(seconds) {
  if (seconds < 90) return t("upload.seconds", { n: Math.max(1, Math.round(seconds)) });
  if (seconds < 5400) return t("upload.minutes", { n: Math.round(seconds / 60) });
  return t("upload.hours", { n: Math.round(seconds / 3600) });
}

/** What is shown of one upload. */
class View {
  constructor(upload) {
    this.upload = upload;
    this.element = panel();
    this.speed = []; // [time, bytes sent] of the last seconds
    this.stale = true;
    this.build();
    running.add(this);
    upload.addEventListener("change", () => this.soon());
    upload.addEventListener("over", () => this.end());
    this.draw();
  }

  build() {
    this.title = make("h2", "", t("upload.preparing"));
    const head = make("div", "upload-head");
    head.append(this.title);
    this.head = head;
    this.bar = make("progress");
    this.bar.setAttribute("aria-label", t("upload.title"));
    this.line = make("p", "upload-note");
    this.line.setAttribute("role", "status");
    this.trouble = make("p", "upload-problem");
    this.trouble.setAttribute("role", "alert");
    this.hint = make("p", "upload-note");
    this.actions = make("div", "upload-actions");
    this.pauser = button(t("upload.pause"), () => (this.upload.paused ? this.upload.goOn() : this.upload.pause()));
    this.opener = button(t("upload.details"), () => this.toggle());
    this.opener.setAttribute("aria-expanded", "false");
    this.canceller = button(t("upload.cancel"), () => this.cancel());
    this.actions.append(this.pauser, this.opener, this.canceller);
    this.list = new FileList(this.upload);
    this.element.append(head, this.bar, this.line, this.trouble, this.hint, this.actions, this.list.element);
  }

  /** Draws at most some times a second: thousands of files change quickly. */
  soon() {
    if (this.stale) return;
    this.stale = true;
    setTimeout(() => this.draw(), OFTEN);
  }

  draw() {
    this.stale = false;
    const { upload } = this;
    const { counts, bytes } = upload;
    const total = upload.files.length;
    if (!upload.over) {
      this.title.textContent = total ? t("upload.progress", { done: number(upload.ended), total: number(total) }) : t("upload.preparing");
      this.bar.max = Math.max(bytes.total, 1);
      this.bar.value = bytes.sent;
      this.line.textContent = this.pace();
      this.trouble.textContent = upload.problem || (upload.offline ? t("upload.offline") : "");
      this.pauser.textContent = upload.paused ? t("upload.go_on") : t("upload.pause");
      this.pauser.hidden = counts.waiting + counts.sending + counts.retrying === 0 && !upload.paused;
    }
    this.list.draw();
  }

  pace() {
    if (this.upload.paused) return t("upload.paused");
    const { total, sent } = this.upload.bytes;
    const now = Date.now();
    this.speed = [...this.speed.filter(([at]) => now - at < 20_000), [now, sent]];
    const [[since, before]] = this.speed;
    const perSecond = (sent - before) / Math.max((now - since) / 1000, 0.001);
    if (now - since < 3000 || perSecond <= 0 || sent >= total) return "";
    return t("upload.left", { time: inTime((total - sent) / perSecond) });
  }

  note(text) {
    this.hint.textContent = text;
  }

  toggle() {
    const open = this.list.element.hidden;
    this.list.element.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
    this.list.draw();
  }

  async cancel() {
    if (!confirm(t("upload.cancel_means"))) return;
    try {
      await this.upload.cancel();
    } catch (error) {
      complain(error);
    }
  }

  end() {
    running.delete(this);
    const { upload } = this;
    forget(base + upload.url);
    const { told } = upload;
    this.title.textContent = t("upload.over");
    this.bar.hidden = true;
    this.trouble.textContent = "";
    this.line.textContent = [
      t("upload.added", { n: told.imported }),
      told.duplicate ? t("upload.known", { n: told.duplicate }) : "",
      told.refused ? t("upload.refused", { n: told.refused }) : "",
      told.cancelled ? t("upload.not_sent", { n: told.cancelled }) : "",
    ].filter(Boolean).join(" · ");
    this.actions.replaceChildren(this.opener);
    if (upload.photos) {
      const see = make("a", "button", t("upload.see"));
      see.href = upload.photos;
      this.actions.prepend(see);
    }
    if (told.imported) this.actions.append(button(t("common.undo"), () => this.takeBack()));
    if (told.kept) this.actions.append(button(t("upload.again"), () => this.again()));
    this.head.append(this.shut ?? (this.shut = this.closer()));
    if (told.imported) this.renew();
    if (told.refused + told.duplicate && this.list.element.hidden) this.toggle();
    this.list.draw();
  }

  /** Lets the page beneath show the new photos; one that cannot is loaded anew later. */
  renew() {
    const shown = !document.dispatchEvent(new CustomEvent("photos-changed", { cancelable: true }));
    this.behind = !shown && document.body.classList.contains("gallery");
  }

  closer() {
    const made = button("✕", () => { this.remove(); if (this.behind) location.reload(); }, "upload-close");
    made.setAttribute("aria-label", t("common.close"));
    return made;
  }

  async takeBack() {
    try {
      const { job, kept } = await post(`${this.upload.job.slice(base.length)}/undo`);
      const told = kept ? t("common.undone_in_part", { n: kept }) : t(job ? "jobs.undoing" : "common.undone");
      this.remove();
      if (running.size) {
        say(told);
        return;
      }
      sayLater(told);
      location.reload();
    } catch (error) {
      complain(error);
    }
  }

  async again() {
    try {
      running.add(this);
      this.bar.hidden = false;
      this.actions.replaceChildren(this.opener);
      await this.upload.retry();
    } catch (error) {
      running.delete(this);
      complain(error);
    }
  }

  remove() {
    running.delete(this);
    this.element.remove();
  }
}

/** The files, of which only those in sight are in the page: there may be thousands. */
class FileList {
  constructor(upload) {
    this.upload = upload;
    this.element = make("div", "upload-files");
    this.element.hidden = true;
    this.element.tabIndex = 0;
    this.element.setAttribute("aria-label", t("upload.details"));
    this.rows = make("ul", "upload-rows");
    this.element.append(this.rows);
    this.element.addEventListener("scroll", () => this.draw(), { passive: true });
    this.shown = new Map();
  }

  /** What one wants to see first: problems, then what is under way. */
  ordered() {
    const rank = (file) => (PROBLEMS.includes(file.state) ? 0 : file.state === "duplicate" ? 1 : file.state === "sending" ? 2 : 3);
    return [...this.upload.files].sort((a, b) => rank(a) - rank(b));
  }

  draw() {
    if (this.element.hidden) return;
    const files = this.ordered();
    this.rows.style.height = `${files.length * ROW}px`;
    const first = Math.max(0, Math.floor(this.element.scrollTop / ROW) - 4);
    const last = Math.min(files.length, Math.ceil((this.element.scrollTop + (this.element.clientHeight || 320)) / ROW) + 4);
    const wanted = new Map();
    for (let at = first; at < last; at += 1) wanted.set(files[at].key, at);
    for (const [key, row] of this.shown) {
      if (!wanted.has(key)) {
        row.remove();
        this.shown.delete(key);
      }
    }
    for (const [key, at] of wanted) this.row(files[at], key, at, files.length);
  }

  row(file, key, at, total) {
    let row = this.shown.get(key);
    if (!row) {
      row = make("li", "upload-row");
      row.append(make("div"), make("span", "upload-state"));
      row.firstChild.append(make("bdi", "", file.name), make("small"));
      this.shown.set(key, row);
      this.rows.append(row);
    }
    row.style.transform = `translateY(${at * ROW}px)`;
    row.setAttribute("aria-posinset", String(at + 1));
    row.setAttribute("aria-setsize", String(total));
    row.dataset.state = file.state;
    const percent = Math.floor((100 * file.offset) / Math.max(file.bytes, 1));
    row.querySelector("small").textContent = file.reason;
    this.state(row.lastChild, file, t(`upload.state.${file.state}`, { percent }));
  }

  state(cell, file, text) {
    if (cell.textContent === text) return;
    if (!file.photo) {
      cell.textContent = text;
      return;
    }
    const link = make("a", "", text);
    link.href = file.photo;
    if (file.state === "duplicate") link.title = t("upload.same");
    cell.replaceChildren(link);
  }
}
