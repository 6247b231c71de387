/* What the server sends: see payload.py. */

/** A length, a header in JSON, and the parts that the header names by their places. */
function unpack(message) {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const begin = 4 + view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(message.subarray(4, begin)));
  let at = begin;
  const parts = header.parts.map(([digest, length]) => {
    const bytes = message.subarray(at, at + length);
    at += length;
    return { digest, bytes };
  });
  return { header, parts };
}

/** Decoded parts by digest: what a later message has again is not decoded again. */
class DecodedParts {
  #kept = new Map();

  /** Forget all but these parts. */
  keep(parts) {
    const digests = new Set(parts.map(part => part.digest));
    for (const [digest, promise] of this.#kept)
      if (!digests.has(digest)) {
        this.#kept.delete(digest);
        promise.then(made => made.src && URL.revokeObjectURL(made.src));
      }
  }

  get(part, decode) {
    if (!this.#kept.has(part.digest)) this.#kept.set(part.digest, decode(part.bytes));
    return this.#kept.get(part.digest);
  }
}

/** The header with every part that it names, decoded by a `DecodedParts`. */
async function decodeMessage(header, parts, decoded) {
  const get = (place, decode) => place === null ? null : decoded.get(parts[place], decode);
  const all = async entries => Object.fromEntries(await Promise.all(
    Object.entries(entries).map(async ([name, made]) => [name, await made])));
  const each = (entries, decode) => all(Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => [name, decode(entry)])));
  const decodeMap = map => all({
    ...map, levels: get(map.levels, decodeGrey), cells: get(map.cells, decodeBytes), values: get(map.values, decodeNumbers),
  });
  const decodeSide = side => side.problem ? side : all({
    ...side,
    photo: get(side.photo, decodePhoto),
    sharp: get(side.sharp, decodePhoto),
    stretch: get(side.stretch, decodeBytes),
    rice: get(side.rice, decodeGrey),
    maps: each(side.maps, decodeMap),
  });
  const sides = Promise.all(header.sides.map(decodeSide));
  return all({ ...header, sides, tables: each(header.colors, place => get(place, decodeBytes)) });
}

/** One byte a pixel of a grey PNG, exactly as it was sent. */
async function decodeGrey(bytes) {
  const exactly = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }), exactly);
  const context = newCanvas(bitmap.width, bitmap.height).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  return Uint8Array.from({ length: data.length / 4 }, (_, pixel) => data[4 * pixel]);
}

/** A photo, ready to be shown under its address. */
async function decodePhoto(bytes) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
  await image.decode();
  return image;
}

const decodeNumbers = async bytes => new Float32Array(bytes.slice().buffer);
const decodeBytes = async bytes => bytes;
