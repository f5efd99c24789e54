// The entry on the desk: what was told of it, what is marked, and how it is shown.
import { classesOf } from "./asked.js";
import { Keeper } from "./keeping.js";
import { Panel } from "./panel.js";
import { Paper } from "./paper.js";

export const by = (id) => document.getElementById(id);
export const told = JSON.parse(by("entry-told").textContent);
export const labels = classesOf(told.configuration, told.labels);
export const paper = new Paper(told.annotations);
export const keeper = new Keeper(paper, told.id, told.account);
export const desk = {
  editor: null, // of the picture, or of what there is instead
  etag: told.etag, // of the version that one's work goes on from
  lease: null,
};

const panel = new Panel(paper, labels, told.isEditable, {
  choose: (id) => desk.editor.setLabel(id),
  select: (id) => desk.editor.select(id),
  quote: (dimensions) => desk.editor?.quote?.(dimensions) ?? "",
});

let isDue = false;

/** Shows what there is now, with the next frame. */
export function show() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => isDue && showNow());
}

// Who types quickly presses what the last key made, before it was drawn.
document.addEventListener("keydown", () => isDue && showNow(), { capture: true });

function showNow() {
  isDue = false;
  const { editor } = desk;
  editor.draw();
  panel.show(editor.selected, editor.label);
  if (by("undo")) [by("undo").disabled, by("redo").disabled] = [!paper.done.length, !paper.undone.length];
}

/** Goes to the first field in PLACE, or to the classes where it has none. */
export function toFields(place) {
  showNow();
  (by(place).querySelector("select, input") ?? by("classes")?.querySelector("button"))?.focus();
}
