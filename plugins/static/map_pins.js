// Photos put on the map by hand: dragged, clicked, or by keyboard with the crosshair.

import { complain, offerUndo, post } from "./app.js";
import { el } from "./elements.js";
import { thumbnail } from "./map_lists.js";
import { begin, end, tell } from "./map_modes.js";
import { t } from "./texts.js";

const CARRIED = "text/asbuilt-photo"; // what is dragged
const LONG = 48; // letters of a name in a hint

/** Lets pins be put, moved and taken off. */
export function pins(site) {
  const { map, lists } = site;
  const container = map.getContainer();

  async function send(photo, place, said) {
    end();
    try {
      const done = await post("/-/map/pin", { photo: photo.id, ...place });
      offerUndo(said, done.batch, redraw);
      redraw();
    } catch (error) {
      complain(error);
    }
  }

  function redraw() {
    site.changed = true;
    site.refresh();
    lists.unplaced(entry);
  }

  function put(photo, place) {
    const { lat, lng } = place.wrap();
    send(photo, { latitude: Number(lat.toFixed(7)), longitude: Number(lng.toFixed(7)) }, t("map.pinned"));
  }

  function aim(photo, pressed = null) {
    begin(map, {
      cross: true,
      at: (place) => put(photo, place),
      leave: () => pressed?.setAttribute("aria-pressed", "false"),
    });
    pressed?.setAttribute("aria-pressed", "true");
    const name = photo.name.length > LONG ? `${photo.name.slice(0, LONG)}…` : photo.name;
    tell(t("map.aim", { name }), [
      { label: t("map.put_here"), strong: true, act: () => put(photo, map.getCenter()) },
      { label: t("common.cancel"), act: () => { end(); pressed?.focus(); } },
    ]);
    container.focus({ preventScroll: true });
    container.scrollIntoView({ block: "nearest" });
  }

  /** A photo without a place: a button to choose it, or to be dragged. */
  function entry(photo) {
    const drag = ({ dataTransfer: carried }) => {
      carried.setData(CARRIED, JSON.stringify(photo));
      carried.effectAllowed = "move";
    };
    const named = { title: photo.name, "aria-label": t("map.choose", { name: photo.name }) };
    const chooses = { "aria-pressed": "false", onclick: () => aim(photo, button) };
    const button = el(
      "button",
      { type: "button", draggable: "true", ...named, ...chooses, ondragstart: drag },
      thumbnail(photo),
    );
    return el("li", {}, button);
  }

  container.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes(CARRIED)) event.preventDefault();
  });
  container.addEventListener("drop", (event) => {
    const dropped = event.dataTransfer.getData(CARRIED);
    if (!dropped) return;
    event.preventDefault();
    put(JSON.parse(dropped), map.mouseEventToLatLng(event));
  });
  lists.entry = entry;
  lists.setActions([
    { label: t("map.move"), act: (photo) => aim(photo) },
    { label: t("map.take_off"), act: (photo) => send(photo, { place: "unknown" }, t("map.taken_off")) },
  ]);
}
