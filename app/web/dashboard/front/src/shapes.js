// Shapes as SVG, in the picture's pixels. Lines stay as thin as they are, however large the picture is seen.
import { bounds, rings } from "./geometry.js";
import { picture } from "./masks.js";
import { svg } from "./viewer.js";

const line = (points, isClosed) => `M${points.map(([x, y]) => `${x} ${y}`).join("L")}${isClosed ? "Z" : ""}`;
const dot = ([x, y]) => `M${x} ${y}h0`;

function skeleton(d, one) {
  const isThere = (n) => d.points[n]?.[2] > 0;
  const bones = (one?.skeleton ?? []).filter(([a, b]) => isThere(a) && isThere(b));
  return bones.map(([a, b]) => line([d.points[a], d.points[b]], false)).join("");
}

/** What is drawn of an annotation: a group, or null where it lies nowhere on a picture. ONE is its class. */
export function drawn({ id, dimensions: d }, one, colour) {
  const group = svg("g", { class: `marked ${d.type}`, "data-id": id, stroke: colour, fill: colour });
  const add = (kind, path) => path && group.append(svg("path", { class: kind, d: path }));
  switch (d.type) {
    case "box":
    case "rotated_box":
    case "polygon":
      add("under", rings(d).map((points) => line(points, true)).join(""));
      add("area", rings(d).map((points) => line(points, true)).join(""));
      return group;
    case "polyline":
      add("hit", line(d.points, false));
      add("under", line(d.points, false));
      add("line", line(d.points, false));
      return group;
    case "point":
      add("hit", dot([d.x, d.y]));
      add("dot", dot([d.x, d.y]));
      return group;
    case "keypoints": {
      const there = d.points.filter(([, , v]) => v > 0);
      add("hit", there.map(dot).join("") + skeleton(d, one));
      add("under", skeleton(d, one));
      add("line", skeleton(d, one));
      add("dot", there.map(dot).join(""));
      return group;
    }
    case "mask": {
      const { url, ...box } = picture(d, colour) ?? {};
      if (!url) return null;
      group.around = box; // what is on, not the whole mask
      group.append(svg("image", { ...box, href: url, class: "mask", preserveAspectRatio: "none" }));
      group.append(svg("rect", { ...box, class: "line bounds" }));
      return group;
    }
    default:
      return null;
  }
}

/** How much of the picture a shape covers, so that small ones lie above large ones. */
export function extent({ dimensions }) {
  const box = bounds(dimensions);
  return box ? box.width * box.height : 0;
}
