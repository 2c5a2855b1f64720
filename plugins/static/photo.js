// A photo's page: arrows to the neighbours, Escape to the gallery, zoom, copy.

import { typing } from "./keys.js";

const zoom = document.getElementById("zoom");
let viewer = null;

function walk(event) {
  if (typing(event) || viewer) return;
  const link = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!link) return;
  event.preventDefault();
  link.click();
}

/** What the viewer shows: the original, or the preview where a person turned it. */
function slide() {
  const shown = zoom.querySelector("img");
  const turned = zoom.dataset.rotation !== "0";
  if (turned || !Number(zoom.dataset.width)) {
    return { src: zoom.dataset.preview, width: shown.naturalWidth, height: shown.naturalHeight };
  }
  return {
    src: zoom.href,
    msrc: zoom.dataset.preview,
    width: Number(zoom.dataset.width),
    height: Number(zoom.dataset.height),
  };
}

async function open(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  let PhotoSwipe;
  try {
    ({ default: PhotoSwipe } = await import("./vendor/photoswipe/photoswipe.esm.min.js"));
  } catch {
    location.href = zoom.href; // not in this installation: the file itself
    return;
  }
  viewer = new PhotoSwipe({
    dataSource: [{ ...slide(), alt: zoom.querySelector("img").alt, element: zoom }],
    bgOpacity: 1,
    maxZoomLevel: 4,
    secondaryZoomLevel: 1,
    showHideAnimationType: "fade",
    showAnimationDuration: 150,
    hideAnimationDuration: 150,
    tapAction: "zoom",
    clickToCloseNonZoomable: true,
  });
  viewer.on("destroy", () => { viewer = null; zoom.focus(); });
  viewer.init();
}

async function copy(event) {
  const button = event.currentTarget;
  const source = document.getElementById(button.dataset.copies);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(source);
    button.textContent = "Press Ctrl-C";
  }
}

if (zoom) zoom.addEventListener("click", open);
document.getElementById("copy")?.addEventListener("click", copy);
document.addEventListener("keydown", walk);

