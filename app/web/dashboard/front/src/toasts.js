// Short messages at the edge of the page, which a screen reader speaks.
export function toast(text, kind = "") {
  const line = document.createElement("div");
  line.className = `notice ${kind}`;
  line.textContent = text;
  document.getElementById("toasts").append(line);
  setTimeout(() => line.remove(), kind === "bad" ? 12000 : 5000);
}
