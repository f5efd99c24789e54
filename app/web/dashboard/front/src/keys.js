// Keys: an element with data-key is pressed by that key, unless somebody types. `?` shows them all.
const typing = (target) =>
  target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]") !== null;

const visible = (one) => one.getClientRects().length > 0 && !one.disabled;

function list() {
  const dialog = document.getElementById("keys");
  const lines = dialog.querySelector("dl");
  lines.replaceChildren();
  for (const one of document.querySelectorAll("[data-key]")) {
    if (!visible(one)) continue;
    const key = document.createElement("dt");
    key.append(Object.assign(document.createElement("kbd"), { textContent: one.dataset.key }));
    const what = document.createElement("dd");
    what.textContent = one.dataset.what ?? one.getAttribute("aria-label") ?? one.textContent.trim();
    lines.append(key, what);
  }
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  // A choice with data-enter is sent by Enter, as what is typed into a field is.
  if (event.key === "Enter" && event.target.matches?.("select[data-enter]")) {
    event.preventDefault();
    event.target.form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "?") {
    event.preventDefault();
    list();
    return;
  }
  for (const one of document.querySelectorAll("[data-key]")) {
    if (one.dataset.key === event.key && visible(one)) {
      event.preventDefault();
      one.matches("input:not([type=checkbox]):not([type=radio]), textarea, select") ? one.focus() : one.click();
      return;
    }
  }
});
