// Sending files by the protocol tus 1.0: in pieces, some at a time, again and again until
// each is whole. Knows no page; says what changes to whoever listens.

import { ask, base, post, Refused } from "./app.js";
import { Failed, fingerprint, lastName, openFiles, readable, request, retryable } from "./tus.js";

const BODY = "application/offset+octet-stream";
const PIECE = 16 * 1024 * 1024; // bytes a request: after a crash so much is sent again at most
const AT_ONCE = 3; // files
const ANNOUNCED = 200; // files a request: room for the longest paths in what a form may have
const PATIENCE = [500, 1000, 2000, 4000, 8000, 15_000, 30_000]; // between two tries
const ENDED = ["imported", "duplicate", "refused", "cancelled"];

/**
 * An upload: its files, and what becomes of each.
 *
 * Events: "change" (something is new to show), "over" (nothing more will change).
 * A file here is { key, name, bytes, blob, url, offset, state, reason, photo }.
 */
export class Upload extends EventTarget {
  constructor() {
    super();
    this.files = [];
    this.byKey = new Map();
    this.counts = { waiting: 0, sending: 0, retrying: 0, sent: 0, imported: 0, duplicate: 0, refused: 0, cancelled: 0 };
    this.bytes = { total: 0, sent: 0 };
    this.url = null;
    this.photos = null; // address of the new photos
    this.paused = false;
    this.offline = false;
    this.problem = "";
    this.failedJob = false; // the archive gave it up; problem says why
    this.over = false;
    this.stop = new AbortController();
    this.cursor = "";
    this.tries = 0;
    this.next = 0; // where to look for the next file to send
    this.wakers = new Set();
    addEventListener("online", () => this.wake());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.wake(); });
  }

  /** Begins anew: opens the upload and announces its files. */
  async begin(chosen, options) {
    const answer = await post("/-/uploads", options);
    this.took(answer.upload);
    for (const { name, file } of chosen) {
      this.add({ key: fingerprint(name, file), name, bytes: file.size, blob: file, modified: file.lastModified });
    }
    await this.announce();
    this.run();
  }

  /** Goes on with one that was interrupted. Returns how many chosen files are not of it. */
  async resume(url, chosen) {
    this.url = url.slice(base.length);
    const left = await openFiles(this.url);
    const wanted = new Map(left.map((file) => [file.key, file]));
    const loose = new Map(left.map((file) => [fingerprint(lastName(file.name), { size: file.bytes, lastModified: file.modified }), file]));
    let strange = 0;
    for (const { name, file } of chosen) {
      const found = wanted.get(fingerprint(name, file)) ?? loose.get(fingerprint(lastName(name), file));
      if (found) found.blob = file;
      else strange += 1;
    }
    for (const file of left) this.add({ ...file, state: file.offset === file.bytes ? "sent" : "waiting" });
    this.run();
    return strange;
  }

  add(file) {
    if (this.byKey.has(file.key)) return;
    const known = { offset: 0, state: "waiting", reason: "", photo: null, ...file };
    this.byKey.set(known.key, known);
    this.files.push(known);
    this.counts[known.state] += 1;
    this.bytes.total += known.bytes;
    this.bytes.sent += known.offset;
  }

  took(upload) {
    this.url = upload.url.slice(base.length);
    this.photos = upload.photos_url;
    this.job = upload.job.url;
    this.told = upload.counts;
  }

  async announce() {
    for (let at = 0; at < this.files.length; at += ANNOUNCED) {
      const some = this.files.slice(at, at + ANNOUNCED);
      const files = some.map(({ key, name, bytes, modified }) => ({ key, name, bytes, modified }));
      const answer = await this.patiently(() => post(`${this.url}/files`, { files }, { signal: this.stop.signal }));
      answer.files.forEach((told, n) => this.learn(some[n], told));
      this.changed();
    }
  }

  learn(file, told) {
    file.url = told.url;
    this.bytes.sent += told.offset - file.offset;
    file.offset = told.offset;
    if (told.outcome) this.set(file, told.outcome, told.reason, told.photo_url);
    else if (told.offset === file.bytes) this.set(file, "sent");
  }

  set(file, state, reason = "", photo = null) {
    if (ENDED.includes(state)) {
      this.bytes.sent += file.bytes - file.offset;
      file.offset = file.bytes;
    }
    this.counts[file.state] -= 1;
    this.counts[state] += 1;
    Object.assign(file, { state, reason: reason ?? "", photo });
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  get ended() {
    return ENDED.reduce((sum, state) => sum + this.counts[state], 0);
  }

  /** Files of the interrupted upload that were not chosen again. */
  get absent() {
    return this.files.filter((file) => file.state === "waiting" && !file.blob).length;
  }

  run() {
    for (let n = 0; n < AT_ONCE; n += 1) this.work();
    this.listen();
  }

  async work() {
    while (!this.over && !this.stop.signal.aborted) {
      if (this.paused) {
        await this.sleep(Infinity);
        continue;
      }
      const file = this.take();
      if (!file) break;
      try {
        await this.send(file);
      } catch (error) {
        this.failed(file, error);
      }
    }
    this.closeWhenSent();
  }

  take() {
    while (this.next < this.files.length) {
      const file = this.files[this.next];
      this.next += 1;
      if (file.blob && file.url && (file.state === "waiting" || file.state === "retrying")) return file;
    }
    return null;
  }

  /** Sends a file until it is whole. */
  async send(file) {
    this.set(file, "sending");
    let known = file.offset === 0; // whether the archive's offset is known for sure
    while (file.offset < file.bytes) {
      if (this.stop.signal.aborted || this.paused) {
        this.put(file);
        return;
      }
      try {
        if (!known) await this.find(file);
        known = true;
        if (file.offset < file.bytes) await this.piece(file);
        this.reached();
      } catch (error) {
        if (!retryable(error)) throw error;
        known = false;
        if (this.stop.signal.aborted || this.paused) continue;
        await readable(file.blob);
        this.set(file, "retrying");
        await this.wait();
        if (file.state === "retrying") this.set(file, "sending");
      }
    }
    if (!ENDED.includes(file.state)) this.set(file, "sent");
  }

  put(file) {
    this.set(file, "waiting");
    this.next = Math.min(this.next, this.files.indexOf(file));
  }

  /** Asks how much of a file is there. */
  async find(file) {
    const answer = await request("HEAD", file.url, { signal: this.stop.signal });
    this.moveTo(file, Number(answer.getResponseHeader("Upload-Offset")));
  }

  async piece(file) {
    const from = file.offset;
    const body = file.blob.slice(from, from + PIECE);
    this.cut ??= new AbortController();
    const answer = await request("PATCH", file.url, {
      headers: { "Upload-Offset": String(from), "Content-Type": BODY },
      body,
      progress: (count) => { this.moveTo(file, Math.min(from + count, file.bytes)); },
      signal: this.cut.signal,
    });
    this.moveTo(file, Number(answer.getResponseHeader("Upload-Offset")));
  }

  moveTo(file, offset) {
    this.bytes.sent += offset - file.offset;
    file.offset = offset;
    this.changed();
  }

  failed(file, error) {
    if (error.status === 415) this.set(file, "refused", error.message);
    else if (error.status === 410) this.set(file, "sent"); // what became of it will be told
    else if (error.status === 507) this.halt(error.message);
    else if ([401, 403, 404, 412].includes(error.status)) this.halt(error.message);
    else if (error instanceof Failed) this.set(file, "refused", error.message);
    else this.set(file, "refused", String(error.message ?? error)); // the file cannot be read
    if (file.state === "sending") this.put(file);
  }

  /** Stops for a reason that a person has to see to. */
  halt(text) {
    this.problem = text;
    this.pause();
  }

  pause() {
    this.paused = true;
    this.cut?.abort();
    this.cut = new AbortController();
    this.wake();
    this.changed();
  }

  goOn() {
    if (this.failedJob) this.takeUp().catch((error) => this.halt(error.message));
    this.paused = false;
    this.problem = "";
    this.tries = 0;
    this.next = 0;
    this.wake();
    this.changed();
  }

  /** Has the archive take up again what it gave up. */
  async takeUp() {
    this.failedJob = false;
    await post(`${this.job.slice(base.length)}/retry`);
  }

  /** Waits before the next try, longer each time; sooner when the connection is back. */
  async wait() {
    this.offline = true;
    this.changed();
    const wait = PATIENCE[Math.min(this.tries, PATIENCE.length - 1)];
    this.tries += 1;
    await this.sleep(wait * (0.75 + Math.random() / 2));
  }

  reached() {
    this.tries = 0;
    if (this.offline) {
      this.offline = false;
      this.changed();
    }
  }

  sleep(milliseconds) {
    return new Promise((resolve) => {
      const wake = () => { clearTimeout(timer); this.wakers.delete(wake); resolve(); };
      const timer = milliseconds === Infinity ? 0 : setTimeout(wake, milliseconds);
      this.wakers.add(wake);
    });
  }

  wake() {
    for (const wake of [...this.wakers]) wake();
  }

  /** Repeats what may fail for want of a connection. */
  async patiently(act) {
    for (;;) {
      try {
        const answer = await act();
        this.reached();
        return answer;
      } catch (error) {
        if (this.stop.signal.aborted || !(error instanceof Refused) || (error.status !== 0 && error.status < 500)) throw error;
        await this.wait();
      }
    }
  }

  async closeWhenSent() {
    if (this.closing || this.stop.signal.aborted || this.paused) return;
    const left = this.counts.waiting + this.counts.sending + this.counts.retrying;
    if (left > 0) return;
    this.closing = true;
    await this.patiently(() => post(`${this.url}/close`)).catch((error) => { this.problem = error.message; this.changed(); });
    this.wake();
  }

  /** Hears what becomes of the files, until all is known. */
  async listen() {
    let pause = 700;
    while (!this.over) {
      try {
        const answer = await ask(`${this.url}.json?after=${encodeURIComponent(this.cursor)}`);
        this.hear(answer);
        pause = answer.files.length ? 700 : Math.min(pause * 1.3, 4000);
        if (answer.more) continue;
        if (answer.upload.over) this.end();
        else if (answer.upload.job.state === "failed" && !this.failedJob) {
          this.failedJob = true;
          this.halt(answer.upload.job.message);
        }
      } catch (error) {
        if (error.status >= 400 && error.status < 500) {
          this.halt(error.message);
          return;
        }
        pause = 4000;
      }
      if (!this.over) await this.sleep(pause);
    }
  }

  hear(answer) {
    this.took(answer.upload);
    for (const told of answer.files) {
      const file = this.byKey.get(told.key);
      if (file) this.set(file, told.outcome, told.reason, told.photo_url);
    }
    this.cursor = answer.next ?? this.cursor;
  }

  end() {
    this.over = true;
    this.dispatchEvent(new Event("change"));
    this.dispatchEvent(new Event("over"));
  }

  /** Gives up what is not in the archive yet. */
  async cancel() {
    this.stop.abort();
    this.cut?.abort();
    this.wake();
    this.closing = true;
    await post(`${this.url}/cancel`);
    this.paused = false;
    this.changed();
  }

  /** Tries again what was refused and whose bytes are there. */
  async retry() {
    await this.takeUp();
    for (const file of this.files) if (file.state === "refused") this.set(file, "sent");
    this.over = false;
    this.cursor = "";
    this.listen();
  }
}
