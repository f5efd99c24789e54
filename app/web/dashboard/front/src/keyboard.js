// Marks are moved, sized and changed by keyboard.
import { cornerAt, corners, grown, moved, rotated, withCorner, withNewCorner } from "./geometry.js";

const SIDED = ["box", "rotated_box"];
const LINED = ["polygon", "polyline"];
const [TAP, HELD] = [2, 12]; // pixels of the screen that an arrow moves by

/** Does what the key says to EDITOR; whether it says something here. */
export function pressKey(editor, event) {
  const { key } = event;
  if (key === "Escape") return escape(editor);
  if (key === "Enter" && editor.path.length) {
    editor.close();
    return true;
  }
  if (key === "Backspace" && editor.path.length) {
    editor.path = editor.path.slice(0, -1);
    editor.drawMarks();
    return true;
  }
  if (key === "j" || key === "k") {
    editor.go(key === "j" ? 1 : -1);
    return true;
  }
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  if (way) return arrow(editor, event, way);
  if (!editor.item || !editor.isEditable) return false;
  return change(editor, key);
}

function escape(editor) {
  if (editor.path.length || editor.tool !== "select") editor.setTool("select");
  else if (editor.corner) {
    editor.corner = null;
    editor.drawMarks();
  } else if (editor.selected) editor.select(null);
  else return false;
  return true;
}

function arrow(editor, event, [dx, dy]) {
  const { item, viewer } = editor;
  if (!item || !editor.isEditable) {
    if (document.activeElement !== viewer.element) return false;
    viewer.pan(dx * 60, dy * 60);
    return true;
  }
  const step = Math.max(1, Math.round((event.repeat ? HELD : TAP) / viewer.scale));
  const [x, y] = [dx * step, dy * step];
  const d = item.dimensions;
  if (editor.corner) {
    const at = corners(d).find(({ ring, n }) => ring === editor.corner.ring && n === editor.corner.n);
    if (!at) return false;
    const put = withCorner(d, editor.corner, at.x + x, at.y + y);
    editor.paper.change(item.id, { dimensions: put }, "corner");
    if (SIDED.includes(d.type)) editor.corner = cornerAt(put, at.x + x, at.y + y);
  } else editor.paper.change(item.id, { dimensions: event.shiftKey ? grown(d, x, y) : moved(d, x, y) }, event.shiftKey ? "size" : "move");
  editor.say();
  return true;
}

function change(editor, key) {
  const { item } = editor;
  const d = item.dimensions;
  const known = corners(d);
  const at = known.findIndex(({ ring, n }) => ring === editor.corner?.ring && n === editor.corner?.n);
  if (key === "," || key === ".") {
    const next = at < 0 ? 0 : (at + (key === "." ? 1 : -1) + known.length) % known.length;
    const { ring, n } = known[next] ?? {};
    if (ring === undefined) return false;
    editor.corner = { ring, n };
    editor.drawMarks();
  } else if (key === "i" && LINED.includes(d.type)) {
    const before = editor.corner ?? { ring: 0, n: 0 };
    editor.corner = { ring: before.ring, n: before.n + 1 };
    editor.paper.change(item.id, { dimensions: withNewCorner(d, before) });
  } else if ((key === "(" || key === ")") && d.type === "rotated_box") {
    editor.paper.change(item.id, { dimensions: rotated(d, key === ")" ? 5 : -5) }, "turn");
  } else if (key === "o" && d.type === "keypoints" && editor.corner) {
    const points = d.points.map(([x, y, v], n) => (n === editor.corner.n ? [x, y, (v + 2) % 3] : [x, y, v]));
    editor.paper.change(item.id, { dimensions: { ...d, points } });
  } else return false;
  editor.say();
  return true;
}
