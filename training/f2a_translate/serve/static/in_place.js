// The photo with its faces replaced, at its full size, to save.

import { element } from "./faces.js";
import { download } from "./sheet.js";

const LARGE = 4_000_000; // pixels up to which it is a PNG, as f2a-train translate --in-place has it

/** Draw patches over a photo and hand it to the browser's downloads; the first patch, the surest, lies on top. */
export function savePhoto({ image, width, height }, patches) {
  const canvas = element("canvas", { width, height });
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, 0, 0, width, height);
  for (const { patch, square } of patches.toReversed()) {
    const [left, top, side] = square.map(Math.round);
    pen.drawImage(patch, left, top, side, side);
  }
  const [kind, ending] = width * height > LARGE ? ["image/jpeg", "jpg"] : ["image/png", "png"];
  canvas.toBlob((blob) => download(blob, `f2a-photo.${ending}`), kind, 0.95);
}
