/* Where photos were taken: a sheet with north up and a scale, plans of the project on it.
   There is no street map: that would need a network, or gigabytes. */
"use strict";

(() => {
  const { element, said } = asbuilt;
  const CELL = 56; // pixels: photos nearer than that stand together
  const MOST = 2 ** 26, LEAST = 2; // scales: pixels for the whole world
  const STRIP = 60; // photos that are shown of a group

  /* Web mercator: the world is 0..1, y from the north. */
  function project(lat, lon) {
    const bound = Math.max(-85, Math.min(85, lat)) * Math.PI / 180;
    return [lon / 360 + 0.5, 0.5 - Math.log(Math.tan(Math.PI / 4 + bound / 2)) / (2 * Math.PI)];
  }

  function circle(photos, x, y) {
    const r = photos.length === 1 ? 9 : Math.min(26, 13 + 2.5 * Math.log2(photos.length));
    return { photos, x, y, r };
  }

  asbuilt.views.map = (main, query) => {
    const found = asbuilt.find(query);
    const pinned = found.filter((photo) => photo.lat !== null);
    if (!pinned.length) {
      main.append(element("h1", { class: "unseen" }, said("map")),
        element("p", { class: "empty" }, said("none_placed")));
      return () => {};
    }
    for (const photo of pinned) photo.spot ||= project(photo.lat, photo.lon);
    const map = new Sheet(main, pinned, found.length - pinned.length);
    const chosen = asbuilt.byUuid.get(query.get("at"));
    if (chosen?.lat != null) map.show(chosen);
    else map.fit();
    return () => map.end();
  };

  class Sheet {
    constructor(main, photos, unpinned) {
      this.photos = photos;
      this.plans = asbuilt.project.plans.map((plan) => new Plan(plan, () => this.later()));
      this.canvas = element("canvas", { tabindex: "0", role: "img", "aria-label": said("map_of", { photos: asbuilt.count(photos.length) }) });
      this.strip = element("div", { class: "strip", hidden: true });
      const tool = (name, label, does) => element("button", { type: "button", "aria-label": label, onclick: does }, asbuilt.icon(name));
      this.root = element("div", { class: "map" }, element("h1", { class: "unseen" }, said("map")), this.canvas,
        unpinned ? element("p", { class: "unpinned" }, said("unplaced", { n: asbuilt.number(unpinned) })) : null,
        element("div", { class: "tools" },
          tool("plus", said("nearer"), () => this.zoom(2)), tool("minus", said("farther"), () => this.zoom(0.5)),
          tool("fit", said("all_of_them"), () => this.fit())),
        this.strip);
      main.append(this.root);
      this.groups = [];
      this.centre = [0.5, 0.5];
      this.scale = LEAST;
      this.pointers = new Map();
      this.watch = new ResizeObserver(() => this.later());
      this.watch.observe(this.root);
      this.listen();
      this.dark = matchMedia("(prefers-color-scheme: dark)");
      this.recolour = () => this.later();
      this.dark.addEventListener("change", this.recolour);
    }

    end() {
      this.watch.disconnect();
      this.dark.removeEventListener("change", this.recolour);
    }

    listen() {
      const { canvas } = this;
      canvas.addEventListener("wheel", (event) => {
        event.preventDefault();
        this.zoom(2 ** (-event.deltaY / 300), [event.offsetX, event.offsetY]);
      }, { passive: false });
      canvas.addEventListener("pointerdown", (event) => this.down(event));
      canvas.addEventListener("pointermove", (event) => this.move(event));
      for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.up(event));
      canvas.addEventListener("keydown", (event) => this.key(event));
    }

    down(event) {
      this.canvas.setPointerCapture(event.pointerId);
      this.canvas.classList.add("held");
      this.pointers.set(event.pointerId, [event.offsetX, event.offsetY]);
      this.moved = this.pointers.size > 1 ? 99 : 0;
    }

    move(event) {
      const before = this.pointers.get(event.pointerId);
      if (!before) {
        this.canvas.style.cursor = this.groupAt(event.offsetX, event.offsetY) ? "pointer" : "";
        return;
      }
      const now = [event.offsetX, event.offsetY];
      const others = [...this.pointers].filter(([id]) => id !== event.pointerId);
      this.pointers.set(event.pointerId, now);
      this.moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
      if (others.length) {
        const other = others[0][1];
        const far = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]) || 1;
        this.zoom(far(now) / far(before), [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
      } else {
        this.centre = [this.centre[0] - (now[0] - before[0]) / this.scale, this.centre[1] - (now[1] - before[1]) / this.scale];
        this.later();
      }
    }

    up(event) {
      if (!this.pointers.delete(event.pointerId)) return;
      this.canvas.classList.remove("held");
      if (this.moved < 6 && event.type === "pointerup") this.click(event.offsetX, event.offsetY);
    }

    key(event) {
      const step = 80 / this.scale;
      const ways = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
      if (ways[event.key]) {
        this.centre = [this.centre[0] + ways[event.key][0], this.centre[1] + ways[event.key][1]];
        this.later();
      } else if (event.key === "+" || event.key === "=") this.zoom(2);
      else if (event.key === "-") this.zoom(0.5);
      else if (event.key === "Enter") this.open(this.photos);
      else return;
      event.preventDefault();
    }

    zoom(times, at) {
      const next = Math.max(LEAST, Math.min(MOST * 32, this.scale * times));
      if (at) {
        const [x, y] = [at[0] - this.width / 2, at[1] - this.height / 2];
        this.centre = [this.centre[0] + x / this.scale - x / next, this.centre[1] + y / this.scale - y / next];
      }
      this.scale = next;
      this.later();
    }

    fit() {
      const [xs, ys] = [0, 1].map((n) => this.photos.map((photo) => photo.spot[n]).sort((a, b) => a - b));
      // Without the farthest hundredth: one wrong position must not make all a point
      const ends = (values) => [values[Math.floor(values.length / 100)], values[Math.ceil(values.length * 0.99) - 1]];
      const [[west, east], [north, south]] = [ends(xs), ends(ys)];
      this.centre = [(west + east) / 2, (north + south) / 2];
      this.width = this.root.clientWidth;
      this.height = this.root.clientHeight;
      const room = Math.min(this.width / (east - west || 1e-6), this.height / (south - north || 1e-6));
      this.scale = Math.max(LEAST, Math.min(MOST * 4, room * 0.8));
      this.open([]);
      this.later();
    }

    show(photo) {
      this.centre = photo.spot.slice();
      this.scale = MOST * 4;
      this.open([photo]);
      this.later();
    }

    later() {
      this.frame ||= requestAnimationFrame(() => { this.frame = 0; this.draw(); });
    }

    place(spot) {
      return [(spot[0] - this.centre[0]) * this.scale + this.width / 2, (spot[1] - this.centre[1]) * this.scale + this.height / 2];
    }

    draw() {
      const sharp = devicePixelRatio || 1;
      this.width = this.root.clientWidth;
      this.height = this.root.clientHeight;
      this.canvas.width = this.width * sharp;
      this.canvas.height = this.height * sharp;
      const pen = this.canvas.getContext("2d");
      pen.scale(sharp, sharp);
      const style = getComputedStyle(document.documentElement);
      this.colours = Object.fromEntries(["line", "text", "quiet", "accent", "ground", "panel"].map((n) => [n, style.getPropertyValue(`--${n}`).trim()]));
      this.drawLines(pen);
      for (const plan of this.plans) plan.draw(pen, this, sharp);
      this.group();
      for (const one of this.groups) this.drawGroup(pen, one);
      this.drawScale(pen);
    }

    metres() {
      const lat = Math.atan(Math.sinh(Math.PI * (1 - 2 * this.centre[1])));
      return 40075016.7 * Math.cos(lat) / this.scale; // of one pixel
    }

    round() {
      const wanted = 110 * this.metres();
      const ten = 10 ** Math.floor(Math.log10(wanted));
      return [5, 2, 1].map((n) => n * ten).find((n) => n <= wanted) || ten;
    }

    drawLines(pen) {
      const step = this.round() / this.metres();
      pen.strokeStyle = this.colours.line;
      pen.lineWidth = 1;
      pen.beginPath();
      const from = (n, middle) => ((middle / 2 - this.centre[n] * this.scale) % step + step) % step;
      for (let x = from(0, this.width); x < this.width; x += step) { pen.moveTo(x, 0); pen.lineTo(x, this.height); }
      for (let y = from(1, this.height); y < this.height; y += step) { pen.moveTo(0, y); pen.lineTo(this.width, y); }
      pen.stroke();
    }

    drawScale(pen) {
      const metres = this.round(), width = metres / this.metres();
      const bottom = this.height - (this.strip.hidden ? 16 : this.strip.offsetHeight + 16);
      pen.fillStyle = pen.strokeStyle = this.colours.text;
      pen.lineWidth = 2;
      pen.beginPath();
      pen.moveTo(16, bottom - 6); pen.lineTo(16, bottom); pen.lineTo(16 + width, bottom); pen.lineTo(16 + width, bottom - 6);
      pen.stroke();
      pen.font = "13px system-ui, sans-serif";
      pen.textAlign = "left";
      pen.textBaseline = "bottom";
      const shown = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
      pen.fillText(said("north", { distance: shown }), 16, bottom - 9);
    }

    group() {
      const cells = new Map();
      for (const photo of this.photos) {
        const [x, y] = this.place(photo.spot);
        if (x < -CELL || y < -CELL || x > this.width + CELL || y > this.height + CELL) continue;
        // Cells lie still on the ground, so that groups do not jump while it is moved
        const key = `${Math.floor(photo.spot[0] * this.scale / CELL)} ${Math.floor(photo.spot[1] * this.scale / CELL)}`;
        const cell = cells.get(key) || { photos: [], x: 0, y: 0 };
        cell.photos.push(photo);
        cell.x += x;
        cell.y += y;
        cells.set(key, cell);
      }
      const apart = [];
      for (const cell of [...cells.values()].sort((a, b) => b.photos.length - a.photos.length)) {
        const one = circle(cell.photos, cell.x / cell.photos.length, cell.y / cell.photos.length);
        const near = apart.find((other) => Math.hypot(other.x - one.x, other.y - one.y) < other.r + one.r + 2);
        if (near) Object.assign(near, circle(near.photos.concat(one.photos), near.x, near.y));
        else apart.push(one);
      }
      this.groups = apart;
    }

    drawGroup(pen, one) {
      pen.lineWidth = 3;
      pen.strokeStyle = this.colours.panel;
      pen.fillStyle = this.colours.accent;
      if (one.photos.length === 1 && one.photos[0].direction !== null) this.drawDirection(pen, one);
      pen.beginPath();
      pen.arc(one.x, one.y, one.r, 0, 2 * Math.PI);
      pen.stroke();
      pen.fill();
      if (one.photos.length === 1) return;
      pen.fillStyle = this.colours.ground;
      pen.font = "600 13px system-ui, sans-serif";
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillText(one.photos.length > 999 ? `${Math.round(one.photos.length / 1000)}k` : one.photos.length, one.x, one.y + 0.5);
    }

    drawDirection(pen, one) {
      pen.save();
      pen.translate(one.x, one.y);
      pen.rotate(one.photos[0].direction * Math.PI / 180);
      pen.globalAlpha = 0.35;
      pen.beginPath();
      pen.moveTo(0, 0);
      pen.arc(0, 0, 34, -Math.PI / 2 - 0.45, -Math.PI / 2 + 0.45);
      pen.fill();
      pen.restore();
    }

    groupAt(x, y) {
      return this.groups.filter((one) => Math.hypot(one.x - x, one.y - y) < Math.max(one.r, 22))
        .sort((a, b) => Math.hypot(a.x - x, a.y - y) - Math.hypot(b.x - x, b.y - y))[0];
    }

    click(x, y) {
      const one = this.groupAt(x, y);
      this.open(one ? one.photos : []);
    }

    open(photos) {
      this.strip.hidden = !photos.length;
      const some = photos.slice(-STRIP).reverse();
      this.strip.replaceChildren(...some.map((photo) => element("a", {
        href: asbuilt.address(`photo/${photo.uuid}`), "aria-label": asbuilt.title(photo),
      }, asbuilt.thumbnail(photo))),
      element("button", { type: "button", "aria-label": said("close"), onclick: () => { this.open([]); } }, asbuilt.icon("close")));
      if (photos.length) asbuilt.say(said("here", { photos: asbuilt.count(photos.length) }));
      this.later();
    }
  }

  /* A picture that lies on the ground by three of its corners. */
  class Plan {
    constructor(plan, loaded) {
      this.opacity = plan.opacity;
      this.corners = plan.corners.map(([lat, lon]) => project(lat, lon));
      this.image = new Image();
      this.image.addEventListener("load", loaded);
      this.image.src = plan.file;
    }

    draw(pen, sheet, sharp) {
      if (!this.image.naturalWidth) return;
      const [a, b, c] = this.corners.map((corner) => sheet.place(corner));
      const { naturalWidth: width, naturalHeight: height } = this.image;
      pen.save();
      pen.globalAlpha = this.opacity;
      pen.setTransform(
        sharp * (b[0] - a[0]) / width, sharp * (b[1] - a[1]) / width,
        sharp * (c[0] - a[0]) / height, sharp * (c[1] - a[1]) / height, sharp * a[0], sharp * a[1],
      );
      pen.drawImage(this.image, 0, 0);
      pen.restore();
    }
  }
})();
