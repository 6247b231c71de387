/* The tools that work on the photo by hand: the brush, and the measuring line. */

const SIZES = { min: 0.5, max: 20, step: 0.5, value: 4 }; // of the brush, in per cent of the frame's width

class Tools {
  brush = new Brush();
  line = new MeasuringLine();
  canvas = null; // on which the rice is painted
  #zoom;
  #choose;
  #header = null;
  #choices = null;

  /** `choose` is called with what is done, when it is done. */
  constructor(zoom, choose) {
    this.#zoom = zoom;
    this.#choose = choose;
  }

  /** Take a photo, with the rice that was found in it, or null. */
  take(header, found, choices) {
    const { sha256, size } = header, { painted, line } = choices;
    [this.#header, this.#choices] = [header, choices];
    this.brush.take(sha256, size, found, painted?.of === sha256 ? painted.runs : []);
    if (!this.line.held) this.line.ends = line?.of === sha256 ? line.ends : null;
  }

  /** The tool in hand: "brush", "measure" or "". */
  get inHand() {
    if (!this.#header) return "";
    const { sha256, reference } = this.#header, { painted, brush, measure } = this.#choices;
    if (painted && brush === sha256) return "brush";
    return reference && measure === sha256 ? "measure" : "";
  }

  takeUp() {
    this.#choose({ brush: this.#header.sha256, measure: "", outline: true });
  }

  layDown() {
    this.cancel();
    this.#choose({ brush: "", measure: "" });
  }

  /** What can be done with the tool in hand. */
  get hint() {
    return this.texts[`${this.inHand}.hint`];
  }

  /** Make a bar for each tool, and `done`, which ends it; `id` is unlike any other viewer's. */
  makeBars(texts, id) {
    const button = (name, act, keys) => {
      const made = element("button", { type: "button", name, ...keys && { "aria-keyshortcuts": keys } }, texts[`brush.${name}`]);
      made.addEventListener("click", () => made.ariaDisabled === "true" || act());
      return made;
    };
    this.kinds = makeSegments(`${id}-kind`, texts.brush, [[RICE, texts["brush.rice"]], [BACKGROUND, texts["brush.background"]]],
      kind => { this.brush.kind = Number(kind); });
    this.size = element("input", { type: "range", name: "size", ...SIZES, value: this.size?.value ?? SIZES.value, "aria-keyshortcuts": ", ." });
    this.size.addEventListener("input", () => this.show());
    this.undo = button("undo", () => this.#change(brush => brush.undo()), "Control+Z");
    this.redo = button("redo", () => this.#change(brush => brush.redo()), "Control+Y");
    this.found = button("found", () => this.#change(brush => brush.fill(FOUND)));
    this.reading = element("output");
    const row = (...parts) => element("div", { className: "viewer-row" }, ...parts);
    this.done = button("done", () => this.layDown(), "Escape");
    this.done.hidden = true;
    this.texts = texts;
    this.bars = {
      brush: element("div", { className: "viewer-tool" },
        row(this.kinds.set, element("label", { className: "viewer-blend" }, element("span", {}, texts["brush.size"]), this.size)),
        row(this.undo, this.redo, button("nothing", () => this.#change(brush => brush.fill(BACKGROUND))), this.found)),
      measure: element("div", { className: "viewer-tool" }, row(this.reading)),
    };
    for (const bar of Object.values(this.bars)) bar.hidden = true;
    return Object.values(this.bars);
  }

  /** Draw what the tool in hand has to show. */
  show() {
    if (!this.#header) return; // of two sides, no tool works on any
    const { inHand, brush, line, texts } = this, { reference, full } = this.#header;
    for (const [tool, bar] of Object.entries(this.bars)) bar.hidden = tool !== inHand;
    this.done.hidden = !inHand;
    line.svg.style.display = inHand === "measure" ? "" : "none";
    if (inHand === "brush") {
      this.canvas.hidden = false;
      paintMask(this.canvas, brush.shown, this.#header.size);
      this.canvas.closest(".viewer-frame").style.setProperty("--brush", `${this.size.value}%`);
      this.kinds.show(brush.kind);
      // Not `disabled`, which would take the focus away.
      for (const [button, steps] of [[this.undo, brush.past], [this.redo, brush.future], [this.found, brush.runs]])
        button.ariaDisabled = String(!steps.length);
    } else if (inHand === "measure") {
      const scale = line.length(full) / reference.mm;
      this.reading.textContent = say(texts[scale ? "measure.scale" : "measure.across"], { what: reference.label, scale: scale.toFixed(1) });
      line.show(this.#zoom);
    }
  }

  begin(u, v) {
    if (this.inHand === "measure") this.line.begin(u, v, this.#zoom);
    else if (this.inHand === "brush") this.#paintTo(u, v);
  }

  /** Follow to a place of the frame; says whether a tool does. */
  move(u, v) {
    if (this.line.held) {
      this.line.drawTo(u, v, this.#zoom);
      this.show();
    } else if (this.brush.painting) this.#paintTo(u, v);
    else return false;
    return true;
  }

  end() {
    if (this.brush.painting) this.#change(brush => brush.finish());
    if (!this.line.held) return;
    if (this.line.finish(this.#zoom)) this.#choose({ line: { of: this.#header.sha256, ends: this.line.ends } });
    this.show();
  }

  cancel() {
    if (this.brush.painting) this.brush.cancel();
    if (this.line.held) this.line.cancel(this.#zoom);
    this.show();
  }

  /** Follow a key, if it is one for the tool in hand; `point` is the place in view that is read. */
  followKey({ key, ctrlKey, metaKey, shiftKey, target }, point) {
    const { inHand, brush, size } = this, letter = key.toLowerCase();
    if (inHand && key === "Escape") this.layDown();
    else if (inHand !== "brush" || brush.painting) return false;
    else if (ctrlKey || metaKey) {
      if (letter === "z" && !shiftKey) this.#change(() => brush.undo());
      else if (letter === "y" || letter === "z") this.#change(() => brush.redo());
      else return false;
    } else if (key === "," || key === ".") {
      if (key === ",") size.stepDown();
      else size.stepUp();
      this.show();
    } else if (letter === "x") {
      brush.kind = brush.kind === RICE ? BACKGROUND : RICE;
      this.show();
    } else if (key === "Enter" && point && target.matches(".viewer-panes")) {
      this.begin(...point);
      this.end();
    } else return false;
    return true;
  }

  #paintTo(u, v) {
    const [width, height] = this.#header.size, [across, down] = this.#zoom.inPhoto(u, v);
    const radius = this.size.value / 200 * width / this.#zoom.scale;
    const box = this.brush.paintTo([across * width, down * height], radius);
    paintMask(this.canvas, this.brush.shown, this.#header.size, box);
  }

  /** Change what is painted; the server hears of it. */
  #change(act) {
    act(this.brush);
    this.#choose({ painted: { of: this.#header.sha256, runs: this.brush.runs } });
  }
}
