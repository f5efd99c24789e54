// Shapes as docs/geometry.md has them: their corners, and what comes of moving these. Nothing here touches the page.

export const DRAWN = ["box", "polygon", "rotated_box", "polyline", "point", "keypoints"]; // what people make here
const SMALLEST = 1; // pixels that a side keeps

const round = (value) => Math.round(value * 100) / 100;
const shifted = ([x, y, ...rest], dx, dy) => [round(x + dx), round(y + dy), ...rest];

function turned(d, x, y) {
  const angle = ((d.angle ?? 0) * Math.PI) / 180;
  return [d.x + x * Math.cos(angle) - y * Math.sin(angle), d.y + x * Math.sin(angle) + y * Math.cos(angle)];
}

const SIDES = [[-1, -1], [1, -1], [1, 1], [-1, 1]]; // of a box: clockwise from the upper left

/** The outlines of a shape, each a list of points: the first is the outer one, the others are holes. */
export function rings(d) {
  switch (d.type) {
    case "box":
      return [SIDES.map(([a, b]) => [d.x + (a > 0 ? d.width : 0), d.y + (b > 0 ? d.height : 0)])];
    case "rotated_box":
      return [SIDES.map(([a, b]) => turned(d, (a * d.width) / 2, (b * d.height) / 2))];
    case "polygon":
      return [d.points, ...(d.holes ?? [])];
    case "polyline":
    case "keypoints":
      return [d.points];
    case "point":
      return [[[d.x, d.y]]];
    default:
      return [];
  }
}

/** What can be taken hold of: `{ring, n, x, y}` for each corner. */
export function corners(d) {
  return rings(d).flatMap((points, ring) => points.map(([x, y], n) => ({ ring, n, x, y })));
}

/** The least upright box around a shape: `{x, y, width, height}`; null for what lies nowhere on a picture. */
export function bounds(d) {
  if (d.type === "mask") return { x: 0, y: 0, width: d.size[1], height: d.size[0] };
  let points = rings(d).flat();
  if (d.type === "keypoints") points = points.filter(([, , v]) => v > 0);
  if (!points.length) return null;
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

/** The shape, moved. */
export function moved(d, dx, dy) {
  if (d.type === "polygon" || d.type === "polyline" || d.type === "keypoints") {
    const told = { ...d, points: d.points.map((point) => shifted(point, dx, dy)) };
    if (d.holes) told.holes = d.holes.map((hole) => hole.map((point) => shifted(point, dx, dy)));
    return told;
  }
  return "x" in d ? { ...d, x: round(d.x + dx), y: round(d.y + dy) } : d;
}

/** The shape, larger by so many pixels to the right and below; what has no width is scaled from its upper left corner. */
export function grown(d, dx, dy) {
  if ("width" in d) {
    const [width, height] = [Math.max(SMALLEST, d.width + dx), Math.max(SMALLEST, d.height + dy)];
    return { ...d, width: round(width), height: round(height) };
  }
  const box = bounds(d);
  if (!d.points || !box) return d;
  const across = box.width ? Math.max(SMALLEST, box.width + dx) / box.width : 1;
  const down = box.height ? Math.max(SMALLEST, box.height + dy) / box.height : 1;
  const scaled = ([x, y, ...rest]) => [round(box.x + (x - box.x) * across), round(box.y + (y - box.y) * down), ...rest];
  const told = { ...d, points: d.points.map(scaled) };
  if (d.holes) told.holes = d.holes.map((hole) => hole.map(scaled));
  return told;
}

export function rotated(d, degrees) {
  return d.type === "rotated_box" ? { ...d, angle: (((d.angle + degrees) % 360) + 360) % 360 } : d;
}

/** The shape with its corner RING, N at x, y. Of a box the opposite corner stays. */
export function withCorner(d, { ring, n }, x, y) {
  if (d.type === "box") {
    const [ox, oy] = rings(d)[0][(n + 2) % 4];
    return {
      ...d,
      x: round(Math.min(x, ox)),
      y: round(Math.min(y, oy)),
      width: round(Math.max(SMALLEST, Math.abs(x - ox))),
      height: round(Math.max(SMALLEST, Math.abs(y - oy))),
    };
  }
  if (d.type === "rotated_box") {
    const [ox, oy] = rings(d)[0][(n + 2) % 4];
    const angle = (-(d.angle ?? 0) * Math.PI) / 180;
    const [dx, dy] = [x - ox, y - oy];
    const width = Math.abs(dx * Math.cos(angle) - dy * Math.sin(angle));
    const height = Math.abs(dx * Math.sin(angle) + dy * Math.cos(angle));
    const middle = { x: round((x + ox) / 2), y: round((y + oy) / 2) };
    return { ...d, ...middle, width: round(Math.max(SMALLEST, width)), height: round(Math.max(SMALLEST, height)) };
  }
  if (d.type === "point") return { ...d, x: round(x), y: round(y) };
  const put = (points) =>
    points.map((point, m) => {
      if (m !== n) return point;
      return d.type === "keypoints" ? [round(x), round(y), point[2] || 2] : [round(x), round(y)];
    });
  if (ring === 0) return { ...d, points: put(d.points) };
  return { ...d, holes: d.holes.map((hole, m) => (m === ring - 1 ? put(hole) : hole)) };
}

/** Which corner a box's corner N became, dragged past another one to x, y. */
export function cornerAt(d, x, y) {
  const near = corners(d).map((one) => ({ ...one, far: Math.hypot(one.x - x, one.y - y) }));
  return near.reduce((best, one) => (one.far < best.far ? one : best));
}

const least = { polygon: 3, polyline: 2 };

/** The shape with a new corner behind RING, N: at x, y, or half the way to the next one. */
export function withNewCorner(d, { ring, n }, x, y) {
  if (!(d.type in least)) return d;
  const add = (points) => {
    const [a, b] = [points[n], points[(n + 1) % points.length]];
    const isEnd = d.type === "polyline" && n === points.length - 1;
    const between = isEnd ? [a[0] + 20, a[1]] : [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
    const put = [round(x ?? between[0]), round(y ?? between[1])];
    return [...points.slice(0, n + 1), put, ...points.slice(n + 1)];
  };
  if (ring === 0) return { ...d, points: add(d.points) };
  return { ...d, holes: d.holes.map((hole, m) => (m === ring - 1 ? add(hole) : hole)) };
}

/** The shape without its corner RING, N, as long as enough are left; a hole that is left with two goes. */
export function withoutCorner(d, { ring, n }) {
  if (!(d.type in least)) return d;
  const drop = (points) => points.filter((_, m) => m !== n);
  if (ring === 0) return d.points.length > least[d.type] ? { ...d, points: drop(d.points) } : d;
  const holes = d.holes.map((hole, m) => (m === ring - 1 ? drop(hole) : hole)).filter((hole) => hole.length > 2);
  const { holes: _, ...rest } = d;
  return holes.length ? { ...rest, holes } : rest;
}

/** The corner before the side of a polygon or line that is nearest to x, y. */
export function sideAt(d, x, y) {
  let best = { far: Infinity, ring: 0, n: 0 };
  const all = corners(d);
  for (const one of all) {
    const ring = all.filter((other) => other.ring === one.ring);
    if (d.type === "polyline" && one.n === ring.length - 1) continue;
    const next = ring[(one.n + 1) % ring.length];
    const [w, h] = [next.x - one.x, next.y - one.y];
    const along = Math.min(1, Math.max(0, ((x - one.x) * w + (y - one.y) * h) / (w * w + h * h || 1)));
    const far = Math.hypot(one.x + along * w - x, one.y + along * h - y);
    if (far < best.far) best = { far, ring: one.ring, n: one.n };
  }
  return best;
}

/** A shape of TYPE between two points, as they are dragged; or, of many points, through these. */
export function between(type, [ax, ay], [bx, by]) {
  const box = { x: Math.min(ax, bx), y: Math.min(ay, by), width: Math.abs(bx - ax), height: Math.abs(by - ay) };
  for (const name of Object.keys(box)) box[name] = round(box[name]);
  if (type === "rotated_box") {
    return { type, x: round(box.x + box.width / 2), y: round(box.y + box.height / 2), width: box.width, height: box.height, angle: 0 };
  }
  return { type: "box", ...box };
}

/** A shape of TYPE in the middle of a part of the picture, to be moved from there. JOINTS: how many a skeleton has. */
export function inMiddle(type, seen, joints = 0) {
  const [x, y] = [seen.x + seen.width / 2, seen.y + seen.height / 2].map(Math.round);
  const [w, h] = [seen.width / 8, seen.height / 8].map((side) => Math.max(4, Math.round(side)));
  if (type === "point") return { type, x, y };
  if (type === "polyline") return { type, points: [[x - w, y], [x + w, y]] };
  if (type === "polygon") return { type, points: [[x - w, y - h], [x + w, y - h], [x + w, y + h], [x - w, y + h]] };
  if (type === "keypoints") {
    const across = Math.ceil(Math.sqrt(joints)) || 1;
    const place = (n) => [round(x - w + ((n % across) * 2 * w) / across), round(y - h + (Math.floor(n / across) * 2 * h) / across), 2];
    return { type, points: Array.from({ length: joints }, (_, n) => place(n)) };
  }
  return between(type, [x - w, y - h], [x + w, y + h]);
}

/** In words: where it is. */
export function told(d) {
  const number = (value) => String(Math.round(value * 10) / 10);
  if (d.type === "text_span") return `characters ${d.start} to ${d.end}`;
  if (d.type === "box" || d.type === "rotated_box") {
    const angle = d.angle ? `, ${number(d.angle)}°` : "";
    return `${number(d.width)} × ${number(d.height)} at ${number(d.x)}, ${number(d.y)}${angle}`;
  }
  if (d.type === "point") return `at ${number(d.x)}, ${number(d.y)}`;
  if (d.center) return `at ${d.center.map(number).join(", ")}, ${d.size.map(number).join(" × ")} m`;
  if (d.points) return `${d.points.length} points${d.holes?.length ? `, ${d.holes.length} holes` : ""}`;
  return d.frame === undefined ? "" : `frame ${d.frame}`;
}
