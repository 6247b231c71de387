/* Zoom and pan of all pictures together, by wheel, fingers, double click and keys. */

const MOST_ZOOM = 16;
const KEY_STEP = 1.4; // of + and -
const CLICK_STEP = 3; // of a double click
const PAN_STEP = 0.15; // of a picture's side, by arrows

/** What part of the pictures is in view: `scale` times as large, moved by `x` and `y` sides. */
class Zoom {
  scale = 1;
  x = 0;
  y = 0;

  /** Scale by a factor; what lies at (u, v), in shares of the picture's frame, stays there. */
  by(factor, u = 0.5, v = 0.5) {
    const scale = Math.min(MOST_ZOOM, Math.max(1, this.scale * factor));
    const moved = scale / this.scale;
    this.set(scale, u - (u - this.x) * moved, v - (v - this.y) * moved);
  }

  pan(across, down) {
    this.set(this.scale, this.x + across, this.y + down);
  }

  /** Nothing beside the photo comes into view. */
  set(scale, x, y) {
    const rounded = value => Math.round(1e4 * value) / 1e4; // as the page's address names it
    this.scale = rounded(scale);
    this.x = rounded(Math.min(0, Math.max(1 - scale, x)));
    this.y = rounded(Math.min(0, Math.max(1 - scale, y)));
  }

  /** What of the photo lies at a place of the frame, both in shares. */
  inPhoto(u, v) {
    return [(u - this.x) / this.scale, (v - this.y) / this.scale];
  }
}

/**
 * Follow wheel, mouse, fingers and keys.
 *
 * @param panes Holds the frames of the pictures, each of class `viewer-frame`.
 * @param zoom Is changed.
 * @param moved Called when it has been.
 * @param pointed Called with the place that is pointed at, in shares of a frame.
 * @param tools What one finger or the mouse does instead of moving, where a tool is in hand.
 */
function followGestures(panes, zoom, moved, pointed, tools) {
  const pointers = new Map();
  const place = event => {
    const frame = event.target.closest?.(".viewer-frame");
    if (!frame) return null;
    const { left, top, width, height } = frame.getBoundingClientRect();
    return { u: (event.clientX - left) / width, v: (event.clientY - top) / height, width, height };
  };
  const spread = ([one, other]) => Math.hypot(one.x - other.x, one.y - other.y);
  const middle = all => ({
    x: all.reduce((sum, { x }) => sum + x, 0) / all.length,
    y: all.reduce((sum, { y }) => sum + y, 0) / all.length,
  });

  panes.addEventListener("wheel", event => {
    const at = place(event);
    const wanted = event.ctrlKey || zoom.scale > 1 || panes.contains(document.activeElement);
    const outside = zoom.scale === 1 && event.deltaY > 0 && !event.ctrlKey; // the page scrolls
    if (!at || !wanted || outside) return;
    event.preventDefault();
    zoom.by(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), at.u, at.v);
    moved();
  }, { passive: false });

  panes.addEventListener("pointerdown", event => {
    if (!place(event) || event.button > 0 || event.target.matches("input")) return;
    event.target.closest(".viewer-frame").setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const { u, v } = place(event);
    pointed(u, v);
    if (pointers.size === 1) tools.begin(u, v);
    else tools.cancel();
  });
  panes.addEventListener("pointermove", event => {
    const at = place(event);
    if (at && !pointers.size) pointed(at.u, at.v);
    if (!at || !pointers.has(event.pointerId)) return;
    const before = [...pointers.values()];
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const now = [...pointers.values()], from = middle(before), to = middle(now);
    if (now.length > 1) {
      const { left, top } = event.target.closest(".viewer-frame").getBoundingClientRect();
      zoom.by(spread(now) / spread(before), (to.x - left) / at.width, (to.y - top) / at.height);
    } else if (tools.move(at.u, at.v) || zoom.scale === 1) {
      pointed(at.u, at.v);
      return;
    }
    zoom.pan((to.x - from.x) / at.width, (to.y - from.y) / at.height);
    moved();
  });
  for (const over of ["pointerup", "pointercancel", "pointerleave"])
    panes.addEventListener(over, event => {
      const last = pointers.delete(event.pointerId) && !pointers.size;
      if (last) over === "pointerup" ? tools.end() : tools.cancel();
      if (over === "pointerleave" && event.pointerType === "mouse") pointed(null);
    });

  panes.addEventListener("dblclick", event => {
    const at = place(event);
    if (!at || tools.inHand) return;
    if (zoom.scale > 1) zoom.set(1, 0, 0);
    else zoom.by(CLICK_STEP, at.u, at.v);
    moved();
  });
}

/** Zoom by a key, if it is one for that; says whether it was. */
function zoomByKey(zoom, key) {
  const pans = {
    ArrowLeft: [PAN_STEP, 0], ArrowRight: [-PAN_STEP, 0],
    ArrowUp: [0, PAN_STEP], ArrowDown: [0, -PAN_STEP],
  };
  if (key === "+" || key === "=") zoom.by(KEY_STEP);
  else if (key === "-") zoom.by(1 / KEY_STEP);
  else if (key === "0") zoom.set(1, 0, 0);
  else if (key in pans && zoom.scale > 1) zoom.pan(...pans[key]);
  else return false;
  return true;
}

/** Read the zoom that the page's address names for a photo; null where it names none. */
function readZoom(sha256) {
  const search = new URLSearchParams(location.search);
  const named = search.get("zoom")?.split("_").map(Number);
  const fits = named?.length === 3 && named.every(Number.isFinite) && named[0] >= 1;
  return fits && isNamed(search, sha256) ? [Math.min(MOST_ZOOM, named[0]), named[1], named[2]] : null;
}

/** Let the page's address name the zoom, where it names the photo; an upload is never named. */
function writeZoom({ scale, x, y }, sha256) {
  const here = new URL(location), search = here.searchParams;
  if (scale > 1 && isNamed(search, sha256)) search.set("zoom", [scale, x, y].join("_"));
  else search.delete("zoom");
  if (here.href !== location.href) history.replaceState(history.state, "", here);
}

const isNamed = (search, sha256) => Boolean(search.get("photo")) && sha256.startsWith(search.get("photo"));
