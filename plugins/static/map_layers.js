// The menu of what lies below the photos; what is chosen stands in the address.

import { el } from "./elements.js";
import { t } from "./texts.js";

function choice(kind, name, value, label, checked) {
  const box = el("input", { type: kind, name, value, checked });
  return { line: el("label", { class: "check" }, box, label), box };
}

function group(title) {
  return el("fieldset", {}, el("legend", {}, title));
}

/** Which base and plans an address asks for; without it the first map, and all plans. */
function wanted(found, address) {
  const known = [...found.bases.keys()];
  const base = Number(address.get("base") ?? known.at(-1));
  const plans = address.has("plans")
    ? address.get("plans").split(",").map(Number)
    : [...found.plans.keys()];
  return { base: known.includes(base) ? base : 0, plans: plans.filter((id) => found.plans.has(id)) };
}

/**
 * Shows what the address asks for, and fills the menu.
 *
 * @param {(name: string, value: string|null) => void} remember puts it into the address
 */
export function layersMenu(map, found, body, remember) {
  const shown = wanted(found, new URLSearchParams(location.search));
  found.bases.get(shown.base).layer.addTo(map);
  const bases = group(t("map.ground"));
  for (const [id, base] of found.bases) {
    const { line, box } = choice("radio", "base", id, base.name ?? t("map.world"), id === shown.base);
    box.addEventListener("change", () => {
      found.bases.get(shown.base).layer.remove();
      shown.base = id;
      base.layer.addTo(map);
      remember("base", id ? String(id) : "0");
    });
    bases.append(line);
  }
  body.replaceChildren(bases);
  if (!found.plans.size) return;
  const plans = group(t("map.plans"));
  for (const [id, plan] of found.plans) {
    const { line, box } = choice("checkbox", "plan", id, plan.name, shown.plans.includes(id));
    if (box.checked) plan.layer.addTo(map);
    const slider = el("input", {
      type: "range",
      min: 0,
      max: 100,
      value: Math.round(plan.opacity * 100),
      "aria-label": t("map.opacity", { name: plan.name }),
      oninput: () => plan.layer.setOpacity(slider.value / 100),
    });
    box.addEventListener("change", () => {
      plan.layer[box.checked ? "addTo" : "remove"](map);
      shown.plans = box.checked ? [...shown.plans, id] : shown.plans.filter((other) => other !== id);
      remember("plans", shown.plans.join(","));
    });
    plans.append(line, slider);
  }
  body.append(plans);
}
