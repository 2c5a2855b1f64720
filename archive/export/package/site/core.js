/* What there is, and what the address asks for. Plain scripts that share `asbuilt`:
   under file:// there are no modules, and nothing may be fetched. */
"use strict";

const asbuilt = (() => {
  // The columns of a row, as offline.py writes it
  const COLUMNS = [
    "uuid", "file", "filename", "description", "album", "place", "trades", "shown",
    "offset", "log", "lat", "lon", "direction", "flags", "person", "camera",
    "width", "height", "bytes", "extension", "sha256", "uploaded", "comments", "markups",
  ];
  const SHOWN = 1, PRIVATE = 2, STARRED = 4, BIN = 8, UNDATED = 16;

  const photos = [];
  const byUuid = new Map();
  let names = { albums: [], places: [], trades: [], people: [], cameras: [] };
  let project = { title: "", plans: [], words: {} };
  const LANGUAGE = document.documentElement.lang;

  function take(what, data) {
    if (what === "names") names = data;
    else if (what === "project") project = data;
    else for (const row of data) add(row);
  }

  function add(row) {
    const photo = {};
    COLUMNS.forEach((name, at) => { photo[name] = row[at]; });
    photo.day = photo.shown.slice(0, 10);
    photo.group = photo.flags & UNDATED ? `? ${photo.day}` : photo.day;
    photo.at = photos.length;
    photos.push(photo);
    byUuid.set(photo.uuid, photo);
  }

  /* A text in the language of the package, with values in place of {names}. */
  function said(name, values) {
    const text = project.words[name];
    return values ? text.replace(/\{(\w+)\}/g, (_, key) => values[key]) : text;
  }

  /* Words without case and accents, so that "facade" finds "Façade". */
  function folded(text) {
    return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  }

  function words(photo) {
    if (photo.words === undefined) {
      photo.words = folded([
        photo.filename, photo.description, names.albums[photo.album],
        names.places[photo.place], ...photo.trades.map((n) => names.trades[n]),
        names.people[photo.person], names.cameras[photo.camera], photo.day,
        ...photo.comments.map((one) => `${one[0]} ${one[2]}`), photo.markups?.[1],
      ].filter(Boolean).join("\n"));
    }
    return photo.words;
  }

  /* Whether a place is another, or lies in it. */
  function within(place, above) {
    return place === above || (place !== undefined && place.startsWith(`${above}>`));
  }

  const TESTS = {
    album: (value) => (photo) => names.albums[photo.album] === value,
    place: (value) => (photo) => within(names.places[photo.place], value),
    trade: (value) => (photo) => photo.trades.some((n) => names.trades[n] === value),
    month: (value) => (photo) => photo.shown.startsWith(value),
    person: (value) => (photo) => names.people[photo.person] === value,
    only: (value) => (photo) => value === "starred"
      ? photo.flags & STARRED : photo.flags & BIN,
  };

  function find(asked) {
    const tests = Object.keys(TESTS)
      .filter((name) => asked.get(name))
      .map((name) => TESTS[name](asked.get(name)));
    const wanted = folded(asked.get("q") || "").split(/\s+/).filter(Boolean);
    return photos.filter((photo) => tests.every((test) => test(photo))
      && wanted.every((word) => words(photo).includes(word)));
  }

  /* The address: #/view?name=value; a photo is #/photo/uuid?name=value. */
  function asked() {
    const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
    const [view, which] = path.split("/");
    return { view: view || "photos", which, query: new URLSearchParams(query || "") };
  }

  function address(view, query) {
    const text = query ? query.toString() : "";
    return `#/${view}${text ? `?${text}` : ""}`;
  }

  /* An element with attributes and children; words are always text. */
  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  function icon(name) {
    const space = "http://www.w3.org/2000/svg";
    const made = document.createElementNS(space, "svg");
    made.setAttribute("class", "icon");
    made.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(space, "use");
    use.setAttribute("href", `#i-${name}`);
    made.append(use);
    return made;
  }

  function title(photo) {
    return photo.description.split("\n")[0].trim() || photo.filename;
  }

  function picture(photo, ending) {
    return `../pictures/${photo.uuid.slice(-2)}/${photo.uuid}.${ending}`;
  }

  /* What stands for a photo in a grid: its thumbnail, or its type. */
  function thumbnail(photo) {
    if (!(photo.flags & SHOWN)) return (photo.extension || said("no_file")).toUpperCase();
    return element("img", { src: picture(photo, "webp"), alt: "", loading: "lazy", decoding: "async" });
  }

  /* The way to a file beside this folder: names may have any sign in them. */
  function fileAddress(path) {
    return `../${path.split("/").map(encodeURIComponent).join("/")}`;
  }

  const SHORT = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium", timeZone: "UTC" });
  const DAYS = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "full", timeZone: "UTC" });
  const MONTHS = new Intl.DateTimeFormat(LANGUAGE, { month: "long", year: "numeric", timeZone: "UTC" });

  function spoken(format, day) {
    const date = new Date(`${day}T00:00:00Z`);
    return Number.isNaN(date.getTime()) ? day : format.format(date);
  }

  return {
    take, find, asked, said, address, element, icon, title, picture, thumbnail, fileAddress,
    photos, byUuid, within,
    SHOWN, PRIVATE, STARRED, BIN, UNDATED,
    LANGUAGE,
    number: (value) => value.toLocaleString(LANGUAGE),
    count: (value) => value === 1 ? said("photo")
      : said("photos", { n: value.toLocaleString(LANGUAGE) }),
    dayWords: (day) => spoken(DAYS, day),
    shortDay: (day) => spoken(SHORT, day),
    monthWords: (month) => spoken(MONTHS, `${month}-01`),
    get names() { return names; },
    get project() { return project; },
    views: {},
  };
})();
