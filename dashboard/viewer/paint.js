/* Pixels. The server has normalised every map to levels of 0 to 255; here they only get colours. */

const NOT_SHOWN = "rgb(128 128 128)"; // core.explain.render: what the model was not shown
const OUTLINE = "rgb(255 40 150)"; // dashboard.components.outline
const OUTLINE_WIDTH = 1 / 300; // of the longer side

const thickness = (width, height) => Math.max(1, Math.round(OUTLINE_WIDTH * Math.max(width, height)));

function newCanvas(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}

/** A canvas's context, with the canvas at this size. */
function resized(canvas, width, height) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  return canvas.getContext("2d");
}

/** Each level's pixel, opaque, or as opaque as there is heat; `table` has 256 colours. */
function levelPixels(table, byHeat) {
  const pixels = new Uint8Array(4 * 256);
  for (let level = 0; level < 256; level++) {
    pixels.set(table.subarray(3 * level, 3 * level + 3), 4 * level);
    pixels[4 * level + 3] = byHeat ? level : 255;
  }
  return new Uint32Array(pixels.buffer);
}

function coloredImage(levels, width, height, pixels) {
  const image = new ImageData(width, height);
  const out = new Uint32Array(image.data.buffer);
  for (let at = 0; at < out.length; at++) out[at] = pixels[levels[at]];
  return image;
}

/**
 * Draw a map in colours.
 *
 * @param map `levels` of each pixel; or `cells`, of each cell of `grid`, if `asCells`.
 * @param stage `size` of the picture; `input` and `covered`, where the model's input lies on it,
 *   and what of it the model was shown.
 */
function paintHeat(canvas, map, stage, table, { byHeat = false, asCells = false }) {
  const [width, height] = stage.size, [left, top, across, down] = stage.covered;
  const pixels = levelPixels(table, byHeat), context = resized(canvas, width, height);
  context.clearRect(0, 0, width, height);
  if (!byHeat) {
    context.fillStyle = NOT_SHOWN;
    context.fillRect(0, 0, width, height);
  }
  if (asCells) {
    const [rows, columns] = map.grid, small = newCanvas(columns, rows);
    small.getContext("2d").putImageData(coloredImage(map.cells, columns, rows, pixels), 0, 0);
    context.save();
    context.beginPath();
    context.rect(left, top, across, down);
    context.clip();
    context.imageSmoothingEnabled = false;
    context.clearRect(left, top, across, down);
    context.drawImage(small, ...stage.input);
    context.restore();
  } else {
    const image = coloredImage(map.levels, width, height, pixels);
    context.putImageData(image, 0, 0, left, top, across, down);
  }
}

/** The photo with each value replaced, as the article's tool shows it under its colours. */
function paintStretched(canvas, photo, table) {
  const { naturalWidth: width, naturalHeight: height } = photo;
  const context = resized(canvas, width, height);
  context.drawImage(photo, 0, 0, width, height);
  const image = context.getImageData(0, 0, width, height), { data } = image;
  for (let at = 0; at < data.length; at++) if (at % 4 < 3) data[at] = table[data[at]];
  context.putImageData(image, 0, 0);
}

const LINE_AND_TINT = new Uint32Array(Uint8Array.of(255, 40, 150, 255, 255, 40, 150, 90).buffer);

/** What is rice, tinted, with a line along its inside; only in a box where the rest stands. */
function paintMask(canvas, rice, [width, height], box = [0, 0, width, height]) {
  const context = resized(canvas, width, height), thick = thickness(width, height);
  const left = Math.max(0, box[0] - thick), right = Math.min(width, box[2] + thick);
  const top = Math.max(0, box[1] - thick), bottom = Math.min(height, box[3] + thick);
  if (left >= right || top >= bottom) return;
  const image = new ImageData(right - left, bottom - top), out = new Uint32Array(image.data.buffer);
  const [line, tint] = LINE_AND_TINT;
  for (let y = top, to = 0; y < bottom; y++)
    for (let x = left, at = y * width + left; x < right; x++, at++, to++) {
      if (!rice[at]) continue;
      const within = x >= thick && x < width - thick && y >= thick && y < height - thick
        && rice[at - thick] && rice[at + thick] && rice[at - thick * width] && rice[at + thick * width];
      out[to] = within ? tint : line;
    }
  context.putImageData(image, left, top);
}

/** The line along the inside of what is rice; `rice` has 255 there. */
function paintOutline(canvas, rice, [width, height]) {
  const context = resized(canvas, width, height);
  context.clearRect(0, 0, width, height);
  if (!rice) return;
  const mask = newCanvas(width, height), inside = newCanvas(width, height);
  const pixels = new Uint32Array(256);
  pixels[255] = 0xff000000;
  mask.getContext("2d").putImageData(coloredImage(rice, width, height, pixels), 0, 0);
  const shrunk = inside.getContext("2d"), thick = thickness(width, height);
  shrunk.drawImage(mask, 0, 0);
  shrunk.globalCompositeOperation = "destination-in";
  for (const x of [-thick, 0, thick])
    for (const y of [-thick, 0, thick]) shrunk.drawImage(mask, x, y);
  context.fillStyle = OUTLINE;
  context.globalCompositeOperation = "source-over";
  context.fillRect(0, 0, width, height);
  context.globalCompositeOperation = "destination-in";
  context.drawImage(mask, 0, 0);
  context.globalCompositeOperation = "destination-out";
  context.drawImage(inside, 0, 0);
  context.globalCompositeOperation = "source-over";
}

/** The colours from the low end of the scale to the high one. */
function paintLegend(canvas, table) {
  const ramp = Uint8Array.from({ length: 256 }, (_, level) => level);
  resized(canvas, 256, 1).putImageData(coloredImage(ramp, 256, 1, levelPixels(table)), 0, 0);
}
