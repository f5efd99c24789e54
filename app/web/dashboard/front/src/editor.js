// What is marked on the picture: drawn, selected, moved, sized; by pointer and, just as well, by keyboard.
import { between, bounds, cornerAt, corners, grown, inMiddle, moved, rotated, told, withCorner, withNewCorner, withoutCorner } from "./geometry.js";
import { mayMark, PLAIN } from "./asked.js";
import { drawn, extent } from "./shapes.js";
import { svg } from "./viewer.js";

const SIDED = ["box", "rotated_box"];
const LINED = ["polygon", "polyline"];
const SMALL = 3; // pixels of the screen: a drag that is shorter is none
const NEAR = 10; // pixels of the screen around the first corner that close a polygon
const NAMED = 150; // annotations whose names stand beside them

export class Editor extends EventTarget {
  /** LABELS are those of asked.js. Dispatches "select", "tool", "said" and "place". */
  constructor(viewer, paper, labels, isEditable) {
    super();
    Object.assign(this, { viewer, paper, labels, isEditable });
    this.selected = null;
    this.corner = null;
    this.tool = "select";
    this.label = labels.classes.find((one) => !one.is_hidden)?.id ?? "";
    this.pins = [];
    this.path = []; // of a polygon that is being drawn
    this.groups = new Map();
    viewer.onMoved = () => this.drawMarks();
    const { layer } = viewer;
    layer.addEventListener("pointerdown", (event) => this.pressed(event));
    layer.addEventListener("pointermove", (event) => this.dragged(event));
    layer.addEventListener("pointerup", (event) => this.released(event));
    layer.addEventListener("pointercancel", (event) => this.released(event));
    layer.addEventListener("dblclick", (event) => this.doubled(event));
    viewer.osd.addHandler("canvas-click", (event) => {
      if (event.quick && !event.originalEvent.target.closest?.("[data-id]")) this.select(null);
    });
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  classOf(item) {
    return this.labels.classes.find((one) => one.id === item.annotation.label);
  }

  colourOf(item) {
    return this.classOf(item)?.color ?? PLAIN;
  }

  nameOf(item) {
    return this.classOf(item)?.name ?? (item.annotation.label || "no label");
  }

  get item() {
    return this.selected && this.paper.find(this.selected);
  }

  // ---- what is drawn

  draw() {
    if (!this.viewer.scale) return;
    if (this.selected && !this.item) this.selected = null;
    const shown = this.paper.items.filter((one) => one.dimensions.type);
    const groups = new Map();
    for (const one of shown) {
      const before = this.groups.get(one.id);
      const colour = this.colourOf(one);
      const isSame = before && before.item.dimensions === one.dimensions && before.colour === colour;
      const group = isSame ? before.group : drawn(one, this.classOf(one), colour);
      if (!group) continue;
      group.classList.toggle("selected", one.id === this.selected);
      groups.set(one.id, { item: one, group, colour, extent: isSame ? before.extent : extent(one) });
    }
    this.groups = groups;
    const order = [...groups.values()].sort((a, b) => b.extent - a.extent);
    this.viewer.shapes.replaceChildren(...order.map((one) => one.group));
    this.drawMarks();
  }

  drawMarks() {
    const { viewer } = this;
    const marks = [];
    if (this.groups.size <= NAMED) {
      for (const { item, colour, group } of this.groups.values()) {
        const box = group.around ?? bounds(item.dimensions);
        if (!box) continue;
        const [x, y] = viewer.toScreen(box.x, box.y);
        const name = svg("text", { class: "name", x, y: y - 4, fill: colour });
        name.textContent = this.nameOf(item);
        marks.push(name);
      }
    }
    for (const pin of this.pins) marks.push(this.drawnPin(pin));
    if (this.item && this.isEditable && this.tool === "select") {
      for (const { ring, n, x, y } of corners(this.item.dimensions)) {
        const [cx, cy] = viewer.toScreen(x, y);
        const isChosen = this.corner?.ring === ring && this.corner?.n === n;
        const at = { class: isChosen ? "handle chosen" : "handle", cx, cy, r: isChosen ? 7 : 5, "data-ring": ring, "data-n": n };
        marks.push(svg("circle", { class: "grip", cx, cy, r: 12, "data-ring": ring, "data-n": n }), svg("circle", at));
      }
    }
    if (this.path.length || this.band) marks.push(this.drawnDraft());
    viewer.marks.replaceChildren(...marks);
  }

  drawnPin({ x, y, number, isSettled }) {
    const [cx, cy] = this.viewer.toScreen(x, y);
    const pin = svg("g", { class: isSettled ? "pin settled" : "pin", transform: `translate(${cx} ${cy})` });
    const text = svg("text", { y: -16 });
    text.textContent = number;
    pin.append(svg("path", { d: "M0 0L-6 -10A11 11 0 1 1 6 -10Z" }), text);
    return pin;
  }

  drawnDraft() {
    const points = this.band ? corners(between("box", ...this.band)).map(({ x, y }) => [x, y]) : this.path;
    const path = points.map(([x, y]) => this.viewer.toScreen(x, y).join(" ")).join("L");
    return svg("path", { class: "draft", d: `M${path}${this.band ? "Z" : ""}` });
  }

  setVeiled(isVeiled) {
    this.viewer.layer.classList.toggle("veiled", isVeiled);
  }

  // ---- what is chosen

  select(id, corner = null) {
    if (id === this.selected && corner === this.corner) return;
    this.selected = id;
    this.corner = corner;
    this.paper.pause();
    this.draw();
    if (this.item) this.say();
    this.tell("select");
  }

  /** Selects the annotation that is so many behind this one. */
  go(by) {
    const ids = this.paper.items.filter((one) => one.dimensions.type).map((one) => one.id);
    if (!ids.length) return;
    const at = ids.indexOf(this.selected);
    const next = at < 0 ? (by > 0 ? 0 : ids.length - 1) : (at + by + ids.length) % ids.length;
    this.select(ids[next]);
    this.showSelected();
  }

  showSelected() {
    const box = this.item && (this.groups.get(this.selected)?.group.around ?? bounds(this.item.dimensions));
    if (box) this.viewer.show(box);
  }

  say() {
    const { dimensions } = this.item;
    let corner = "";
    if (this.corner) {
      const found = corners(dimensions).find(({ ring, n }) => ring === this.corner.ring && n === this.corner.n);
      const joint = dimensions.type === "keypoints" ? (this.classOf(this.item)?.keypoints?.[this.corner.n] ?? "") : "";
      if (found) corner = `, corner ${found.n + 1} ${joint} at ${Math.round(found.x)}, ${Math.round(found.y)}`;
    }
    this.tell("said", `${this.nameOf(this.item)}, ${dimensions.type.replaceAll("_", " ")} ${told(dimensions)}${corner}`);
  }

  setTool(tool) {
    this.tool = tool;
    this.path = [];
    this.band = null;
    this.viewer.layer.classList.toggle("drawing", tool !== "select");
    this.drawMarks();
    this.tell("tool");
  }

  // ---- what is made

  /** The class that a new shape of TYPE gets: the one chosen, where it is marked so. */
  labelFor(type) {
    const may = (one) => mayMark(one, type) && (type !== "keypoints" || one.keypoints?.length > 0);
    const { classes } = this.labels;
    const chosen = classes.find((one) => one.id === this.label);
    if (chosen && may(chosen)) return chosen.id;
    return classes.find((one) => !one.is_hidden && may(one))?.id ?? this.label;
  }

  make(dimensions) {
    const label = this.labelFor(dimensions.type);
    const one = this.paper.add(dimensions, label ? { label } : {});
    this.setTool("select");
    this.select(one.id);
    return one;
  }

  /** Puts a shape of TYPE into the middle of what is seen, for the arrow keys. */
  put(type) {
    const joints = this.labels.classes.find((one) => one.id === this.labelFor("keypoints"))?.keypoints?.length ?? 0;
    this.setTool("select");
    this.make(inMiddle(type, this.viewer.seen(), joints));
  }

  remove() {
    const { item } = this;
    if (!item || !this.isEditable) return;
    const without = this.corner && withoutCorner(item.dimensions, this.corner);
    if (without && without !== item.dimensions) {
      this.corner = null;
      this.paper.change(item.id, { dimensions: without });
      return;
    }
    const ids = this.paper.items.filter((one) => one.dimensions.type).map((one) => one.id);
    const next = ids[ids.indexOf(item.id) + 1] ?? ids[ids.indexOf(item.id) - 1] ?? null;
    this.paper.remove(item.id);
    this.tell("said", "deleted");
    this.select(next);
  }

  /** Gives the label to what is selected, and to what is made next. */
  setLabel(id) {
    const one = this.labels.classes.find((found) => found.id === id);
    this.label = id;
    const { item } = this;
    if (item && this.isEditable) {
      const type = item.dimensions.type;
      if (one && !mayMark(one, type)) {
        this.tell("refused", `${one.name} is not marked by a ${type.replaceAll("_", " ")}.`);
        return;
      }
      const asked = new Set((one?.attributes ?? []).map((attribute) => attribute.id));
      const { attributes, text, ...rest } = item.annotation;
      const kept = Object.entries(attributes ?? {}).filter(([name]) => asked.has(name));
      const annotation = { ...rest, label: id };
      if (kept.length) annotation.attributes = Object.fromEntries(kept);
      if (text !== undefined && (!one || one.has_text || one.requires_text)) annotation.text = text;
      this.paper.change(item.id, { annotation });
      this.say();
    }
    this.tell("select");
  }

  // ---- by pointer

  pressed(event) {
    if (event.button !== 0) return;
    const at = this.viewer.pointOf(event);
    if (this.tool === "place") {
      event.stopPropagation();
      this.setTool("select");
      this.tell("place", at);
      return;
    }
    if (this.tool !== "select") {
      this.drawFrom(event, at);
      return;
    }
    const grip = event.target.closest("[data-ring]");
    const shape = event.target.closest("[data-id]");
    if (!grip && !shape) return;
    event.stopPropagation();
    this.viewer.element.focus({ preventScroll: true });
    if (grip) {
      const corner = { ring: Number(grip.dataset.ring), n: Number(grip.dataset.n) };
      this.corner = corner;
      this.hold = { corner, id: this.selected, pointer: event.pointerId };
      this.drawMarks();
    } else {
      this.select(shape.dataset.id);
      const [x, y] = this.viewer.pointOf(event, false);
      this.hold = { x, y, from: this.item.dimensions, id: this.selected, pointer: event.pointerId };
    }
    this.paper.pause();
    if (this.isEditable) this.viewer.layer.setPointerCapture(event.pointerId);
  }

  drawFrom(event, at) {
    event.stopPropagation();
    this.viewer.element.focus({ preventScroll: true });
    if (SIDED.includes(this.tool)) {
      this.band = [at, at];
      this.viewer.layer.setPointerCapture(event.pointerId);
      return;
    }
    if (LINED.includes(this.tool)) {
      if (this.path.length && this.isNear(this.path[0], at) && this.path.length > 2) this.close();
      else if (!this.path.length || !this.isNear(this.path.at(-1), at, SMALL)) this.path = [...this.path, at.map((one) => Math.round(one * 100) / 100)];
      this.drawMarks();
      return;
    }
    if (this.tool === "point") this.make({ type: "point", x: Math.round(at[0] * 100) / 100, y: Math.round(at[1] * 100) / 100 });
    else this.put(this.tool);
  }

  isNear([ax, ay], [bx, by], far = NEAR) {
    return Math.hypot(ax - bx, ay - by) * this.viewer.scale < far;
  }

  /** Ends a polygon or a line where it is. */
  close() {
    const least = this.tool === "polygon" ? 3 : 2;
    if (this.path.length < least) return;
    this.make({ type: this.tool, points: this.path });
  }

  dragged(event) {
    if (this.band) {
      event.stopPropagation();
      this.band = [this.band[0], this.viewer.pointOf(event)];
      this.drawMarks();
      return;
    }
    if (!this.hold || this.hold.pointer !== event.pointerId) return;
    event.stopPropagation();
    if (!this.isEditable) return;
    const { id, corner, from } = this.hold;
    if (corner) {
      const [x, y] = this.viewer.pointOf(event);
      const dimensions = withCorner(this.item.dimensions, this.hold.corner, x, y);
      this.paper.change(id, { dimensions }, "corner");
      if (SIDED.includes(dimensions.type)) this.hold.corner = this.corner = cornerAt(dimensions, x, y);
    } else {
      const [x, y] = this.viewer.pointOf(event, false);
      const [dx, dy] = [x - this.hold.x, y - this.hold.y];
      if (!this.hold.isMoving && Math.hypot(dx, dy) * this.viewer.scale < SMALL) return;
      this.hold.isMoving = true;
      this.paper.change(id, { dimensions: moved(from, dx, dy) }, "move");
    }
  }

  released(event) {
    if (this.hold?.pointer === event.pointerId) {
      event.stopPropagation();
      this.hold = null;
      this.paper.pause();
      if (this.item) this.say();
    }
    if (!this.band) return;
    event.stopPropagation();
    const [from, to] = this.band;
    this.band = null;
    if (event.type === "pointercancel" || this.isNear(from, to, SMALL)) this.drawMarks();
    else this.make(between(this.tool, from, to));
  }

  doubled(event) {
    if (!this.isEditable) return;
    event.stopPropagation();
    if (LINED.includes(this.tool)) {
      this.close();
      return;
    }
    const { item } = this;
    if (!item || !LINED.includes(item.dimensions.type)) return;
    const [x, y] = this.viewer.pointOf(event);
    this.paper.change(item.id, { dimensions: withNewCorner(item.dimensions, sideAt(item.dimensions, x, y), x, y) });
  }

  // ---- by keyboard

  /** Does what the key says; whether it says something here. */
  pressedKey(event) {
    const { key } = event;
    if (key === "Escape") return this.escape();
    if (key === "Enter" && this.path.length) {
      this.close();
      return true;
    }
    if (key === "Backspace" && this.path.length) {
      this.path = this.path.slice(0, -1);
      this.drawMarks();
      return true;
    }
    if (key === "j" || key === "k") {
      this.go(key === "j" ? 1 : -1);
      return true;
    }
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    if (way) return this.arrow(event, way);
    if (!this.item || !this.isEditable) return false;
    return this.change(key);
  }

  escape() {
    if (this.path.length || this.tool !== "select") this.setTool("select");
    else if (this.corner) {
      this.corner = null;
      this.drawMarks();
    } else if (this.selected) this.select(null);
    else return false;
    return true;
  }

  arrow(event, [dx, dy]) {
    const { item, viewer } = this;
    if (!item || !this.isEditable) {
      if (document.activeElement !== viewer.element) return false;
      viewer.pan(dx * 60, dy * 60);
      return true;
    }
    const step = Math.max(1, Math.round((event.repeat ? 12 : 2) / viewer.scale));
    const [x, y] = [dx * step, dy * step];
    const d = item.dimensions;
    if (this.corner) {
      const at = corners(d).find(({ ring, n }) => ring === this.corner.ring && n === this.corner.n);
      if (!at) return false;
      const put = withCorner(d, this.corner, at.x + x, at.y + y);
      this.paper.change(item.id, { dimensions: put }, "corner");
      if (SIDED.includes(d.type)) this.corner = cornerAt(put, at.x + x, at.y + y);
    } else this.paper.change(item.id, { dimensions: event.shiftKey ? grown(d, x, y) : moved(d, x, y) }, event.shiftKey ? "size" : "move");
    this.say();
    return true;
  }

  change(key) {
    const { item } = this;
    const d = item.dimensions;
    const known = corners(d);
    const at = known.findIndex(({ ring, n }) => ring === this.corner?.ring && n === this.corner?.n);
    if (key === "," || key === ".") {
      const next = at < 0 ? 0 : (at + (key === "." ? 1 : -1) + known.length) % known.length;
      const { ring, n } = known[next] ?? {};
      if (ring === undefined) return false;
      this.corner = { ring, n };
      this.drawMarks();
    } else if (key === "i" && LINED.includes(d.type)) {
      const before = this.corner ?? { ring: 0, n: 0 };
      this.corner = { ring: before.ring, n: before.n + 1 };
      this.paper.change(item.id, { dimensions: withNewCorner(d, before) });
    } else if ((key === "(" || key === ")") && d.type === "rotated_box") {
      this.paper.change(item.id, { dimensions: rotated(d, key === ")" ? 5 : -5) }, "turn");
    } else if (key === "o" && d.type === "keypoints" && this.corner) {
      const points = d.points.map(([x, y, v], n) => (n === this.corner.n ? [x, y, (v + 2) % 3] : [x, y, v]));
      this.paper.change(item.id, { dimensions: { ...d, points } });
    } else return false;
    this.say();
    return true;
  }
}

/** The corner before the side of a polygon or line that is nearest to x, y. */
function sideAt(d, x, y) {
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
