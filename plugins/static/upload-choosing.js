// What was chosen or dropped to be uploaded: files with the path that each had.

import { base } from "./app.js";

/** Where the browser remembers uploads that have not ended: their addresses. */
export const UNFINISHED = `asbuilt-uploads:${base}`;

// What systems leave beside photos, as the archive's import passes over it
const JUNK = /^(\.|thumbs\.db$|ehthumbs\.db$|desktop\.ini$|@eadir$|__macosx$|\$recycle\.bin$|system volume information$|picasa\.ini$)/i;

/** Passes over the files of the system: `{ files, passed }`. */
export function sifted(found) {
  const files = found.filter(({ name }) => !name.split("/").some((part) => JUNK.test(part)));
  return { files, passed: found.length - files.length };
}

/** What is chosen in a field: files, or all that a folder holds. */
export function chosenIn(field) {
  return [...field.files].map((file) => ({ name: file.webkitRelativePath || file.name, file }));
}

function inside(reader) {
  return new Promise((resolve, reject) => {
    const found = [];
    const more = () => reader.readEntries((some) => { // some hundred at a time
      if (!some.length) { resolve(found); return; }
      found.push(...some);
      more();
    }, reject);
    more();
  });
}

const fileOf = (entry) => new Promise((resolve, reject) => { entry.file(resolve, reject); });

/** All files of what was dropped, folders gone through. */
async function walked(entries) {
  const found = [];
  const waiting = entries;
  while (waiting.length) {
    const entry = waiting.shift();
    if (entry.isDirectory) waiting.unshift(...await inside(entry.createReader()));
    else found.push({ name: entry.fullPath.replace(/^\//, ""), file: await fileOf(entry) });
  }
  return found;
}

/** What a drop brings. Call it at once: after a first wait nothing is left in the event. */
export function droppedIn(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null).filter(Boolean);
  const plain = [...transfer.files].map((file) => ({ name: file.name, file }));
  return entries.length ? walked(entries) : Promise.resolve(plain);
}

/** 4200000 as 4.2 MB. */
export function inBytes(count) {
  const units = ["kB", "MB", "GB", "TB"];
  let size = count / 1000;
  while (size >= 1000 && units.length > 1) { size /= 1000; units.shift(); }
  return `${size.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} ${units[0]}`;
}
