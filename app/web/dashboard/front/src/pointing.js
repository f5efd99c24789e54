// Marks are drawn, moved and sized by pointer: mouse, pen or finger.
import { between, cornerAt, moved, sideAt, withCorner, withNewCorner } from "./geometry.js";

const SIDED = ["box", "rotated_box"];
const LINED = ["polygon", "polyline"];
const SMALL = 3; // pixels of the screen: a drag that is shorter is none
const NEAR = 10; // pixels of the screen around the first corner that close a polygon

/** Lets pointers work on what EDITOR shows. */
export function point(editor) {
  const pointing = new Pointing(editor);
  const { layer } = editor.viewer;
  layer.addEventListener("pointerdown", (event) => pointing.pressed(event));
  layer.addEventListener("pointermove", (event) => pointing.dragged(event));
  layer.addEventListener("pointerup", (event) => pointing.released(event));
  layer.addEventListener("pointercancel", (event) => pointing.released(event));
  layer.addEventListener("dblclick", (event) => pointing.doubled(event));
}

class Pointing {
  constructor(editor) {
    this.editor = editor;
    this.hold = null; // what is being dragged
  }

  pressed(event) {
    if (event.button !== 0) return;
    const at = this.editor.viewer.pointOf(event);
    if (this.editor.tool === "place") {
      event.stopPropagation();
      this.editor.setTool("select");
      this.editor.tell("place", at);
      return;
    }
    if (this.editor.tool !== "select") {
      this.drawFrom(event, at);
      return;
    }
    const grip = event.target.closest("[data-ring]");
    const shape = event.target.closest("[data-id]");
    if (!grip && !shape) return;
    event.stopPropagation();
    this.editor.viewer.element.focus({ preventScroll: true });
    if (grip) {
      const corner = { ring: Number(grip.dataset.ring), n: Number(grip.dataset.n) };
      this.editor.corner = corner;
      this.hold = { corner, id: this.editor.selected, pointer: event.pointerId };
      this.editor.drawMarks();
    } else {
      this.editor.select(shape.dataset.id);
      const [x, y] = this.editor.viewer.pointOf(event, false);
      this.hold = { x, y, from: this.editor.item.dimensions, id: this.editor.selected, pointer: event.pointerId };
    }
    this.editor.paper.pause();
    if (this.editor.isEditable) this.editor.viewer.layer.setPointerCapture(event.pointerId);
  }

  drawFrom(event, at) {
    event.stopPropagation();
    this.editor.viewer.element.focus({ preventScroll: true });
    if (SIDED.includes(this.editor.tool)) {
      this.editor.band = [at, at];
      this.editor.viewer.layer.setPointerCapture(event.pointerId);
      return;
    }
    if (LINED.includes(this.editor.tool)) {
      if (this.editor.path.length && this.isNear(this.editor.path[0], at) && this.editor.path.length > 2) this.editor.close();
      else if (!this.editor.path.length || !this.isNear(this.editor.path.at(-1), at, SMALL)) this.editor.path = [...this.editor.path, at.map((one) => Math.round(one * 100) / 100)];
      this.editor.drawMarks();
      return;
    }
    if (this.editor.tool === "point") this.editor.make({ type: "point", x: Math.round(at[0] * 100) / 100, y: Math.round(at[1] * 100) / 100 });
    else this.editor.put(this.editor.tool);
  }

  isNear([ax, ay], [bx, by], far = NEAR) {
    return Math.hypot(ax - bx, ay - by) * this.editor.viewer.scale < far;
  }

  dragged(event) {
    if (this.editor.band) {
      event.stopPropagation();
      this.editor.band = [this.editor.band[0], this.editor.viewer.pointOf(event)];
      this.editor.drawMarks();
      return;
    }
    if (!this.hold || this.hold.pointer !== event.pointerId) return;
    event.stopPropagation();
    if (!this.editor.isEditable) return;
    const { id, corner, from } = this.hold;
    if (corner) {
      const [x, y] = this.editor.viewer.pointOf(event);
      const dimensions = withCorner(this.editor.item.dimensions, this.hold.corner, x, y);
      this.editor.paper.change(id, { dimensions }, "corner");
      if (SIDED.includes(dimensions.type)) this.hold.corner = this.editor.corner = cornerAt(dimensions, x, y);
    } else {
      const [x, y] = this.editor.viewer.pointOf(event, false);
      const [dx, dy] = [x - this.hold.x, y - this.hold.y];
      if (!this.hold.isMoving && Math.hypot(dx, dy) * this.editor.viewer.scale < SMALL) return;
      this.hold.isMoving = true;
      this.editor.paper.change(id, { dimensions: moved(from, dx, dy) }, "move");
    }
  }

  released(event) {
    if (this.hold?.pointer === event.pointerId) {
      event.stopPropagation();
      this.hold = null;
      this.editor.paper.pause();
      if (this.editor.item) this.editor.say();
    }
    if (!this.editor.band) return;
    event.stopPropagation();
    const [from, to] = this.editor.band;
    this.editor.band = null;
    if (event.type === "pointercancel" || this.isNear(from, to, SMALL)) this.editor.drawMarks();
    else this.editor.make(between(this.editor.tool, from, to));
  }

  doubled(event) {
    if (!this.editor.isEditable) return;
    event.stopPropagation();
    if (LINED.includes(this.editor.tool)) {
      this.editor.close();
      return;
    }
    const { item } = this.editor;
    if (!item || !LINED.includes(item.dimensions.type)) return;
    const [x, y] = this.editor.viewer.pointOf(event);
    this.editor.paper.change(item.id, { dimensions: withNewCorner(item.dimensions, sideAt(item.dimensions, x, y), x, y) });
  }
}
