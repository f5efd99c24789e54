// What every page runs.
import "./htmx.js";
import "./live.js";
import "./forms.js";
import "./keys.js";
import "./filters.js";
import "./trials.js";
import "./bulk.js";
import "./labels.js";
import "./lines.js";
import "./taking.js";
import "./counting.js";
import { toast } from "./toasts.js";

// ---- light and dark
const root = document.documentElement;
root.dataset.theme = localStorage.getItem("theme") ?? "";
document.addEventListener("click", (event) => {
  const pressed = event.target.closest?.("button");
  if (!pressed) return;
  if (pressed.matches("[data-theme-switch]")) {
    const isDark = getComputedStyle(root).colorScheme === "dark" || (root.dataset.theme === "" && matchMedia("(prefers-color-scheme: dark)").matches);
    root.dataset.theme = isDark ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.theme);
    root.dispatchEvent(new CustomEvent("postil:theme", { bubbles: true }));
  } else if (pressed.dataset.copy !== undefined) {
    const text = pressed.dataset.copy || pressed.closest("[data-copied]")?.querySelector("pre, code")?.textContent;
    copy(text ?? "").then(() => toast("Copied.", "good"), () => toast("The browser does not let us copy: select the text.", "warn"));
  } else if (pressed.dataset.opens) {
    document.getElementById(pressed.dataset.opens).showModal();
  } else if (pressed.matches("[data-closes]")) {
    pressed.closest("dialog").close();
  }
});

// Without TLS browsers have no clipboard for us but the old way.
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(field);
  field.select();
  const isDone = document.execCommand("copy");
  field.remove();
  if (!isDone) throw new Error("not copied");
}

// ---- fields that search as soon as they are changed
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-submits]")) event.target.form.requestSubmit();
});

// A page that is looked at anew is not to take the words out of somebody's hands.
document.addEventListener("htmx:beforeSwap", (event) => {
  const target = event.detail.target;
  if (target.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) event.detail.shouldSwap = false;
  if (target.querySelector("dialog[open], details[data-busy][open]")) event.detail.shouldSwap = false;
});
