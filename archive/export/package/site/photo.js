/* One photo over the page: the picture, all that is known of it, its neighbours. */
"use strict";

(() => {
  const { element, said } = asbuilt;

  asbuilt.views.photo = (main, query, uuid) => {
    const photo = asbuilt.byUuid.get(uuid);
    if (!photo) {
      main.append(element("h1", { class: "empty" }, said("no_such")));
      return () => {};
    }
    const found = asbuilt.find(query);
    const at = found.indexOf(photo);
    const newer = found[at + 1], older = at > 0 ? found[at - 1] : undefined;
    const back = asbuilt.address("photos", query);
    main.append(element("article", { class: "one" },
      stage(photo, query, { newer, older, back, at: found.length - at, of: found.length }),
      told(photo)));
    asbuilt.say(asbuilt.title(photo));
    for (const one of [newer, older]) {
      if (one && one.flags & asbuilt.SHOWN) new Image().src = asbuilt.picture(one, "jpg");
    }
    return keys({ ArrowLeft: newer, ArrowRight: older }, query, back);
  };

  function keys(neighbours, query, back) {
    const pressed = (event) => {
      if (event.target.matches("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
      const next = neighbours[event.key];
      if (next) asbuilt.go(`photo/${next.uuid}`, query, true);
      else if (event.key === "Escape") location.hash = back;
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }

  function stage(photo, query, { newer, older, back, at, of }) {
    const shown = photo.flags & asbuilt.SHOWN
      ? element("img", { src: asbuilt.picture(photo, "jpg"), alt: asbuilt.title(photo) })
      : element("p", { class: "none" },
        said("no_picture_of", { kind: photo.extension?.toUpperCase() || said("a_photo") }));
    const to = (one, name, label) => one && element("a", {
      class: name, "aria-label": label, href: asbuilt.address(`photo/${one.uuid}`, query),
    }, asbuilt.icon(name));
    return element("div", { class: "stage" }, shown, ...layer(photo),
      element("a", { class: "close", href: back, "aria-label": said("back") }, asbuilt.icon("close")),
      to(newer, "before", said("newer")), to(older, "after", said("older")),
      element("span", { class: "place" }, said("at_of", { n: asbuilt.number(at), of: asbuilt.number(of) })));
  }

  /* What is drawn on it: made as SVG when it was exported, all words in it escaped. */
  function layer(photo) {
    if (!photo.markups?.[0] || !(photo.flags & asbuilt.SHOWN)) return [];
    const read = new DOMParser().parseFromString(photo.markups[0], "image/svg+xml");
    const drawn = document.adoptNode(read.documentElement);
    const toggle = element("button", {
      class: "drawn", "aria-pressed": "true", onclick: () => {
        const hidden = drawn.classList.toggle("away");
        toggle.setAttribute("aria-pressed", String(!hidden));
      },
    }, said("markups"));
    return [drawn, toggle];
  }

  function told(photo) {
    const facts = rows(photo).filter(([, value]) => value).flatMap(([name, value]) => [
      element("dt", {}, name), element("dd", { dir: "auto" }, value),
    ]);
    return element("div", { class: "told" },
      element("h1", { dir: "auto" }, asbuilt.title(photo)), badges(photo),
      element("dl", { class: "facts" }, ...facts), comments(photo),
      element("p", { class: "doors" },
        photo.file && element("a", { class: "button", href: asbuilt.fileAddress(photo.file), target: "_blank" }, said("original")),
        element("a", { class: "button", href: `../pages/photo/${photo.uuid.slice(-2)}/${photo.uuid}.html` }, said("plain_page"))));
  }

  function badges(photo) {
    const names = [
      [asbuilt.STARRED, "starred"], [asbuilt.PRIVATE, "private"], [asbuilt.BIN, "in_bin"],
    ].filter(([flag]) => photo.flags & flag);
    return names.length ? element("p", { class: "badges" },
      ...names.map(([, name]) => element("span", { class: "badge" }, said(name)))) : null;
  }

  function rows(photo) {
    const { names } = asbuilt;
    return [
      [said("description"), photo.description.includes("\n") && words(photo.description)],
      [said("taken"), taken(photo)],
      [said("album"), link("album", names.albums[photo.album])],
      [said("place"), photo.place !== null && link("place", names.places[photo.place])],
      [said("trades"), photo.trades.length && list(photo.trades.map((n) => link("trade", names.trades[n])))],
      [said("log_date"), photo.log && asbuilt.shortDay(photo.log)],
      [said("position"), photo.lat !== null && element("a", {
        href: asbuilt.address("map", new URLSearchParams({ at: photo.uuid })),
      }, `${photo.lat.toFixed(6)}, ${photo.lon.toFixed(6)}`)],
      [said("direction"), photo.direction !== null && `${Math.round(photo.direction)}°`],
      [said("camera"), photo.camera !== null && names.cameras[photo.camera]],
      [said("added_by"), photo.person !== null && names.people[photo.person]],
      [said("size"), size(photo)],
      [said("name"), photo.filename],
      ["SHA-256", photo.sha256 && element("span", { class: "code" }, photo.sha256)],
    ];
  }

  function words(text) {
    return element("span", { class: "words" }, text);
  }

  function taken(photo) {
    const moment = `${asbuilt.dayWords(photo.day)}, ${photo.shown.slice(11, 16)} ${photo.offset || ""}`;
    return photo.flags & asbuilt.UNDATED ? said("undated", { when: moment }) : moment;
  }

  function link(name, value) {
    return element("a", {
      href: asbuilt.address("photos", new URLSearchParams({ [name]: value })),
    }, name === "place" ? value.replaceAll(">", " › ") : value);
  }

  function list(links) {
    const made = element("span");
    links.forEach((one, n) => made.append(...(n ? [", ", one] : [one])));
    return made;
  }

  function size(photo) {
    if (!photo.bytes) return "";
    const sides = photo.width ? `${photo.width} × ${photo.height}, ` : "";
    const one = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
    return sides + said("megabytes", { n: (photo.bytes / 1e6).toLocaleString(asbuilt.LANGUAGE, one) });
  }

  function comments(photo) {
    if (!photo.comments.length) return null;
    return element("section", {}, element("h2", {}, said("comments")),
      element("ul", { class: "comments" }, ...photo.comments.map(([who, when, body]) => element("li", {},
        element("strong", { dir: "auto" }, who || said("nobody")), " ",
        element("span", { class: "quiet small" }, when.slice(0, 16).replace("T", " ")),
        element("p", { dir: "auto" }, body)))));
  }
})();
