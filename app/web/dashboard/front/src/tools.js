// The buttons and keys of the picture.
import { mayMark } from "./asked.js";
import { DRAWN } from "./geometry.js";
import { pressKey } from "./keyboard.js";

const TOOL_KEYS = { box: "b", polygon: "p", rotated_box: "R", polyline: "l", point: "d", keypoints: "w" };

const by = (id) => document.getElementById(id);

/** Has the buttons above the picture do what they say, with one more for each type of shape that LABELS allow. */
export function watchTools(editor, labels) {
  const { viewer } = editor;
  by("zoom-in").addEventListener("click", () => viewer.zoom(1.4));
  by("zoom-out").addEventListener("click", () => viewer.zoom(1 / 1.4));
  by("fit").addEventListener("click", () => viewer.fit());
  by("veil").addEventListener("click", (event) => {
    const isVeiled = event.currentTarget.getAttribute("aria-pressed") !== "true";
    event.currentTarget.setAttribute("aria-pressed", String(isVeiled));
    editor.setVeiled(isVeiled);
  });
  const types = DRAWN.filter((type) =>
    labels.classes.length && !labels.isOpen ? labels.classes.some((one) => !one.is_hidden && mayMark(one, type)) : type !== "keypoints",
  ).filter((type) => type !== "keypoints" || labels.classes.some((one) => one.keypoints?.length));
  for (const type of types) {
    const name = type.replaceAll("_", " ");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "small", textContent: name });
    Object.assign(button.dataset, { tool: type, key: TOOL_KEYS[type], what: `Put ${type === "keypoints" ? "" : "a "}${name} in the middle (by pointer: draw)` });
    by("tools")?.append(button);
  }
  for (const button of document.querySelectorAll("[data-tool]")) {
    button.setAttribute("aria-pressed", String(button.dataset.tool === editor.tool));
    button.addEventListener("click", (event) => {
      const { tool } = button.dataset;
      if (tool === "select" || event.detail > 0) {
        editor.setTool(editor.tool === tool ? "select" : tool);
        if (event.detail > 0) return;
      } else editor.put(tool);
      viewer.element.focus({ preventScroll: true });
    });
  }
  editor.addEventListener("tool", () => {
    for (const one of document.querySelectorAll("[data-tool]")) one.setAttribute("aria-pressed", String(one.dataset.tool === editor.tool));
  });
}

const isField = (target) => target.matches?.("input:not([type=checkbox]), textarea, select");

/** Has keys do what they say; `toFields` goes to the fields of what is selected. */
export function watchKeys(editor, paper, toFields) {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !isField(event.target)) {
      event.preventDefault();
      if (event.shiftKey) paper.redo();
      else paper.undo();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isField(event.target)) {
      if (event.key !== "Escape") return;
      event.preventDefault();
      editor.viewer.element.focus();
      return;
    }
    if (event.key === "Enter" && event.target === editor.viewer.element && editor.item && !editor.path.length) {
      event.preventDefault();
      toFields();
      return;
    }
    if (event.key === "Enter" && event.target !== editor.viewer.element) return;
    if (event.key.startsWith("Arrow") && event.target.closest?.("[role=region], .scroll")) return;
    if (pressKey(editor, event)) event.preventDefault();
  });
}
