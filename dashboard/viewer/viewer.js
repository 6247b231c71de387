/* The viewer: photo, heatmap and overlay of one photo, class by class, moved together. */

const NARROW = 640; // CSS pixels, below which there is one picture at a time
const viewers = new WeakMap();
const SETTLED = 250; // milliseconds without a move, after which the photo's own pixels are asked for
let readLink = true; // the zoom of a link is the first photo's, once
const memories = new Map(); // by key: what the visitor chose, also while the viewer is not there

export default function ({ data, key, parentElement, setStateValue }) {
  let viewer = viewers.get(parentElement);
  if (!viewer) viewers.set(parentElement, viewer = new Viewer(parentElement));
  viewer.report = choices => setStateValue("choices", choices);
  viewer.take(data);
  return () => {
    viewers.delete(parentElement);
    viewer.leave();
  };
}

class Viewer {
  #parts = new DecodedParts();
  #zoom = new Zoom();
  #tools = new Tools(this.#zoom, choices => this.#choose(choices));
  #point = null;
  #known = "";
  #photo = "";
  #panel = "";
  #taken = 0;
  #content = null;

  constructor(parent) {
    this.root = element("section", { className: "viewer" });
    parent.append(this.root);
    this.resizing = new ResizeObserver(() => this.#content && this.#show());
    this.resizing.observe(this.root);
    this.root.addEventListener("keydown", event => this.#followKey(event));
    this.root.addEventListener("fullscreenchange", () => this.#content && this.#show());
  }

  leave() {
    this.resizing.disconnect();
    clearTimeout(this.settling);
    this.#parts.keep([]);
    this.root.remove();
  }

  /** Show what the server sent, as soon as its pixels are decoded. */
  async take(message) {
    const { header, parts } = unpack(message), text = JSON.stringify(header);
    if (text === this.#known) return;
    this.#known = text;
    const memory = memories.get(header.key);
    if (memory?.revision !== header.revision)
      memories.set(header.key, { revision: header.revision, choices: { ...header.choices } });
    this.choices = memories.get(header.key).choices;
    if (header.sha256 !== this.#photo) { // nothing of the one before stands under the new one's name
      this.#photo = header.sha256;
      Object.assign(this.root.dataset, { key: header.key, photo: header.sha256 });
      this.root.dataset.waiting = "";
      this.#zoom.set(...(readLink && readZoom(header.sha256)) || [1, 0, 0]);
      readLink = false;
    }
    this.#build(header);
    const taken = ++this.#taken;
    const decoded = await this.#decode(header, parts);
    if (taken !== this.#taken) return;
    this.#content = { header, ...decoded };
    this.#tools.take(header, decoded.rice, this.choices);
    this.#parts.keep(parts);
    const photo = decoded.sharp ?? decoded.photo;
    for (const image of this.root.querySelectorAll("img")) image.src = photo.src;
    this.#show();
    delete this.root.dataset.waiting;
  }

  async #decode(header, parts) {
    const get = (place, decode) => place === null ? null : this.#parts.get(parts[place], decode);
    const decodeMap = async map => ({
      ...map,
      levels: await get(map.levels, decodeGrey),
      cells: await get(map.cells, decodeBytes),
      values: await get(map.values, decodeNumbers),
    });
    const all = async entries => Object.fromEntries(await Promise.all(
      Object.entries(entries).map(async ([name, made]) => [name, await made])));
    return all({
      photo: get(header.photo, decodePhoto),
      sharp: get(header.sharp, decodePhoto),
      stretch: get(header.stretch, decodeBytes),
      rice: get(header.rice, decodeGrey),
      tables: all(Object.fromEntries(Object.entries(header.colors).map(([name, place]) => [name, get(place, decodeBytes)]))),
      maps: all(Object.fromEntries(Object.entries(header.maps).map(([name, map]) => [name, decodeMap(map)]))),
    });
  }

  /** Make the elements, if the words or the shape are others; what has the focus keeps it. */
  #build(header) {
    const panel = JSON.stringify([header.panel, header.size]);
    if (panel === this.#panel) return;
    this.#panel = panel;
    const { name, value } = this.root.contains(document.activeElement) ? document.activeElement : {};
    const open = this.controls && !this.controls.keys.hidden;
    const { texts } = header.panel;
    this.controls = makeControls(header.panel, (choices, dragged) => this.#choose(choices, dragged), this.#tools);
    this.controls.full.addEventListener("click", () => this.#toggleFull());
    if (open) this.controls.help.click();
    this.where = element("p", { className: "viewer-where", role: "status" });
    this.reading = element("p", { className: "viewer-reading" });
    this.nothing = element("p", { className: "viewer-nothing" });
    this.panes = element("div", { className: "viewer-panes", tabIndex: 0, role: "group", ariaLabel: texts["viewer.pictures"], "aria-keyshortcuts": "+ - 0" });
    this.panes.style.setProperty("--aspect", header.size[0] / header.size[1]);
    this.#buildPanes(texts);
    followGestures(this.panes, this.#zoom, () => this.#move(), (u, v) => this.#pointAt(u, v), this.#tools);
    this.root.replaceChildren(
      element("div", { className: "viewer-head" }, this.controls.bars, this.controls.settings),
      this.controls.keys, this.panes, this.where, this.reading);
    const selector = name && `[name="${CSS.escape(name)}"]` + (value ? `[value="${CSS.escape(value)}"]` : "");
    if (selector) this.root.querySelector(selector)?.focus();
  }

  #buildPanes(texts) {
    const world = (...layers) => element("div", { className: "viewer-world" }, ...layers);
    const canvas = name => this[name] = element("canvas", { className: `viewer-${name}` });
    const photo = () => element("img", { alt: "", draggable: false });
    this.curtain = element("input", { type: "range", className: "viewer-curtain", min: 0, max: 100, step: 0.1, value: 50, ariaLabel: texts["viewer.curtain"] });
    this.curtain.addEventListener("input", () => this.#drawCurtain());
    const layers = {
      original: [world(photo(), canvas("outline"))],
      heatmap: [world(canvas("heat"))],
      overlay: [
        world(photo()),
        element("div", { className: "viewer-clip" }, world(canvas("stretched"), canvas("cover"))),
        world(canvas("line")),
      ],
    };
    this.legend = element("canvas", { className: "viewer-legend" });
    this.captions = Object.fromEntries(PANES.map(pane => [pane, element("p")]));
    this.low = element("span");
    this.high = element("span");
    this.figures = Object.fromEntries(PANES.map(pane => {
      const picture = element("div", { className: "viewer-picture", role: "img" }, ...layers[pane]);
      const frame = element("div", { className: "viewer-frame" }, picture, element("i", { className: "viewer-cross" }));
      if (pane === "overlay") frame.append(this.curtain);
      if (pane === "original") frame.append(this.#tools.line.svg);
      const scale = pane === "heatmap" ? [this.legend, element("div", { className: "viewer-ends" }, this.low, this.high)] : [];
      return [pane, element("figure", { className: `viewer-${pane}` },
        element("strong", { title: texts[`picture.${pane}.help`] }, texts[`picture.${pane}`]),
        frame, element("figcaption", {}, ...scale, this.captions[pane]))];
    }));
    this.#tools.canvas = this.outline;
    this.panes.append(this.figures.original, this.figures.heatmap, this.figures.overlay, this.nothing);
  }

  /** Take a choice; the server hears of it when it is not dragged any more. */
  #choose(choices, dragged = false) {
    Object.assign(this.choices, choices);
    if ("blend" in choices) this.#drawBlend();
    else this.#show();
    if (!dragged) this.report({ ...this.choices, at: Date.now() });
  }

  get #map() {
    const { header, maps } = this.#content;
    return maps[this.choices.target || header.predicted];
  }

  /** Draw all that hangs on the choices. */
  #show() {
    const { header, tables, photo, sharp, stretch } = this.#content;
    const { choices, captions } = this, { inHand, brush: { rice } } = this.#tools;
    const { texts, name } = header.panel, map = this.#map, table = tables[choices.colors];
    const full = document.fullscreenElement === this.root;
    const narrow = this.root.clientWidth < NARROW, heat = Boolean(map) && !map.nothing;
    if (inHand && !this.panes.dataset.inHand) this.before = document.activeElement;
    this.controls.show(choices, header.predicted, narrow, Boolean(inHand));
    const panes = narrow || inHand ? 1 : choices.panes;
    const shown = inHand ? ["original"] : panes === 1 ? [choices.pane] : PANES.filter(pane => panes > 2 || pane !== "heatmap");
    for (const pane of PANES)
      this.figures[pane].hidden = heat ? !shown.includes(pane) : pane !== "original";
    this.root.classList.toggle("viewer-full", full);
    this.panes.style.setProperty("--panes", heat ? panes : Math.max(2, panes));
    this.where.textContent = map?.where ?? texts["viewer.waiting"];
    this.nothing.textContent = map ? map.nothing : texts["viewer.waiting"];
    this.nothing.hidden = heat;
    const alt = { original: name, heatmap: this.where.textContent, overlay: this.where.textContent };
    for (const pane of PANES)
      this.figures[pane].querySelector(".viewer-picture").ariaLabel = `${texts[`picture.${pane}`]}: ${alt[pane]}`;
    captions.original.textContent = texts["caption.original"];
    if (heat && !inHand) {
      const asCells = choices.cells;
      paintHeat(this.heat, map, header, table, { asCells });
      paintHeat(this.cover, map, header, table, { asCells, byHeat: choices.heat_only });
      paintLegend(this.legend, table);
      this.low.textContent = map.low;
      this.high.textContent = map.high;
      captions.heatmap.textContent = map.legend;
    }
    this.stretched.hidden = choices.colors !== "jet";
    if (!this.stretched.hidden) paintStretched(this.stretched, sharp ?? photo, stretch);
    for (const canvas of [this.outline, this.line]) {
      canvas.hidden = !choices.outline || !rice || Boolean(inHand);
      if (!canvas.hidden) paintOutline(canvas, rice, header.size);
    }
    this.curtain.hidden = !choices.curtain;
    this.#tools.show();
    this.#bringToHand(inHand);
    this.#drawBlend();
    this.#drawCurtain();
    this.#move();
    if (!this.#point) this.#pointAt(null);
  }

  /** What a tool works on is in view, and hears of keys; then back to where one was. */
  #bringToHand(inHand) {
    const { dataset } = this.panes;
    if (inHand === (dataset.inHand ?? "")) return;
    if (inHand) {
      this.panes.focus({ preventScroll: true });
      const { top } = this.root.getBoundingClientRect(), { bottom } = this.panes.getBoundingClientRect();
      if (top < 0 || bottom > innerHeight) this.root.scrollIntoView();
      dataset.inHand = inHand;
    } else {
      delete dataset.inHand;
      this.before?.focus();
    }
  }

  #drawBlend() {
    const { texts } = this.#content.header.panel, { blend } = this.choices;
    this.cover.style.opacity = blend / 100;
    this.captions.overlay.textContent = say(texts["caption.overlay"], { blend });
  }

  #drawCurtain() {
    const at = this.choices.curtain ? this.curtain.value : 0;
    this.panes.style.setProperty("--curtain", `${at}%`);
  }

  #move() {
    const { scale, x, y } = this.#zoom;
    for (const [name, value] of Object.entries({ scale, x: `${100 * x}%`, y: `${100 * y}%` }))
      this.panes.style.setProperty(`--${name}`, value);
    this.panes.classList.toggle("viewer-zoomed", scale > 1);
    this.#tools.line.show(this.#zoom);
    if (this.#point) this.#pointAt(...this.#point);
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      const { key, sha256 } = this.#content.header;
      if (key === "viewer") writeZoom(this.#zoom, sha256);
      this.#sharpen();
    }, SETTLED);
  }

  /** Ask for the photo's own pixels, where the preview has fewer than the screen. */
  #sharpen() {
    const { header } = this.#content, shown = this.panes.querySelector("figure:not([hidden]) .viewer-frame");
    const wanted = shown.clientWidth * this.#zoom.scale * devicePixelRatio > header.size[0];
    if (!wanted || header.full[0] <= header.size[0] || this.choices.sharp === header.sha256) return;
    this.choices.sharp = header.sha256;
    this.report({ ...this.choices, at: Date.now() });
  }

  /** Say what lies at a place of a frame, and mark it in every picture; null for nowhere. */
  #pointAt(u, v) {
    const map = this.#content && this.#map;
    this.#point = u === null ? null : [u, v];
    this.panes.classList.toggle("viewer-pointed", u !== null);
    if (u !== null) {
      this.panes.style.setProperty("--u", `${100 * u}%`);
      this.panes.style.setProperty("--v", `${100 * v}%`);
    }
    const values = u !== null && map
      ? readValue(this.#content.header, this.#tools.brush.rice, map, ...this.#zoom.inPhoto(u, v))
      : this.#content?.header.panel.texts["viewer.hint"];
    this.reading.textContent = this.#tools.hint ?? values ?? "";
  }

  #followKey(event) {
    if (event.altKey || !this.#content || event.target.matches("select")) return;
    if (!this.#tools.followKey(event, this.#point) && !this.#followOwnKey(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Says whether it is a key of the viewer's own. */
  #followOwnKey({ key, target, ctrlKey, metaKey, shiftKey }) {
    if (ctrlKey || metaKey) return false;
    const toggle = Object.keys(TOGGLES).find(name => TOGGLES[name] === key);
    const inPanes = target === this.panes;
    if (toggle) this.#choose({ [toggle]: !this.choices[toggle] });
    else if (key === "b" && this.choices.painted) this.#tools.takeUp();
    else if (key === "f") this.#toggleFull();
    else if (key === "?" || key === "Escape" && !this.controls.keys.hidden) this.controls.help.click();
    else if (inPanes && shiftKey && key.startsWith("Arrow")) this.#step(key);
    else if (inPanes && zoomByKey(this.#zoom, key)) this.#move();
    else return false;
    return true;
  }

  /** Point at the next cell. */
  #step(key) {
    const [rows, columns] = this.#map?.grid ?? [1, 1], [u, v] = this.#point ?? [0.5, 0.5];
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    const { scale } = this.#zoom, inside = value => Math.min(0.999, Math.max(0, value));
    this.#pointAt(inside(u + by[0] * scale / columns), inside(v + by[1] * scale / rows));
    this.reading.role = "status";
  }

  #toggleFull() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen?.();
  }
}
