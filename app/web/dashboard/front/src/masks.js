// Masks as pictures: run lengths, down the columns, as a list or as COCO's text (docs/geometry.md).
const LARGEST = 40_000_000; // pixels that are laid out

/** The run lengths that COCO's compressed TEXT stands for. */
function lengths(text) {
  const told = [];
  for (let at = 0; at < text.length; ) {
    let value = 0;
    let shift = 0;
    for (let more = true; more; shift += 5) {
      const bits = text.charCodeAt(at++) - 48;
      value |= (bits & 0x1f) << shift;
      more = (bits & 0x20) !== 0;
      if (!more && bits & 0x10) value |= -1 << (shift + 5);
    }
    told.push(told.length > 2 ? value + told[told.length - 2] : value);
  }
  return told;
}

/** `{x, y, width, height, url}`: the mask in COLOUR, "#rrggbb", as a picture of its bounds; null where nothing is on. */
export function picture({ size: [height, width], counts }, colour) {
  if (width * height > LARGEST) return null;
  const runs = typeof counts === "string" ? lengths(counts) : counts;
  const box = { left: width, top: height, right: 0, bottom: 0 };
  const on = [];
  let at = 0;
  runs.forEach((length, n) => {
    if (n % 2 && length) {
      on.push([at, length]);
      const [first, last] = [at, at + length - 1];
      box.left = Math.min(box.left, Math.floor(first / height));
      box.right = Math.max(box.right, Math.floor(last / height) + 1);
      const isWhole = Math.floor(first / height) !== Math.floor(last / height);
      box.top = Math.min(box.top, isWhole ? 0 : first % height);
      box.bottom = Math.max(box.bottom, isWhole ? height : (last % height) + 1);
    }
    at += length;
  });
  if (!on.length) return null;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [box.right - box.left, box.bottom - box.top];
  const drawing = canvas.getContext("2d");
  const pixels = drawing.createImageData(canvas.width, canvas.height);
  const rgb = [1, 3, 5].map((n) => parseInt(colour.slice(n, n + 2), 16) || 0);
  for (const [start, length] of on) {
    for (let p = start; p < start + length; p++) {
      const x = Math.floor(p / height) - box.left;
      const y = (p % height) - box.top;
      pixels.data.set([...rgb, 255], (y * canvas.width + x) * 4);
    }
  }
  drawing.putImageData(pixels, 0, 0);
  return { x: box.left, y: box.top, width: canvas.width, height: canvas.height, url: canvas.toDataURL() };
}
