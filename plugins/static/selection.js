// Which photos are selected: some by their ids, or all that the page's search finds.
//
// Tells by the event "selection" on the document: detail is {ids, query, count}, with query
// null unless all that match it are meant. Whoever wants none selected sends the event
// "clear-selection"; whoever comes later and wants to know sends "selection-asked".

const ids = new Set();
let all = null; // {query, count}: everything that matches

function tell() {
  const detail = all
    ? { ids: [], query: all.query, count: all.count }
    : { ids: [...ids], query: null, count: ids.size };
  document.dispatchEvent(new CustomEvent("selection", { detail }));
}

export function count() {
  return all ? all.count : ids.size;
}

export function has(id) {
  return all !== null || ids.has(id);
}

/** Whether everything that matches is meant, however much that is. */
export function isAll() {
  return all !== null;
}

/** Selects photos, or takes them out again. */
export function set(some, on) {
  all = null;
  for (const id of some) {
    if (on) ids.add(id);
    else ids.delete(id);
  }
  tell();
}

/** Selects all that a search finds, without naming them. */
export function setAll(query, number) {
  ids.clear();
  all = { query, count: number };
  tell();
}

export function clear() {
  if (!count()) return;
  ids.clear();
  all = null;
  tell();
}

/** What to give to `restore` on coming back to the page. */
export function kept() {
  return all ? { all } : { ids: [...ids] };
}

export function restore(before) {
  if (before?.all) all = before.all;
  for (const id of before?.ids ?? []) ids.add(id);
  if (count()) tell();
}

document.addEventListener("clear-selection", clear);
document.addEventListener("selection-asked", () => { if (count()) tell(); });
