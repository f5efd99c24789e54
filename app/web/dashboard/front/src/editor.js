// What is marked on the picture: drawn, selected, made, labelled, deleted. By pointer (pointing.js) and, just as well,
// by keyboard (keyboard.js).
import { between, bounds, corners, inMiddle, told, withoutCorner } from "./geometry.js";
import { mayMark, PLAIN } from "./asked.js";
import { point } from "./pointing.js";
import { drawn, extent } from "./shapes.js";
import { svg } from "./viewer.js";

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
    point(this);
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
    if (!viewer.scale) return; // the picture is not there yet
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

  /** Ends a polygon or a line where it is. */
  close() {
    const least = this.tool === "polygon" ? 3 : 2;
    if (this.path.length < least) return;
    this.make({ type: this.tool, points: this.path });
  }
}
