/* What was found with its filters; albums; places. */
"use strict";

(() => {
  const { element, said } = asbuilt;
  const LABELS = {
    album: said("album"), place: said("place"), trade: said("trade"),
    month: said("month"), person: said("added_by"), only: said("only"),
  };
  const MARKS = [["starred", asbuilt.STARRED], ["recycle bin", asbuilt.BIN]];
  const MARKED = { starred: said("only_starred"), "recycle bin": said("only_bin") };

  asbuilt.views.photos = (main, query) => {
    const found = asbuilt.find(query);
    main.append(head(query, found));
    asbuilt.say(asbuilt.count(found.length));
    if (!found.length) {
      main.append(element("p", { class: "empty" }, said("nothing_found")));
      return () => {};
    }
    return asbuilt.grid(main, found, query);
  };

  function head(query, found) {
    const chips = Object.keys(LABELS).filter((name) => query.get(name)).map(
      (name) => chip(query, name),
    );
    return element("div", { class: "head" },
      element("h1", { class: "found" }, element("strong", {}, asbuilt.number(found.length)),
        ` ${said(found.length === 1 ? "photo_word" : "photos_word")}`),
      ...chips,
      choice(query, "trade", counted(found, (p) => p.trades.map((n) => asbuilt.names.trades[n]))),
      choice(query, "month", counted(found, (p) => [p.shown.slice(0, 7)]).reverse(), asbuilt.monthWords),
      choice(query, "only", marks(found), (name) => MARKED[name]));
  }

  function marks(found) {
    return MARKS.map(([name, flag]) => [name, found.filter((p) => p.flags & flag).length])
      .filter(([, count]) => count);
  }

  function counted(found, values) {
    const counts = new Map();
    for (const photo of found) {
      for (const value of values(photo)) counts.set(value, (counts.get(value) || 0) + 1);
    }
    return [...counts].sort((a, b) => (a[0] < b[0] ? -1 : 1));
  }

  function choice(query, name, values, shown = (value) => value) {
    if (query.get(name) || !values.length) return null;
    const options = values.map(([value, count]) => element("option", { value },
      `${shown(value)} (${asbuilt.number(count)})`));
    return element("select", {
      "aria-label": LABELS[name],
      onchange: (event) => asbuilt.go("photos", changed(query, name, event.target.value)),
    }, element("option", { value: "" }, LABELS[name]), ...options);
  }

  function changed(query, name, value) {
    const next = new URLSearchParams(query);
    if (value) next.set(name, value);
    else next.delete(name);
    return next;
  }

  function chip(query, name) {
    const value = query.get(name);
    const shown = name === "month" ? asbuilt.monthWords(value)
      : name === "only" ? MARKED[value] || value : value.replaceAll(">", " › ");
    return element("button", {
      class: "chip", type: "button", "aria-label": said("without", { what: LABELS[name], value: shown }),
      onclick: () => asbuilt.go("photos", changed(query, name, "")),
    }, element("span", { dir: "auto" }, shown), asbuilt.icon("close"));
  }

  asbuilt.views.albums = (main) => {
    const shelves = new Map();
    for (const photo of asbuilt.photos) {
      const shelf = shelves.get(photo.album) || { count: 0, cover: null };
      shelf.count += 1;
      if (photo.flags & asbuilt.SHOWN) shelf.cover = photo;
      shelves.set(photo.album, shelf);
    }
    const cards = [...shelves].map(([n, shelf]) => [asbuilt.names.albums[n], shelf])
      .sort((a, b) => NAMES.compare(a[0], b[0]))
      .map(([name, shelf]) => element("li", {}, element("a", {
        href: asbuilt.address("photos", new URLSearchParams({ album: name })),
      }, element("span", { class: "cover" }, shelf.cover ? asbuilt.thumbnail(shelf.cover) : ""),
      element("strong", { dir: "auto" }, name),
      element("span", { class: "count" }, asbuilt.count(shelf.count)))));
    main.append(element("div", { class: "lists" }, element("h1", {}, said("albums")),
      element("ul", { class: "cards" }, ...cards)));
    return () => {};
  };

  asbuilt.views.places = (main) => {
    const counts = new Map();
    for (const photo of asbuilt.photos) {
      for (const path of above(asbuilt.names.places[photo.place])) {
        counts.set(path, (counts.get(path) || 0) + 1);
      }
    }
    const rows = ordered([...counts.keys()]).map(({ path, parts }) => {
      const link = element("a", {
        href: asbuilt.address("photos", new URLSearchParams({ place: path })),
      }, element("span", { dir: "auto" }, parts.at(-1)),
      element("span", { class: "count" }, asbuilt.number(counts.get(path))));
      link.style.setProperty("--depth", parts.length - 1);
      return element("li", {}, link);
    });
    main.append(element("div", { class: "lists" }, element("h1", {}, said("places")),
      rows.length ? element("ul", { class: "rows sheet tree" }, ...rows)
        : element("p", { class: "empty" }, said("no_place"))));
    return () => {};
  };

  /* A > in a name is written \> in a path. */
  function split(path) {
    return path.split(/(?<!\\)>/).map((name) => name.replaceAll("\\>", ">"));
  }

  function above(path) {
    if (!path) return [];
    const parts = path.split(/(?<!\\)>/);
    return parts.map((_, end) => parts.slice(0, end + 1).join(">"));
  }

  const NAMES = new Intl.Collator(asbuilt.LANGUAGE, { numeric: true });

  /* Paths as a tree is read: "Level 2" before "Level 10", a place before those in it. */
  function ordered(paths) {
    const all = paths.map((path) => ({ path, parts: split(path) }));
    all.sort(({ parts: a }, { parts: b }) => {
      for (let n = 0; n < Math.min(a.length, b.length); n += 1) {
        const order = NAMES.compare(a[n], b[n]);
        if (order) return order;
      }
      return a.length - b.length;
    });
    return all;
  }
})();
