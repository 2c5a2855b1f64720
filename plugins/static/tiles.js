// What a timeline is drawn with: headings, rows and tiles, as cells of one grid.

import { timeOf, titleOf } from "./titles.js";

const BADGES = {
  recycled: "trash-2",
  private: "lock",
  starred: "star",
  sphere: "globe",
  video: "video",
  raw: "file-image",
  drawn: "pen-line",
  damaged: "triangle-alert",
  assumed: "clock",
  ahead: "circle-alert",
};

function element(name, classes = "", attributes = {}) {
  const made = document.createElement(name);
  if (classes) made.className = classes;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

export class Drawing {
  /**
   * @param {string} base of the archive, @param {string} query of the page
   * @param {string} icons address of the sprite, @param {object} texts by their names
   */
  constructor({ base, query, icons, texts }) {
    this.base = base;
    this.search = query ? `?${new URLSearchParams({ q: query })}` : "";
    this.icons = icons;
    this.texts = texts;
    this.spare = []; // tiles that left the window
  }

  text(name, values = {}) {
    return this.texts[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
  }

  icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${this.icons}#${name}`);
    svg.append(use);
    return svg;
  }

  /** The check box of a tile or of a section's heading. */
  pick() {
    const label = element("label", "pick");
    const box = element("input", "", { type: "checkbox", tabindex: "-1" });
    label.append(box, this.icon("check"));
    return { label, box };
  }

  /** A section: its heading, to which rows are added. */
  section(key) {
    const { dated, time } = timeOf(key);
    const title = titleOf(key);
    const root = element("div", "day", { role: "rowgroup", "data-key": key });
    const row = element("div", "day-head", { role: "row" });
    const cell = element("div", "day-name", { role: "rowheader" });
    const heading = element("h2");
    const when = element("time", "", { datetime: time });
    when.textContent = title;
    const remark = element("small");
    if (dated) {
      heading.append(when, " ", remark);
    } else {
      remark.textContent = this.text("dates.imported", { day: title });
      heading.append(this.text("dates.unknown"), " ", remark);
    }
    const { label, box } = this.pick();
    const all = dated ? title : heading.textContent;
    box.setAttribute("aria-label", this.text("timeline.select_section", { day: all }));
    cell.append(label, heading);
    row.append(cell);
    root.append(row);
    return { root, row, box, remark, rows: new Map() };
  }

  row() {
    return element("div", "row", { role: "row" });
  }

  /** A tile without a photo. */
  blank() {
    const root = element("div", "tile", { role: "gridcell" });
    const link = element("a", "", { tabindex: "-1" });
    const image = element("img", "", { decoding: "async", alt: "" });
    const badges = element("span", "badges");
    const words = element("span", "words", { "aria-hidden": "true" });
    link.append(image, badges, words);
    const { label, box } = this.pick();
    root.append(link, label);
    image.addEventListener("error", () => { if (image.getAttribute("src")) root.classList.add("bare"); });
    return { root, link, image, badges, words, box, id: 0 };
  }

  /** A tile that shows a photo; its picture comes with `load`. */
  tile(photo) {
    const made = this.spare.pop() ?? this.blank();
    const { root, link, image, badges, words, box } = made;
    made.id = photo.id;
    made.photo = photo;
    root.dataset.id = photo.id;
    link.href = `${this.base}/-/photo/${photo.id}${this.search}`;
    image.alt = photo.words;
    box.setAttribute("aria-label", this.text("timeline.select", { what: photo.words }));
    badges.replaceChildren(...photo.marks.map((mark) => this.badge(mark, photo)));
    words.replaceChildren(this.said("bdi", photo.words));
    if (photo.place) words.append(this.small(photo.place.replaceAll(">", " › ")));
    for (const mark of ["assumed", "ahead"]) {
      if (photo.marks.includes(mark)) words.append(this.small(this.title(mark, photo)));
    }
    return made;
  }

  said(name, text) {
    const made = element(name);
    made.textContent = text;
    return made;
  }

  small(text) {
    const made = element("small");
    made.append(this.said("bdi", text));
    return made;
  }

  title(mark, photo) {
    return this.text(`badge.${mark}`, { day: titleOf(photo.day) });
  }

  badge(mark, photo) {
    const title = this.title(mark, photo);
    const made = element("span", `badge badge-${BADGES[mark]}`, { title });
    const said = element("span", "unseen");
    said.textContent = title;
    made.append(this.icon(BADGES[mark]), said);
    return made;
  }

  /** Fetches the picture of a tile, as large as it is shown. */
  load({ image, photo }, width) {
    if (image.getAttribute("src")) return;
    const address = (name) => `${this.base}/-/photo/${photo.id}/${name}?v=${photo.version}`;
    image.sizes = `${width}px`;
    image.srcset = `${address("thumbnail")} 240w, ${address("medium")} 720w`;
    image.src = address("thumbnail");
  }

  /** Puts a tile away; what its picture has not yet got is not fetched any more. */
  drop(tile) {
    tile.image.removeAttribute("srcset");
    tile.image.removeAttribute("src");
    tile.root.classList.remove("bare", "chosen");
    tile.root.remove();
    tile.link.tabIndex = -1;
    tile.box.checked = false;
    this.spare.push(tile);
  }
}
