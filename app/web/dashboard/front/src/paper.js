// What is on the entry now, against what the server has: changed, undone, done again. It knows no page.
import { newId } from "./ids.js";

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const content = ({ id, dimensions, annotation, metadata }) => ({ id, dimensions, annotation, metadata });

export class Paper {
  /** STORED are the annotations that the server has. `onChange` is called after each change. */
  constructor(stored) {
    this.stored = new Map(stored.map((one) => [one.id, content(one)]));
    this.items = [...this.stored.values()];
    this.undone = [];
    this.done = [];
    this.onChange = () => {};
  }

  find(id) {
    return this.items.find((one) => one.id === id);
  }

  /** Puts ITEMS in place of what is there. Changes of one KIND that follow each other are undone as one. */
  put(items, kind = "") {
    const isGoing = kind !== "" && kind === this.kind;
    if (!isGoing) this.done.push(this.items);
    this.kind = kind;
    this.undone = [];
    this.items = items;
    this.onChange();
  }

  add(dimensions, annotation) {
    const one = { id: newId(), dimensions, annotation, metadata: {} };
    this.put([...this.items, one]);
    return one;
  }

  change(id, changes, kind = "") {
    this.put(this.items.map((one) => (one.id === id ? { ...one, ...changes } : one)), kind && `${kind} ${id}`);
  }

  remove(id) {
    this.put(this.items.filter((one) => one.id !== id));
  }

  /** What comes next is undone on its own. */
  pause() {
    this.kind = "";
  }

  undo() {
    this._step(this.done, this.undone);
  }

  redo() {
    this._step(this.undone, this.done);
  }

  _step(from, to) {
    if (!from.length) return;
    to.push(this.items);
    this.items = from.pop();
    this.kind = "";
    this.onChange();
  }

  /** What is new or other than the server has it, as a submit carries it. */
  written() {
    return this.items.filter((one) => !same(one, this.stored.get(one.id)));
  }

  /** The ids of what the server still has. */
  removed() {
    const left = new Set(this.items.map((one) => one.id));
    return [...this.stored.keys()].filter((id) => !left.has(id));
  }

  get isChanged() {
    return this.written().length > 0 || this.removed().length > 0;
  }

  /** As a draft keeps it. */
  draft() {
    return { annotations: this.written(), removed: this.removed() };
  }

  /** What a DRAFT kept, upon what the server has. */
  restore(draft) {
    const removed = new Set(draft.removed ?? []);
    const written = new Map((draft.annotations ?? []).map((one) => [one.id ?? newId(), one]));
    const items = [...this.stored.values()].filter((one) => !removed.has(one.id));
    const kept = items.map((one) => {
      const found = written.get(one.id);
      written.delete(one.id);
      return found ? content({ ...one, ...found, id: one.id }) : one;
    });
    const fresh = [...written].map(([id, one]) => content({ metadata: {}, annotation: {}, dimensions: {}, ...one, id }));
    this.items = [...kept, ...fresh];
    this.onChange();
  }

  /** The server has it all now, as it is here. */
  settle() {
    this.stored = new Map(this.items.map((one) => [one.id, one]));
    this.onChange();
  }

  /** As the server has it. */
  discard() {
    this.put([...this.stored.values()]);
  }
}
