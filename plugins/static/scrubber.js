// The strip beside a timeline that leads to any month at once: by dragging, by touch, and
// as a slider by the keyboard.

const CLOSEST = 15; // pixels between two marks
const SHOWN = 900; // milliseconds that the month stands beside the strip after scrolling

function element(name, classes, attributes = {}) {
  const made = document.createElement(name);
  made.className = classes;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** Months in the order of the timeline: {key: "2026-05", label, year, top}. */
function monthsOf(sections, places, label) {
  const found = new Map();
  sections.forEach(({ key, start }, at) => {
    const month = start.slice(0, 7);
    if (!found.has(month)) {
      found.set(month, { key, label: label(month), year: month.slice(0, 4), top: places[at].top });
    }
  });
  return [...found.values()];
}

export class Scrubber {
  /**
   * @param {HTMLElement} beside what it follows in the document
   * @param {string} name of the slider, @param {(month: string) => string} label
   * @param {(y: number) => void} go
   */
  constructor(beside, { name, label, go }) {
    this.label = label;
    this.go = go;
    this.months = [];
    this.total = 1;
    this.strip = element("div", "scrubber", {
      role: "slider", tabindex: "0", "aria-orientation": "vertical", "aria-label": name, hidden: "",
    });
    this.marks = element("div", "scrubber-marks", { "aria-hidden": "true" });
    this.thumb = element("div", "scrubber-thumb");
    this.bubble = element("div", "scrubber-bubble", { "aria-hidden": "true" });
    this.strip.append(this.marks, this.thumb, this.bubble);
    beside.after(this.strip);
    this.strip.addEventListener("pointerdown", (event) => this.grab(event));
    this.strip.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) {
      this.strip.addEventListener(end, () => this.release());
    }
    this.strip.addEventListener("pointerleave", () => this.hover(null));
    this.strip.addEventListener("keydown", (event) => this.key(event));
  }

  /** Takes a new arrangement. */
  lay(sections, places, total) {
    this.months = monthsOf(sections, places, this.label);
    this.total = Math.max(1, total);
    this.strip.hidden = this.months.length < 2;
    this.strip.setAttribute("aria-valuemin", "0");
    this.strip.setAttribute("aria-valuemax", String(Math.max(0, this.months.length - 1)));
    this.drawMarks();
    this.show(this.y ?? 0);
  }

  drawMarks() {
    const { clientHeight: high } = this.strip;
    const marks = [];
    let [year, lastYear, lastDot] = ["", -Infinity, -Infinity];
    for (const month of this.months) {
      const y = (month.top / this.total) * high;
      const begins = month.year !== year;
      year = month.year;
      if (begins && y - lastYear >= CLOSEST) {
        marks.push(this.mark("scrubber-year", y, month.year));
        [lastYear, lastDot] = [y, y];
      } else if (y - lastDot >= CLOSEST / 2 && y - lastYear >= CLOSEST) {
        marks.push(this.mark("scrubber-month", y, ""));
        lastDot = y;
      }
    }
    this.marks.replaceChildren(...marks);
  }

  mark(classes, y, text) {
    const made = element("span", classes);
    made.style.top = `${Math.round(y)}px`;
    made.textContent = text;
    return made;
  }

  /** Index of the month that is at a height of the timeline. */
  at(y) {
    let found = 0;
    this.months.forEach((month, index) => { if (month.top <= y + 1) found = index; });
    return found;
  }

  /** Shows where one is. */
  show(y) {
    const scrolling = this.y !== undefined && this.y !== y;
    this.y = y;
    if (this.strip.hidden) return;
    const high = this.strip.clientHeight;
    const now = this.at(y);
    const to = Math.min(1, Math.max(0, y / this.total)) * high;
    this.thumb.style.transform = `translateY(${Math.round(to)}px)`;
    this.strip.setAttribute("aria-valuenow", String(now));
    this.strip.setAttribute("aria-valuetext", this.months[now]?.label ?? "");
    if (this.dragging || this.hovered) return;
    this.say(now, to);
    if (!scrolling) return;
    this.strip.classList.add("moving");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.strip.classList.remove("moving"), SHOWN);
  }

  say(month, y) {
    this.bubble.textContent = this.months[month]?.label ?? "";
    this.bubble.style.transform = `translateY(${Math.round(y)}px)`;
  }

  place(event) {
    const box = this.strip.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientY - box.top) / box.height));
  }

  grab(event) {
    if (event.button > 0) return;
    event.preventDefault();
    this.strip.focus({ preventScroll: true });
    this.strip.setPointerCapture(event.pointerId);
    this.dragging = true;
    this.strip.classList.add("dragging");
    this.drag(event);
  }

  drag(event) {
    const part = this.place(event);
    if (!this.dragging && event.pointerType !== "mouse") return;
    this.hover(part);
    if (this.dragging) this.go(part * this.total);
  }

  hover(part) {
    this.hovered = part !== null;
    this.strip.classList.toggle("hovered", this.hovered);
    if (this.hovered) this.say(this.at(part * this.total), part * this.strip.clientHeight);
  }

  release() {
    this.dragging = false;
    this.hovered = false;
    this.strip.classList.remove("dragging", "hovered");
  }

  key(event) {
    const now = Number(this.strip.getAttribute("aria-valuenow") ?? 0);
    const last = this.months.length - 1;
    const year = (way) => {
      let to = now;
      while (this.months[to] && this.months[to].year === this.months[now].year) to += way;
      return to;
    };
    const steps = {
      ArrowDown: () => now + 1, ArrowRight: () => now + 1, ArrowUp: () => now - 1, ArrowLeft: () => now - 1,
      PageDown: () => year(1), PageUp: () => year(-1), Home: () => 0, End: () => last,
    };
    if (!steps[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    const to = Math.min(last, Math.max(0, steps[event.key]()));
    this.go(this.months[to].top);
  }
}
