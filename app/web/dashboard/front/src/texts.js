// What is marked where there is no picture: chosen, labelled, deleted; and of a text, its passages.
import { mayMark } from "./asked.js";

/** Chooses among what is marked. It has what the page asks of the picture's editor. */
export class Chooser extends EventTarget {
  constructor(paper, labels, isEditable) {
    super();
    Object.assign(this, { paper, labels, isEditable, selected: null, pins: [], viewer: null });
    this.label = labels.classes.find((one) => !one.is_hidden)?.id ?? "";
  }

  get item() {
    return this.selected && this.paper.find(this.selected);
  }

  draw() {
    if (!this.item) this.selected = null;
  }

  drawMarks() {}

  setTool() {}

  showSelected() {}

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  select(id) {
    if (id === this.selected) return;
    this.selected = id;
    this.paper.pause();
    this.tell("select");
  }

  setLabel(id) {
    this.label = id;
    const { item } = this;
    const one = this.labels.classes.find((found) => found.id === id);
    if (item && this.isEditable && one && !mayMark(one, item.dimensions.type)) this.tell("refused", `${one.name} marks nothing of this kind.`);
    else if (item && this.isEditable) this.paper.change(item.id, { annotation: { label: id } });
    this.tell("select");
  }

  remove() {
    if (!this.item || !this.isEditable) return;
    this.paper.remove(this.selected);
    this.tell("said", "deleted");
    this.select(null);
  }
}

/** Marks passages of the text in AREA: what is selected there gets the label that is chosen. */
export class Reader extends Chooser {
  constructor(area, paper, labels, isEditable) {
    super(paper, labels, isEditable);
    this.area = area;
    this.text = "";
    area.readOnly = false; // else keys select nothing in it; it stays as it is all the same
    area.setAttribute("aria-readonly", "true");
    area.addEventListener("beforeinput", (event) => event.preventDefault());
    area.addEventListener("keydown", (event) => this.pressed(event));
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const one = this.labels.classes.find((found) => found.key === event.key);
    if (!one) return;
    event.preventDefault();
    this.setLabel(one.id);
  }

  read(text) {
    this.text = text;
    this.area.value = text; // which shows the end of a line as one character, whatever it is
  }

  /** So many code points of the text stand before the first COUNT units of what is shown. */
  before(count) {
    let at = 0;
    for (let n = 0; n < count; n++) at += this.text.startsWith("\r\n", at) ? 2 : 1;
    return [...this.text.slice(0, at)].length;
  }

  /** The passage that is selected, in code points; null where none is. */
  passage() {
    const { selectionStart, selectionEnd } = this.area;
    if (selectionStart === selectionEnd) return null;
    return { type: "text_span", start: this.before(selectionStart), end: this.before(selectionEnd) };
  }

  /** The words of a passage. */
  quote({ start, end }) {
    return [...this.text].slice(start, end).join("");
  }

  select(id) {
    super.select(id);
    this.showSelected();
  }

  showSelected() {
    const { start, end } = this.item?.dimensions ?? {};
    if (start === undefined) return;
    const units = (count) => this.quote({ start: 0, end: count }).replaceAll("\r\n", "\n").length;
    this.area.setSelectionRange(units(start), units(end));
  }

  setLabel(id) {
    const passage = this.isEditable && this.passage();
    const { item } = this;
    const isSame = item && passage && item.dimensions.start === passage.start && item.dimensions.end === passage.end;
    if (!passage || isSame) {
      super.setLabel(id);
      return;
    }
    this.label = id;
    const one = this.paper.add(passage, { label: id });
    this.tell("said", `${this.quote(passage)}: ${id}`);
    this.select(one.id);
  }
}
