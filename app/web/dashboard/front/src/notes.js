// Notes on the entry: their pins on the picture, and new ones, about the entry, a place, or what is selected.
import { ask, newKey } from "./api.js";
import { toast } from "./toasts.js";

const by = (id) => document.getElementById(id);

/** What the notes on the page are pinned to. */
export function pins() {
  return [...document.querySelectorAll("#notes [data-feed][data-x]")].map(({ dataset }) => ({
    x: Number(dataset.x),
    y: Number(dataset.y),
    number: dataset.number,
    isSettled: dataset.status === "resolved",
  }));
}

/** Tells the page that there are other notes now. */
function refresh() {
  document.activeElement?.blur();
  document.body.dispatchEvent(new CustomEvent("postil:noted"));
}

/** EDITOR is that of the picture, or of what there is instead; `stored(id)` resolves once the server has the annotation. */
export function watchNotes(entry, editor, stored) {
  const form = by("new-note");
  const show = () => {
    editor.pins = pins();
    editor.drawMarks();
  };
  show();
  document.addEventListener("htmx:afterSettle", show);
  document.addEventListener("postil:done", (event) => {
    if (!event.target.closest?.("#notes")) return;
    event.target.reset?.();
    refresh();
  });
  document.addEventListener("click", (event) => {
    const note = event.target.closest?.("[data-shows]")?.closest("[data-feed]");
    if (!note) return;
    const { x, y, annotation } = note.dataset;
    if (annotation) {
      editor.select(annotation);
      editor.showSelected();
    } else editor.viewer?.show({ x: Number(x), y: Number(y), width: 1, height: 1 });
    editor.viewer?.element.focus();
  });
  if (!form) return;
  const { about, content, x, y } = form.elements;
  about.addEventListener("change", () => {
    by("place").hidden = about.value !== "place";
    if (about.value !== "place" || !editor.viewer) return;
    const seen = editor.viewer.seen();
    put([seen.x + seen.width / 2, seen.y + seen.height / 2]);
    editor.setTool("place");
  });
  const put = ([atX, atY]) => {
    [x.value, y.value] = [Math.round(atX), Math.round(atY)];
    editor.pins = [...pins(), { x: atX, y: atY, number: "+" }];
    editor.drawMarks();
  };
  editor.addEventListener("place", ({ detail }) => {
    put(detail);
    content.focus();
  });
  for (const one of [x, y]) one.addEventListener("input", () => put([Number(x.value), Number(y.value)]));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const attributes = { entry_id: entry, content_md: content.value };
    const button = form.querySelector("button");
    try {
      if (about.value === "place") attributes.position = { x: Number(x.value), y: Number(y.value) };
      if (about.value === "annotation") {
        if (!editor.selected) throw new Error("Select what the note is about first.");
        await stored(editor.selected);
        Object.assign(attributes, { anchor_type: "annotation", annotation_id: editor.selected });
      }
      button.disabled = true;
      await ask("POST", "/note_feeds", { body: { data: { type: "note_feeds", attributes } }, headers: { "Idempotency-Key": newKey() } });
      form.reset();
      by("place").hidden = true;
      if (editor.tool === "place") editor.setTool("select");
      toast("The note is written.", "good");
      refresh();
    } catch (error) {
      toast(error.message, "bad");
    } finally {
      button.disabled = false;
    }
  });
}
