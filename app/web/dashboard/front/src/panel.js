// Beside the picture: the classes to choose from, the list of what is marked, the fields of what is selected.
import { showAttributes } from "./attributes.js";
import { told } from "./geometry.js";
import { lacks, PLAIN } from "./asked.js";
import { svg } from "./viewer.js";

const by = (id) => document.getElementById(id);

function swatch(colour) {
  const mark = svg("svg", { class: "swatch", viewBox: "0 0 10 10", "aria-hidden": "true" });
  mark.append(svg("rect", { width: 10, height: 10, rx: 2, fill: colour }));
  return mark;
}

function element(name, properties = {}, ...children) {
  const one = Object.assign(document.createElement(name), properties);
  one.append(...children);
  return one;
}

/** Scrolls the box that ELEMENT stands in until it is seen; never the page: who draws wants the picture to stay. */
function reveal(element) {
  let box = element?.parentElement;
  while (box && !/auto|scroll/.test(getComputedStyle(box).overflowY)) box = box.parentElement;
  if (!box || box === document.documentElement) return;
  const [inner, outer] = [element.getBoundingClientRect(), box.getBoundingClientRect()];
  box.scrollTop += Math.min(0, inner.top - outer.top) || Math.max(0, inner.bottom - outer.bottom);
}

export class Panel {
  /** `choose(id)` is called for a class, `select(id)` for an annotation; `quote(dimensions)` tells words of a text. */
  constructor(paper, labels, isEditable, { choose, select, quote }) {
    Object.assign(this, { paper, labels, isEditable, choose, select, quote });
    this.showClasses();
  }

  classOf(item) {
    return this.labels.classes.find((one) => one.id === item.annotation.label);
  }

  showClasses() {
    const place = by("classes");
    if (!place) return;
    for (const one of this.labels.classes.filter((found) => !found.is_hidden)) {
      const button = element("button", { type: "button", className: "small class" }, swatch(one.color), one.name);
      button.dataset.label = one.id;
      button.setAttribute("aria-pressed", "false");
      if (one.key) {
        button.dataset.key = one.key;
        button.dataset.what = `Label: ${one.name}`;
        button.append(element("kbd", { textContent: one.key }));
      }
      button.addEventListener("click", () => this.choose(one.id));
      place.append(button);
    }
    if (!this.labels.classes.length) place.append(this.freeLabel());
  }

  freeLabel() {
    const input = element("input", { maxLength: 255, id: "free-label" });
    input.addEventListener("change", () => this.choose(input.value.trim()));
    return element("label", {}, "Label of what is marked", input);
  }

  /** Shows what there is, with SELECTED; LABEL is the class that is chosen. */
  show(selected, label) {
    for (const one of document.querySelectorAll("#classes [data-label]")) {
      const item = selected && this.paper.find(selected);
      one.setAttribute("aria-pressed", String(one.dataset.label === (item ? item.annotation.label : label)));
    }
    this.showList(selected);
    this.showFields(selected);
    this.showQuestions();
  }

  showList(selected) {
    const list = by("annotations");
    const marks = this.paper.items.filter((one) => one.dimensions.type);
    const had = list.contains(document.activeElement);
    list.replaceChildren(...marks.map((item, n) => this.line(item, n, item.id === selected)));
    by("count").textContent = marks.length ? `(${marks.length})` : "";
    by("none").hidden = marks.length > 0;
    if (had) (list.querySelector("[aria-pressed=true]") ?? list.querySelector("button"))?.focus();
    else reveal(list.querySelector("[aria-pressed=true]"));
  }

  line(item, n, isSelected) {
    const one = this.classOf(item);
    const name = one?.name ?? (item.annotation.label || "no label");
    const type = item.dimensions.type.replaceAll("_", " ");
    const button = element("button", { type: "button", className: "plain one" });
    button.append(swatch(one?.color ?? PLAIN), element("span", { textContent: name }));
    button.append(element("span", { className: "soft small", textContent: `${type} ${told(item.dimensions)}` }));
    const words = item.dimensions.type === "text_span" ? this.quote(item.dimensions) : "";
    if (words) button.append(element("q", { className: "small", textContent: words.length > 80 ? `${words.slice(0, 80)}…` : words }));
    const left = this.isEditable ? lacks(item, this.labels) : [];
    if (left.length) button.append(element("span", { className: "badge warn", textContent: `lacks ${left.join(", ")}` }));
    button.setAttribute("aria-pressed", String(isSelected));
    button.dataset.number = n + 1;
    button.addEventListener("click", () => this.select(item.id));
    button.addEventListener("focus", () => isSelected || this.select(item.id));
    return element("li", {}, button);
  }

  /** The fields of what is selected; left alone while somebody fills them in. */
  showFields(selected) {
    const item = selected && this.paper.find(selected);
    const place = by("inspector");
    place.hidden = !item;
    const shown = item ? JSON.stringify([item.id, item.annotation.label]) : "";
    if (item && by("fields").contains(document.activeElement) && shown === this.shown) return;
    const said = item ? shown + JSON.stringify(item.annotation) : "";
    if (said === this.said) return;
    [this.shown, this.said] = [shown, said];
    if (!item) return;
    const one = this.classOf(item);
    by("inspector-title").textContent = one?.name ?? (item.annotation.label || "No label");
    const fields = by("fields");
    const change = (changes) => {
      const now = this.paper.find(item.id);
      if (!now) return;
      const annotation = { ...now.annotation, ...changes };
      for (const name of Object.keys(annotation)) if (annotation[name] === undefined) delete annotation[name];
      this.said = this.shown + JSON.stringify(annotation);
      this.paper.change(item.id, { annotation }, "answer");
    };
    const answers = item.annotation.attributes ?? {};
    showAttributes(fields, one?.attributes ?? [], answers, (now) => change({ attributes: Object.keys(now).length ? now : undefined }), !this.isEditable);
    if (one?.has_text || one?.requires_text || item.annotation.text !== undefined) fields.prepend(this.textField(item, one, change));
    if (!fields.children.length) fields.append(this.plainly(item, one));
  }

  textField(item, one, change) {
    const input = element("input", { value: item.annotation.text ?? "", maxLength: 10000, readOnly: !this.isEditable });
    input.addEventListener("input", () => change({ text: input.value || undefined }));
    return element("label", {}, `Text${one?.requires_text ? " *" : ""}`, input);
  }

  /** Of a class that asks nothing: what else the annotation says. */
  plainly(item, one) {
    const { label, ...rest } = item.annotation;
    const text = Object.keys(rest).length ? JSON.stringify(rest, null, 2) : one ? "Nothing more is asked of it." : "";
    return element("p", { className: "soft small text", textContent: text });
  }

  /** Answers to questions about the whole item: annotations without a shape. */
  showQuestions() {
    const { questions } = this.labels;
    by("questions").hidden = questions.length === 0;
    if (!questions.length || by("answers").contains(document.activeElement)) return;
    const found = new Map(this.paper.items.filter((one) => !one.dimensions.type).map((one) => [one.annotation.label, one]));
    const answers = {};
    for (const [label, { annotation }] of found) {
      answers[label] = annotation.attributes ? { value: annotation.value, attributes: annotation.attributes } : annotation.value;
    }
    const said = JSON.stringify(answers);
    if (said === this.answered) return;
    this.answered = said;
    showAttributes(by("answers"), questions, answers, (now) => this.answer(now), !this.isEditable);
  }

  answer(answers) {
    this.answered = JSON.stringify(answers);
    for (const { id } of this.labels.questions) {
      const given = answers[id];
      const isPair = given !== null && typeof given === "object" && !Array.isArray(given);
      const annotation = given === undefined ? null : { label: id, ...(isPair ? given : { value: given }) };
      const item = this.paper.items.find((one) => !one.dimensions.type && one.annotation.label === id);
      if (!annotation && item) this.paper.remove(item.id);
      else if (annotation && !item) this.paper.add({}, annotation);
      else if (annotation && JSON.stringify(item.annotation) !== JSON.stringify(annotation)) this.paper.change(item.id, { annotation }, "answer");
    }
  }
}
