/* The brush that corrects by hand what counts as rice. */

const [FOUND, RICE, BACKGROUND] = [0, 1, 2]; // dashboard.work.painted_mask
const MOST_UNDONE = 50; // strokes

/** The pixels whose centres lie within `radius` of a line, by their places in a picture's rows. */
function pixelsOnStroke([width, height], [x0, y0], [x1, y1], radius) {
  const reach = Math.max(radius, Math.SQRT1_2), found = []; // one pixel at least
  const across = x1 - x0, down = y1 - y0, squared = across ** 2 + down ** 2;
  const range = (one, other, most) => [
    Math.max(0, Math.floor(Math.min(one, other) - reach)), Math.min(most, Math.ceil(Math.max(one, other) + reach))];
  const [left, right] = range(x0, x1, width), [top, bottom] = range(y0, y1, height);
  for (let row = top; row < bottom; row++)
    for (let column = left; column < right; column++) {
      const x = column + 0.5 - x0, y = row + 0.5 - y0;
      const share = squared ? Math.min(1, Math.max(0, (x * across + y * down) / squared)) : 0;
      if ((x - share * across) ** 2 + (y - share * down) ** 2 <= reach ** 2) found.push(row * width + column);
    }
  return found;
}

/** What each pixel is painted as, in run lengths as the server takes them. */
function packRuns(kinds) {
  const runs = [];
  for (let at = 0, end; at < kinds.length; at = end) {
    for (end = at + 1; kinds[end] === kinds[at];) end++;
    runs.push(3 * (end - at) + kinds[at]);
  }
  return runs.length === 1 && kinds[0] === FOUND ? [] : runs;
}

function unpackRuns(runs, pixels) {
  const kinds = new Uint8Array(pixels);
  let at = 0;
  for (const run of runs) kinds.fill(run % 3, at, at += Math.floor(run / 3));
  return kinds;
}

/** A photo's rice as it was found, and what is painted over it; with the way back. */
class Brush {
  kind = RICE;
  runs = [];
  past = [];
  future = [];
  #photo = "";
  #size = [0, 0];
  #found = null;
  #kinds = null;
  #laid = null;
  #last = null;

  /** Take the rice as it was found in a photo, or null, and what is painted over it. */
  take(photo, size, found, runs) {
    const same = photo === this.#photo && JSON.stringify(runs) === JSON.stringify(this.runs);
    if (found !== this.#found) this.#laid = null;
    [this.#photo, this.#size, this.#found] = [photo, size, found];
    if (same) return; // what is being painted stays
    [this.past, this.future, this.#last] = [[], [], null];
    this.#take(runs);
  }

  /** 255 where a pixel counts as rice; null until it is known what was found. */
  get rice() {
    return this.#found && this.shown;
  }

  /** The same; until then of what is painted alone. */
  get shown() {
    const found = this.#found;
    return this.#laid ??= this.#kinds.map((kind, at) => kind === FOUND ? found?.[at] ?? 0 : kind === RICE ? 255 : 0);
  }

  get painting() {
    return this.#last !== null;
  }

  /** Paint on to a place of the photo; gives the box that this changes: all in pixels. */
  paintTo(place, radius) {
    const from = this.#last ?? place;
    this.#last = place;
    const { shown } = this;
    for (const at of pixelsOnStroke(this.#size, from, place, radius)) {
      this.#kinds[at] = this.kind;
      shown[at] = this.kind === RICE ? 255 : 0;
    }
    const [left, top] = [0, 1].map(axis => Math.floor(Math.min(from[axis], place[axis]) - radius - 1));
    const [right, bottom] = [0, 1].map(axis => Math.ceil(Math.max(from[axis], place[axis]) + radius + 1));
    return [left, top, right, bottom];
  }

  /** End the stroke. */
  finish() {
    this.#last = null;
    this.#keep();
    this.runs = packRuns(this.#kinds);
  }

  /** Forget the stroke. */
  cancel() {
    this.#last = null;
    this.#take(this.runs);
  }

  /** Count every pixel as one kind. */
  fill(kind) {
    this.#keep();
    this.#take(kind === FOUND ? [] : [3 * this.#size[0] * this.#size[1] + kind]);
  }

  undo() {
    this.#step(this.past, this.future);
  }

  redo() {
    this.#step(this.future, this.past);
  }

  #step(from, to) {
    if (!from.length) return;
    to.push(this.runs);
    this.#take(from.pop());
  }

  #keep() {
    this.past = [...this.past, this.runs].slice(-MOST_UNDONE);
    this.future = [];
  }

  #take(runs) {
    this.runs = runs;
    this.#kinds = unpackRuns(runs, this.#size[0] * this.#size[1]);
    this.#laid = null;
  }
}
