// Scrolling through more pixels than a browser can: elements end at some 17 million, and a
// million photos need 40. Beyond CAP the page is only CAP high. Small movements go pixel by
// pixel, large ones (of the scroll bar) in proportion, and at rest the scroll bar is put
// where it belongs.

const CAP = 15_000_000;
const LARGE = 2; // screens: a movement that nobody makes with a wheel
const REST = 160; // milliseconds without movement

export class Scrolling {
  /** @param {HTMLElement} room is made as high as needed, @param {() => void} moved */
  constructor(room, moved) {
    this.room = room;
    this.moved = moved;
    this.total = 0;
    this.shift = 0; // what is at y in all stands at y - shift in the room
    this.last = 0;
    this.expected = null;
    addEventListener("scroll", () => this.scrolled(), { passive: true });
  }

  get high() {
    return Math.min(this.total, CAP);
  }

  get screen() {
    return innerHeight;
  }

  /** Pixels of the room above the window's upper edge. */
  get local() {
    return -this.room.getBoundingClientRect().top;
  }

  /** What is at the window's upper edge; below 0 while something stands above the room. */
  get top() {
    return this.local + this.shift;
  }

  resize(total) {
    this.total = total;
    this.room.style.height = `${this.high}px`;
    if (total <= CAP) this.shift = 0;
  }

  /** Brings y to the window's upper edge, as far as that goes. */
  jump(y) {
    const beyond = this.total - this.high;
    const local = beyond > 0 ? y / (1 + beyond / (this.high - this.screen)) : y;
    this.shift = this.fitting(local);
    this.to(y - this.shift);
    this.moved();
  }

  /** The shift at which the scroll bar stands where it belongs. */
  fitting(local) {
    const beyond = this.total - this.high;
    if (beyond <= 0) return 0;
    return Math.round(beyond * Math.min(1, Math.max(0, local / (this.high - this.screen))));
  }

  to(local) {
    const above = scrollY + this.room.getBoundingClientRect().top;
    scrollTo({ top: Math.round(above + local), behavior: "instant" });
    this.last = this.local;
    this.expected = scrollY;
  }

  scrolled() {
    const { local } = this;
    if (this.total > CAP && scrollY !== this.expected) {
      const far = Math.abs(local - this.last) > LARGE * this.screen;
      const edge = local < this.screen || local > this.high - 2 * this.screen;
      if (far) this.shift = this.fitting(local);
      else if (edge) this.settle();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.settle(), REST);
    }
    this.expected = null;
    this.last = this.local;
    this.moved();
  }

  /** Puts the scroll bar where it belongs; what is seen stays. */
  settle() {
    const { top } = this;
    const beyond = this.total - this.high;
    const local = top / (1 + beyond / (this.high - this.screen));
    const shift = this.fitting(local);
    if (Math.abs(shift - this.shift) < 1) return;
    this.shift = shift;
    this.to(top - shift);
    this.moved();
  }
}
