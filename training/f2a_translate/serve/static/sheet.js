// All shown faces as one picture to save: sources left, results right.

import { element } from "./faces.js";

const SIDE = 256;
const GAP = 16;
const ROWS = 4; // then the next column begins

/** Draw pairs of image addresses and hand the picture to the browser's downloads. */
export async function save(pairs) {
  const images = await Promise.all(pairs.map((pair) => Promise.all(pair.map(loaded))));
  const columns = Math.ceil(images.length / ROWS);
  const rows = Math.min(images.length, ROWS);
  const canvas = element("canvas", { width: columns * 2 * (SIDE + GAP) + GAP, height: rows * (SIDE + GAP) + GAP });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "white";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "high";
  images.forEach((pair, index) => pair.forEach((image, side) => {
    const column = 2 * Math.floor(index / ROWS) + side;
    pen.drawImage(image, GAP + column * (SIDE + GAP), GAP + (index % ROWS) * (SIDE + GAP), SIDE, SIDE);
  }));
  canvas.toBlob((blob) => download(blob, "f2a-faces.png"), "image/png");
}

async function loaded(src) {
  const image = new Image();
  image.src = src;
  await image.decode();
  return image;
}

/** Hand a file to the browser's downloads. */
export function download(blob, name) {
  const href = URL.createObjectURL(blob);
  element("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000); // the download has begun by then
}
