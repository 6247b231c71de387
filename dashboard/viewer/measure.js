/* The line across a thing of known length, which gives the photo its scale. */

const REACH = 24; // CSS pixels from an end, within which it is taken hold of
const CLICK = 6; // CSS pixels that a click may move, and no line is shorter than

class MeasuringLine {
  ends = null; // [x0, y0, x1, y1] in shares of the photo
  #held = -1;
  #before = null;
  #pressed = [0, 0];
  #begun = null; // the ends to go on from once it is a drag, while it may be a click

  constructor() {
    const make = (tag, properties) => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(properties)) made.setAttribute(name, value);
      return made;
    };
    this.strokes = ["under", "over"].map(name => make("line", { class: `viewer-line-${name}` }));
    this.handles = [0, 1].map(() => make("circle", { r: 8 }));
    this.svg = make("svg", { class: "viewer-measure", "aria-hidden": "true" });
    this.svg.append(...this.strokes, ...this.handles);
  }

  get held() {
    return this.#held >= 0;
  }

  /** Take hold of the end at a place of the frame, or begin a new line there, once it is drawn. */
  begin(u, v, zoom) {
    const far = this.ends ? this.#inFrame(zoom).map(end => this.#distance(end, [u, v])) : [];
    const end = far.findIndex(each => each <= REACH && each === Math.min(...far)), place = zoom.inPhoto(u, v);
    [this.#before, this.#pressed] = [this.ends, [u, v]];
    [this.#begun, this.#held] = end < 0 ? [[...place, ...place], 1] : [this.ends, end];
  }

  drawTo(u, v, zoom) {
    if (this.#begun && this.#distance(this.#pressed, [u, v]) <= CLICK) return;
    if (this.#begun) [this.ends, this.#begun] = [this.#begun, null];
    const place = zoom.inPhoto(u, v).map(each => Math.min(1, Math.max(0, each)));
    this.ends = this.#held ? [...this.ends.slice(0, 2), ...place] : [...place, ...this.ends.slice(2)];
    this.show(zoom);
  }

  /** Let go; says whether a line was drawn: a mere click leaves the one there is. */
  finish(zoom) {
    const drawn = !this.#begun && this.#distance(...this.#inFrame(zoom)) > CLICK;
    if (!drawn) this.ends = this.#before;
    this.#held = -1;
    this.show(zoom);
    return drawn;
  }

  cancel(zoom) {
    this.ends = this.#before;
    this.#held = -1;
    this.show(zoom);
  }

  /** Its length in pixels of a photo of this size. */
  length([width, height]) {
    const [x0, y0, x1, y1] = this.ends ?? [0, 0, 0, 0];
    return Math.hypot((x1 - x0) * width, (y1 - y0) * height);
  }

  /** Draw it where it lies in the frame. */
  show(zoom) {
    for (const each of this.svg.children) each.style.display = this.ends ? "" : "none";
    if (!this.ends) return;
    const ends = this.#inFrame(zoom).map(end => end.map(share => `${100 * share}%`));
    for (const line of this.strokes)
      ends.forEach(([x, y], at) => {
        line.setAttribute(`x${at + 1}`, x);
        line.setAttribute(`y${at + 1}`, y);
      });
    ends.forEach(([x, y], at) => {
      this.handles[at].setAttribute("cx", x);
      this.handles[at].setAttribute("cy", y);
    });
  }

  /** Between two places of the frame, in CSS pixels. */
  #distance([x0, y0], [x1, y1]) {
    const { width, height } = this.svg.getBoundingClientRect();
    return Math.hypot((x1 - x0) * width, (y1 - y0) * height);
  }

  #inFrame({ scale, x, y }) {
    const [x0, y0, x1, y1] = this.ends;
    return [[x0, y0], [x1, y1]].map(([across, down]) => [across * scale + x, down * scale + y]);
  }
}
