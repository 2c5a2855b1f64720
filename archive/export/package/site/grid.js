/* The photos that were found, by days: every place is computed, what is in sight drawn. */
"use strict";

(() => {
  const { element } = asbuilt;
  const HEAD = 40, GAP = 4, EDGE = 16, BEYOND = 800; // pixels

  /* Returns days and rows with their places: [{top, height, day | tiles}]. */
  function lay(photos, width) {
    const wanted = width < 560 ? 120 : 190;
    const room = width - 2 * EDGE;
    const rows = [];
    let top = 0;
    for (let start = 0; start < photos.length;) {
      let end = start;
      while (end < photos.length && photos[end].group === photos[start].group) end += 1;
      rows.push({ top, height: HEAD, day: photos[start].group, count: end - start });
      top += HEAD;
      while (start < end) {
        const row = fill(photos, start, end, room, wanted);
        rows.push({ top, height: row.height, tiles: row.tiles });
        top += row.height + GAP;
        start += row.tiles.length;
      }
      top += 12;
    }
    return { rows, height: top };
  }

  function fill(photos, start, end, room, wanted) {
    let sum = 0, at = start;
    while (at < end && sum * wanted + (at - start) * GAP < room) sum += ratio(photos[at++]);
    const gaps = (at - start - 1) * GAP;
    const height = Math.min((room - gaps) / sum, wanted * 1.25);
    let left = EDGE;
    const tiles = [];
    for (let n = start; n < at; n += 1) {
      const width = ratio(photos[n]) * height;
      tiles.push({ photo: photos[n], left, width });
      left += width + GAP;
    }
    return { height, tiles };
  }

  function ratio(photo) {
    const value = photo.width && photo.height ? photo.width / photo.height : 4 / 3;
    return Math.max(0.5, Math.min(3.2, value));
  }

  function tile(photo, box, query) {
    const marks = [];
    if (photo.flags & asbuilt.STARRED) marks.push("★");
    if (photo.flags & asbuilt.PRIVATE) marks.push(asbuilt.said("mark_private"));
    if (photo.flags & asbuilt.BIN) marks.push(asbuilt.said("mark_bin"));
    const made = element("a", {
      href: asbuilt.address(`photo/${photo.uuid}`, query),
      "aria-label": asbuilt.title(photo),
    }, asbuilt.thumbnail(photo),
    marks.length ? element("span", { class: "mark" }, marks.join(" ")) : null);
    Object.assign(made.style, box);
    return made;
  }

  function draw(grid, laid, query, main) {
    const from = main.scrollTop - grid.offsetTop - BEYOND;
    const to = from + main.clientHeight + 2 * BEYOND;
    const seen = laid.rows.filter((row) => row.top + row.height > from && row.top < to);
    const first = seen.length ? seen[0].top : -1, last = seen.length ? seen.at(-1).top : -1;
    if (grid.dataset.first === String(first) && grid.dataset.last === String(last)) return;
    grid.dataset.first = first;
    grid.dataset.last = last;
    const held = document.activeElement?.getAttribute("href");
    grid.replaceChildren(...seen.flatMap((row) => row.day ? [dayOf(row)] : row.tiles.map(
      ({ photo, left, width }) => tile(photo, {
        left: `${left}px`, top: `${row.top}px`, width: `${width}px`, height: `${row.height}px`,
      }, query),
    )));
    if (held) [...grid.querySelectorAll("a")].find((a) => a.getAttribute("href") === held)?.focus({ preventScroll: true });
  }

  function dayOf(row) {
    const unknown = row.day.startsWith("? ");
    const words = unknown ? asbuilt.said("date_unknown", { day: asbuilt.shortDay(row.day.slice(2)) })
      : asbuilt.dayWords(row.day);
    const made = element("h2", {}, words,
      element("span", { class: "count" }, asbuilt.number(row.count)));
    made.style.top = `${row.top}px`;
    return made;
  }

  /* Puts a grid of photos, newest first, into the page; returns how to take it away. */
  asbuilt.grid = (main, photos, query) => {
    const grid = element("div", { class: "grid" });
    main.append(grid);
    const order = photos.slice().reverse();
    let laid = null;
    const again = () => {
      laid = lay(order, main.clientWidth);
      grid.style.height = `${laid.height}px`;
      delete grid.dataset.first;
      draw(grid, laid, query, main);
    };
    const scrolled = () => draw(grid, laid, query, main);
    again();
    main.addEventListener("scroll", scrolled, { passive: true });
    const watch = new ResizeObserver(again);
    watch.observe(main);
    return () => {
      main.removeEventListener("scroll", scrolled);
      watch.disconnect();
    };
  };
})();
