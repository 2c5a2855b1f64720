/* The address decides what is shown. */
"use strict";

(() => {
  const main = document.getElementById("main");
  const form = document.querySelector(".search");
  const field = form.elements.q;
  const scrolled = new Map(); // how far a list was, to come back to
  let shown = "", leave = () => {};

  asbuilt.say = (words) => { document.getElementById("said").textContent = words; };

  asbuilt.go = (view, query, replacing) => {
    const next = asbuilt.address(view, query);
    if (replacing) location.replace(next);
    else location.hash = next;
  };

  function show() {
    const { view, which, query } = asbuilt.asked();
    scrolled.set(shown, main.scrollTop);
    shown = asbuilt.address(view, query);
    leave();
    main.replaceChildren();
    main.style.overflow = "";
    if (document.activeElement !== field) field.value = query.get("q") || "";
    mark(view, query);
    leave = (asbuilt.views[view] || asbuilt.views.photos)(main, query, which);
    main.scrollTop = view === "photo" ? 0 : scrolled.get(shown) || 0;
    document.title = which && asbuilt.byUuid.has(which)
      ? `${asbuilt.title(asbuilt.byUuid.get(which))} · ${asbuilt.project.title}` : asbuilt.project.title;
  }

  /* The grid and the map show what is looked for, the lists all there is. */
  function mark(view, query) {
    const kept = new URLSearchParams(query);
    kept.delete("at");
    for (const tab of document.querySelectorAll(".tabs a")) {
      const leads = tab.dataset.view;
      tab.href = asbuilt.address(leads, leads === "photos" || leads === "map" ? kept : null);
      if (leads === (view === "photo" ? "photos" : view)) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
  }

  function search() {
    const { view, query } = asbuilt.asked();
    if (field.value.trim()) query.set("q", field.value.trim());
    else query.delete("q");
    query.delete("at");
    asbuilt.go(view === "map" ? "map" : "photos", query, view === "photos" || view === "map");
  }

  let waiting = 0;
  form.addEventListener("submit", (event) => { event.preventDefault(); search(); });
  field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(search, 180); });
  addEventListener("hashchange", show);
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.matches("input, select, textarea")) {
      event.preventDefault();
      field.focus();
    }
  });
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address is ours
    main.focus();
  });
  show();
})();
