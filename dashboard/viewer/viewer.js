/* The viewer: one photo's pictures, or those of two sides, class by class, moved together. */

const NARROW = 640; // CSS pixels, below which there is one picture at a time
const SETTLED = 250; // milliseconds without a move, after which the photo's own pixels are asked for
const LINKED = "viewer"; // the key of the viewer whose zoom the page's address names
const ANSWER = ".st-key-head"; // what the page says of the photo, above the viewer
const WHOLE_SCREEN = "viewer-whole-screen"; // of the document, while a viewer covers it
const viewers = new WeakMap();
let readLink = true; // the zoom of a link is the first photo's, once
const memories = new Map(); // by key: what the visitor chose, also while the viewer is not there
let covering = ""; // the key of the viewer that has the whole screen; the next photo's viewer has it, too

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  let viewer = viewers.get(parentElement);
  if (!viewer) viewers.set(parentElement, viewer = new Viewer(parentElement));
  viewer.report = choices => setStateValue("choices", choices);
  viewer.reportStep = by => setTriggerValue("step", by);
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
  #shows = "";
  #panel = "";
  #taken = 0;
  #content = null;
  #focusNext = null;
  #curtain = 50;

  constructor(parent) {
    this.root = element("section", { className: "viewer" });
    parent.append(this.root);
    this.resizing = new ResizeObserver(() => this.#show());
    this.resizing.observe(this.root);
    this.root.addEventListener("keydown", event => this.#followKey(event));
    this.followScreen = () => {
      if (!document.fullscreenElement) covering = "";
      this.#show();
    };
    document.addEventListener("fullscreenchange", this.followScreen);
  }

  leave() {
    document.removeEventListener("fullscreenchange", this.followScreen);
    this.resizing.disconnect();
    clearTimeout(this.settling);
    this.#parts.keep([]);
    memories.get(this.key).shows = "nothing"; // the next one takes the focus, if nothing else has it
    this.root.remove();
  }

  /** Show what the server sent, as soon as its pixels are decoded. */
  async take(message) {
    const { header, parts } = unpack(message), text = JSON.stringify(header);
    if (text === this.#known) return;
    this.#known = text;
    this.key = header.key;
    const memory = memories.get(this.key) ?? {}, { revision, before, news } = header;
    if (memory.revision !== revision) {
      const choices = { ...header.choices, ...memory.revision === before && memory.choices };
      for (const name of news) choices[name] = header.choices[name];
      memories.set(this.key, { ...memory, revision, choices });
    }
    const kept = memories.get(this.key);
    if (kept.shows && kept.shows !== header.shows) kept.focused ??= "[name=panes]"; // the button that led on may be gone
    kept.shows = header.shows;
    this.choices = kept.choices;
    if (header.shows !== this.#shows) { // nothing of the one before stands under the new one's name
      this.#shows = header.shows;
      Object.assign(this.root.dataset, { key: header.key, shows: header.shows, waiting: "" });
      this.#zoom.set(...(readLink && this.key === LINKED && readZoom(header.shows)) || [1, 0, 0]);
      readLink &&= this.key !== LINKED;
    }
    this.#build(header);
    const taken = ++this.#taken;
    const decoded = await decodeMessage(header, parts, this.#parts);
    if (taken !== this.#taken) return;
    this.#content = decoded;
    this.#parts.keep(parts);
    decoded.sides.forEach((side, at) => this.sides[at].take(side));
    if (!this.#pair) this.#tools.take(decoded.sides[0], decoded.sides[0].rice, this.choices);
    this.#show();
    delete this.root.dataset.waiting;
    this.#focus();
  }

  /** Make the elements, if the words or the shape are others. */
  #build(header) {
    const panel = JSON.stringify([header.panel, header.sides.map(({ size, title, help }) => [size, title, help])]);
    if (panel === this.#panel) return;
    this.#panel = panel;
    this.#content = null; // until it is decoded, the new elements have none
    const memory = memories.get(this.key);
    this.#focusNext = this.#focused ?? memory.focused ?? this.#focusNext;
    memory.focused = null;
    const open = this.controls && !this.controls.keys.hidden;
    const { texts } = header.panel;
    this.controls = makeControls(header.panel, (choices, dragged) => this.#choose(choices, dragged), by => this.#step(by), this.#tools);
    this.controls.full.addEventListener("click", () => this.#toggleFull());
    if (open) this.controls.help.click();
    const pair = header.sides.length > 1;
    this.sides = header.sides.map(side => new Side(side, pair, texts, at => this.#drawCurtain(at)));
    if (!pair) {
      this.sides[0].figures.original.querySelector(".viewer-frame").append(this.#tools.line.svg);
      this.#tools.canvas = this.sides[0].outline;
    }
    this.scale = makeScale();
    this.scale.root = element("div", { className: "viewer-scale" }, ...this.scale.parts);
    this.panes = element("div", { className: "viewer-panes", tabIndex: 0, name: "panes", role: "group", ariaLabel: texts["viewer.pictures"], "aria-keyshortcuts": "+ - 0" },
      ...this.sides.map(side => side.root), this.scale.root);
    this.panes.style.setProperty("--sides", this.sides.length);
    this.panes.style.setProperty("--widest", Math.max(...header.sides.map(({ size }) => size ? size[0] / size[1] : 0)));
    this.root.classList.toggle("viewer-pair", pair);
    followGestures(this.panes, this.#zoom, () => this.#move(), (u, v) => this.#pointAt(u, v), this.#tools);
    this.root.replaceChildren(
      element("div", { className: "viewer-head" }, this.controls.classes, this.controls.settings),
      this.controls.keys, this.panes);
  }

  /** Give the focus back that was lost with other elements. */
  #focus() {
    const next = this.#focusNext;
    this.#focusNext = null;
    if (!next || !document.activeElement.contains(this.root)) return; // something else has it
    this.root.querySelector(next)?.focus({ preventScroll: true });
    if (!this.root.contains(document.activeElement)) this.panes.focus({ preventScroll: true }); // it cannot be used now
  }

  get #pair() {
    return this.sides.length > 1;
  }

  /** A selector of what has the focus. */
  get #focused() {
    if (!this.root.contains(document.activeElement)) return null;
    const { type, value } = document.activeElement, name = document.activeElement.getAttribute("name");
    return name && `[name="${CSS.escape(name)}"]` + (type === "radio" ? `[value="${CSS.escape(value)}"]` : "");
  }

  /** Take a choice; the server hears of it when it is not dragged any more. */
  #choose(choices, dragged = false) {
    Object.assign(this.choices, choices);
    if ("blend" in choices) this.#drawBlend();
    else this.#show();
    if (!dragged) this.#report();
  }

  #report() {
    this.report({ ...this.choices, at: Date.now() });
  }

  /** Draw all that hangs on the choices. */
  #show() {
    if (!this.#content) return;
    const { choices } = this, { tables, scale, way, usual } = this.#content;
    const alone = !this.#pair, narrow = this.root.clientWidth < NARROW, { inHand, brush } = this.#tools;
    const full = covering === this.key, table = tables[choices.colors];
    if (inHand && !this.panes.dataset.inHand) this.before = document.activeElement;
    if (alone) this.sides[0].marks = [brush.rice, brush.runs, inHand];
    this.controls.show(choices, usual, { narrow, alone, full, way, inHand: Boolean(inHand) });
    this.root.classList.toggle("viewer-full", full);
    document.documentElement.classList.toggle(WHOLE_SCREEN, Boolean(covering));
    const count = narrow || inHand || !alone ? 1 : choices.panes;
    const panes = inHand ? ["original"] : count === 1 ? [choices.pane] : PANES.filter(pane => count > 2 || pane !== "heatmap");
    this.panes.classList.toggle("viewer-large", alone && !narrow && count < 3);
    for (const side of this.sides) side.show(choices, table, panes);
    this.scale.root.hidden = !scale || choices.pane === "original";
    if (scale) this.scale.show(table, scale);
    this.#tools.show();
    this.#bringToHand(inHand);
    this.#drawBlend();
    this.#drawCurtain(this.#curtain);
    this.#move();
    if (!this.#point) this.#pointAt(null);
  }

  /** What a tool works on is in view below the answer, and hears of keys; then back to where one was. */
  #bringToHand(inHand) {
    const { dataset } = this.panes;
    if (inHand === (dataset.inHand ?? "")) return;
    if (inHand) {
      this.panes.focus({ preventScroll: true });
      const { top } = this.root.getBoundingClientRect();
      const bottom = Math.max(...[this.panes, this.controls.settings].map(each => each.getBoundingClientRect().bottom));
      if (top < 0 || bottom > innerHeight) (document.querySelector(ANSWER) ?? this.root).scrollIntoView();
      dataset.inHand = inHand;
    } else {
      delete dataset.inHand;
      this.before?.focus();
    }
  }

  #drawBlend() {
    for (const side of this.sides) side.drawBlend(this.choices.blend);
  }

  #drawCurtain(at) {
    this.#curtain = at;
    for (const { curtain } of this.sides) curtain.value = at;
    this.panes.style.setProperty("--curtain", `${this.choices.curtain ? at : 0}%`);
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
      if (this.key === LINKED) writeZoom(this.#zoom, this.#shows);
      this.#sharpen();
    }, SETTLED);
  }

  /** Ask for the photos' own pixels, where the previews have fewer than the screen. */
  #sharpen() {
    if (!this.#content || this.choices.sharp === this.#shows) return;
    if (!this.sides.some(side => side.lacksPixels(this.#zoom.scale))) return;
    this.choices.sharp = this.#shows;
    this.#report();
  }

  /** Say what lies at a place of a frame, and mark it in every picture; null for nowhere. */
  #pointAt(u, v) {
    if (!this.#content) return;
    const place = u === null ? null : this.#zoom.inPhoto(u, v), { texts } = this.#content.panel;
    const hint = this.#tools.hint ?? texts[matchMedia("(hover: none)").matches ? "viewer.hint.touch" : "viewer.hint"];
    this.#point = u === null ? null : [u, v];
    this.panes.classList.toggle("viewer-pointed", u !== null);
    this.sides.forEach((side, at) => side.read(this.#tools.hint ? null : place, this.choices, at ? "" : hint));
    if (u === null) return;
    this.panes.style.setProperty("--u", `${100 * u}%`);
    this.panes.style.setProperty("--v", `${100 * v}%`);
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
    else if (key in STEPS && this.#content.way) this.#step(STEPS[key]);
    else if (key === "f") this.#toggleFull();
    else if (key === "?" || key === "Escape" && !this.controls.keys.hidden) this.controls.help.click();
    else if (inPanes && shiftKey && key.startsWith("Arrow")) this.#pointFurther(key);
    else if (inPanes && zoomByKey(this.#zoom, key)) this.#move();
    else return false;
    return true;
  }

  /** Point at the next cell of the first side. */
  #pointFurther(key) {
    const [rows, columns] = this.sides[0].map(this.choices)?.grid ?? [1, 1], [u, v] = this.#point ?? [0.5, 0.5];
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    const { scale } = this.#zoom, inside = value => Math.min(0.999, Math.max(0, value));
    this.#pointAt(inside(u + by[0] * scale / columns), inside(v + by[1] * scale / rows));
    for (const { reading } of this.sides) reading.role = "status";
  }

  /** Go to another photo; its viewer goes on with what has the focus. */
  #step(by) {
    memories.get(this.key).focused = this.#focused;
    this.reportStep(by);
  }

  #toggleFull() {
    if (document.fullscreenElement) return document.exitFullscreen();
    covering = this.key;
    document.documentElement.requestFullscreen();
  }
}
