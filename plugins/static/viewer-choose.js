// A field to choose from a long list by typing a part of it (ARIA: combobox with listbox).

import { el } from "./elements.js";
import { t } from "./texts.js";

const MOST = 60; // options shown at once
let made = 0;

/** Letters without case and accents, for comparing. */
export function plain(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function matching(options, typed) {
  const words = plain(typed).split(/[\s>›]+/).filter(Boolean);
  return options.filter((option) => {
    const label = plain(option.label);
    return words.every((word) => label.includes(word));
  });
}

/**
 * Makes the field.
 *
 * @param {Promise<{label: string, value: any, quiet?: boolean}[]>} coming the options; one
 *   may type before they are here
 * @param {{label: string, add?: (text: string) => object|null,
 *   choose: (option: object) => void, cancel: () => void}} about `add` makes an option of
 *   what was typed, where that may be something new
 */
export function combobox(coming, { label, add = () => null, choose, cancel }) {
  made += 1;
  const id = `choices-${made}`;
  const list = el("ul", { id, role: "listbox", "aria-label": label, class: "choices" });
  const input = el("input", {
    type: "text", role: "combobox", "aria-label": label, "aria-controls": id,
    "aria-expanded": "true", "aria-autocomplete": "list", autocomplete: "off", dir: "auto",
    spellcheck: "false",
  });
  const status = el("span", { class: "unseen", role: "status" });
  const box = el("span", { class: "combobox" }, input, list, status);
  let options = null;
  let shown = [];
  let at = -1;
  let over = false;

  function mark(next) {
    at = shown.length ? (next + shown.length) % shown.length : -1;
    [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === at)));
    const item = list.children[at];
    if (item) {
      input.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  function show(text) {
    if (!options) return;
    shown = matching(options, text).slice(0, MOST);
    const another = text.trim() ? add(text.trim()) : null;
    if (another) shown.push(another);
    list.replaceChildren(...shown.map((option, n) => el("li", {
      id: `${id}-${n}`, role: "option", "aria-selected": "false",
      class: option.quiet ? "quiet" : "",
      onpointerdown: (event) => event.preventDefault(),
      onclick: () => finish(option),
    }, el("bdi", {}, option.label))));
    if (!shown.length) list.append(el("li", { class: "quiet", role: "option", "aria-disabled": "true", "aria-selected": "false" }, t("viewer.nothing_found")));
    status.textContent = t("viewer.found", { n: shown.length });
    mark(text.trim() && shown.length ? 0 : -1);
  }

  function finish(option) {
    if (over) return;
    over = true;
    if (option) choose(option);
    else cancel();
  }

  input.addEventListener("input", () => show(input.value));
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at < 0 ? shown.length - 1 : at - 1);
    else if (event.key === "Enter") { if (shown[at]) finish(shown[at]); }
    else if (event.key === "Escape") finish(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  input.addEventListener("blur", () => finish(null));
  list.append(el("li", { class: "quiet", role: "option", "aria-disabled": "true", "aria-selected": "false" }, t("common.loading")));
  coming.then((found) => { options = found; show(input.value); }, () => finish(null));
  return { box, input };
}
