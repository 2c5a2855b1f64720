// One request of the protocol tus 1.0, and what can be known of its failure.

import { ask } from "./app.js";
import { t } from "./texts.js";

const TUS = "1.0.0";
const STALLED = 45_000; // milliseconds without a byte after which a request is given up

/** A request that ended otherwise than it should. status 0: the archive did not answer. */
export class Failed extends Error {
  constructor(status, text = "") {
    super(text || `status ${status}`);
    this.status = status;
  }
}

/** By what a file is known again when it is chosen a second time. */
export function fingerprint(name, file) {
  const key = `${name}|${file.size}|${file.lastModified}`;
  return key.toWellFormed?.() ?? key; // half an emoji is no text
}

/** One request with upload progress, which fetch cannot tell. */
export function request(method, url, { headers = {}, body = null, progress = null, signal = null } = {}) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    let timer = 0;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => xhr.abort(), STALLED);
    };
    const stop = () => xhr.abort();
    const done = (settle, value) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      settle(value);
    };
    xhr.open(method, url);
    for (const [name, value] of Object.entries({ "Tus-Resumable": TUS, ...headers })) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = (event) => { alive(); progress?.(event.loaded); };
    xhr.onload = () => (xhr.status < 300 ? done(resolve, xhr) : done(reject, new Failed(xhr.status, xhr.responseText)));
    xhr.onerror = () => done(reject, new Failed(0));
    xhr.onabort = () => done(reject, new Failed(0));
    signal?.addEventListener("abort", stop);
    alive();
    xhr.send(body);
  });
}

/** Whether a failure may be gone at the next try. */
export function retryable(error) {
  if (!(error instanceof Failed)) return false;
  return error.status === 0 || error.status === 409 || error.status === 423 || error.status === 429
    || (error.status >= 500 && error.status !== 507);
}

/** Throws when a file was changed or taken away since it was chosen: that looks like a lost connection. */
export async function readable(blob) {
  try {
    await blob.slice(0, 1).arrayBuffer();
  } catch {
    throw new Failed(-1, t("upload.unreadable"));
  }
}

/** The name of a file without its folders. */
export function lastName(path) {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The files of an upload whose end is not known. */
export async function openFiles(path) {
  const files = [];
  let after = "";
  while (after !== null) {
    const answer = await ask(`${path}/open.json?after=${after}`);
    files.push(...answer.files);
    after = answer.next;
  }
  return files;
}
