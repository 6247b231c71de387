/* A side of the viewer: one photo as one model sees it, and what is said of it. */

/** The colours of the heat, and what they stand for. */
function makeScale() {
  const legend = element("canvas", { className: "viewer-legend" }), said = element("p");
  const low = element("span"), high = element("span");
  const show = (table, map) => {
    paintLegend(legend, table);
    low.textContent = map.low;
    high.textContent = map.high;
    said.textContent = map.legend;
  };
  return { parts: [legend, element("div", { className: "viewer-ends" }, low, high), said], show };
}

class Side {
  #content = null; // the server's words, with every part decoded
  #painted = new Map(); // by canvas: what it shows
  marks = [null]; // of the rice: 255 where a pixel is, what is painted by hand, and with which tool now

  /**
   * @param side The server's words: `size` and, of one of two, `title` and `help`.
   * @param pair Whether it is one of two.
   * @param texts The texts.
   * @param drawCurtain Called with the curtain's place in per cent, while it is moved.
   */
  constructor({ size, title, help }, pair, texts, drawCurtain) {
    this.texts = texts;
    this.where = element("p", { className: "viewer-where", role: "status" });
    this.reading = element("p", { className: "viewer-reading" });
    this.nothing = element("p", { className: "viewer-nothing" });
    this.curtain = element("input", { type: "range", className: "viewer-curtain", min: 0, max: 100, step: 0.1, ariaLabel: texts["viewer.curtain"] });
    this.curtain.addEventListener("input", () => drawCurtain(this.curtain.value));
    this.#buildFigures(texts, pair);
    this.pictures = element("div", { className: "viewer-pictures" }, ...Object.values(this.figures), this.nothing);
    this.root = element("div", { className: "viewer-side" }, this.pictures, this.where, this.reading);
    if (pair) {
      this.answer = element("span");
      this.unfamiliar = element("span", { className: "viewer-unfamiliar" });
      this.root.prepend(element("p", { className: "viewer-answer" }, element("strong", { title: help }, title), " ", this.answer, this.unfamiliar));
      this.reading.after(this.where, this.captions.original); // it is in view while one points
    }
    if (size) this.root.style.setProperty("--aspect", size[0] / size[1]);
  }

  #buildFigures(texts, pair) {
    const world = (...layers) => element("div", { className: "viewer-world" }, ...layers);
    const canvas = name => this[name] = element("canvas", { className: `viewer-${name}` });
    const photo = () => element("img", { alt: "", draggable: false });
    const layers = {
      original: [world(photo(), canvas("outline"))],
      heatmap: [world(canvas("heat"))],
      overlay: [
        world(photo()),
        element("div", { className: "viewer-clip" }, world(canvas("stretched"), canvas("cover"))),
        world(canvas("line")),
      ],
    };
    this.scale = makeScale();
    this.captions = { original: element("p"), overlay: element("p") };
    const below = {
      original: [this.captions.original], heatmap: this.scale.parts, overlay: [this.captions.overlay],
    };
    this.figures = Object.fromEntries(PANES.map(pane => {
      const picture = element("div", { className: "viewer-picture", role: "img" }, ...layers[pane]);
      const frame = element("div", { className: "viewer-frame" }, picture, element("i", { className: "viewer-cross" }));
      if (pane === "overlay") frame.append(this.curtain);
      const figure = element("figure", { className: `viewer-${pane}` }, frame);
      if (!pair) {
        figure.prepend(element("strong", { title: texts[`picture.${pane}.help`] }, texts[`picture.${pane}`]));
        figure.append(element("figcaption", {}, ...below[pane]));
      }
      return [pane, figure];
    }));
  }

  take(content) {
    this.#content = content;
    this.marks = [content.rice];
    const photo = content.sharp ?? content.photo;
    for (const image of this.root.querySelectorAll("img")) if (image.src !== photo?.src) image.src = photo.src;
  }

  /** The map of a class, or of what is shown unless one is chosen. */
  map(choices) {
    return this.#content.maps?.[choices.target || this.#content.usual];
  }

  /** Whether the screen has more pixels for the photo than the preview has. */
  lacksPixels(scale) {
    const { size, full } = this.#content, frame = this.root.querySelector("figure:not([hidden]) .viewer-frame");
    return Boolean(frame) && full[0] > size[0] && frame.clientWidth * scale * devicePixelRatio > size[0];
  }

  /** Draw what hangs on the choices; `panes` are those that there is room for. */
  show(choices, table, panes) {
    const { problem, name, caption, answer, unfamiliar } = this.#content, map = this.map(choices);
    const heat = Boolean(map) && !map.nothing, { texts, captions } = this;
    for (const pane of PANES)
      this.figures[pane].hidden = heat ? !panes.includes(pane) : pane !== "original" || Boolean(problem);
    PANES.filter(pane => !this.figures[pane].hidden).forEach((pane, at) => this.figures[pane].style.gridColumn = at + 1);
    this.pictures.style.setProperty("--panes", heat || panes.length === 1 ? panes.length : Math.max(2, panes.length));
    this.where.textContent = map?.where ?? "";
    this.nothing.textContent = problem || (map ? map.nothing : texts["viewer.waiting"]);
    this.nothing.hidden = heat;
    this.where.hidden = !heat;
    const alt = { original: name, heatmap: this.where.textContent, overlay: this.where.textContent };
    for (const pane of PANES)
      this.figures[pane].querySelector(".viewer-picture").ariaLabel = `${texts[`picture.${pane}`]}: ${alt[pane]}`;
    captions.original.textContent = caption ?? "";
    if (this.answer) this.answer.textContent = answer;
    if (this.unfamiliar) this.unfamiliar.textContent = unfamiliar ?? "";
    this.curtain.hidden = !choices.curtain;
    if (problem) return;
    if (heat) {
      this.scale.show(table, map);
      this.#paintMap(map, choices, table);
    }
    this.#paintPhoto(choices);
  }

  #paintMap(map, choices, table) {
    const stage = this.#content, { cells: asCells, heat_only: byHeat } = choices, { heat, cover } = this;
    const of = [map.levels, map.cells, table, asCells];
    this.#paint(heat, of, () => paintHeat(heat, map, stage, table, { asCells }));
    this.#paint(cover, [...of, byHeat], () => byHeat
      ? paintHeat(cover, map, stage, table, { asCells, byHeat })
      : resized(cover, heat.width, heat.height).drawImage(heat, 0, 0));
  }

  #paintPhoto(choices) {
    const { sharp, photo, stretch, size } = this.#content, shown = sharp ?? photo, [rice, , inHand] = this.marks;
    this.stretched.hidden = choices.colors !== "jet";
    if (!this.stretched.hidden) this.#paint(this.stretched, [shown, stretch], () => paintStretched(this.stretched, shown, stretch));
    for (const canvas of [this.outline, this.line]) {
      canvas.hidden = !choices.outline || !rice || Boolean(inHand);
      if (inHand) this.#painted.delete(canvas); // a tool paints there
      if (!canvas.hidden) this.#paint(canvas, this.marks, () => paintOutline(canvas, rice, size));
    }
  }

  /** Paint a canvas, unless it shows the same. */
  #paint(canvas, of, paint) {
    const before = this.#painted.get(canvas);
    if (before?.every((each, at) => each === of[at])) return;
    this.#painted.set(canvas, of);
    paint();
  }

  drawBlend(blend) {
    this.cover.style.opacity = blend / 100;
    this.captions.overlay.textContent = say(this.texts["caption.overlay"], { blend });
  }

  /** Say what the map has at a place of the photo, in shares of its sides; or else that. */
  read(place, choices, otherwise) {
    const map = place && this.map(choices);
    this.reading.textContent = map ? this.#valueAt(map, ...place) : otherwise;
    const around = map && !this.answer ? this.pictures : this.root; // of one photo right below the pictures
    if (this.reading.parentNode !== around) around.append(this.reading);
  }

  #valueAt(map, across, down) {
    const { size: [width, height], input: [left, top, wide, high], covered } = this.#content;
    const { texts, marks: [rice] } = this, [rows, columns] = map.grid;
    const column = Math.floor((across * width - left) / wide * columns);
    const row = Math.floor((down * height - top) / high * rows);
    const [x, y, w, h] = covered, px = across * width, py = down * height;
    if (px < x || py < y || px >= x + w || py >= y + h) return texts["viewer.place.unseen"];
    const value = map.values[Math.min(rows - 1, row) * columns + Math.min(columns - 1, column)];
    const share = map.most > 0 ? Math.round(100 * Math.max(0, value) / map.most) : 0;
    const said = say(texts["viewer.place"], { row: row + 1, column: column + 1, share: Math.min(100, share), value: value.toPrecision(3) });
    if (!rice) return said;
    const onRice = rice[Math.floor(py) * width + Math.floor(px)] > 0;
    return said + texts[onRice ? "viewer.place.rice" : "viewer.place.beside"];
  }
}
