// Whole lists as files, a record a line: <button data-lines="/entries?..." data-named="entries.ndjson">.
import { toast } from "./toasts.js";

async function fetched(button) {
  const answer = await fetch(`/ui/api${button.dataset.lines}`, { headers: { Accept: "application/x-ndjson" } });
  if (!answer.ok) throw new Error(`The server answered ${answer.status}: look at the page anew.`);
  const address = URL.createObjectURL(await answer.blob());
  Object.assign(document.createElement("a"), { href: address, download: button.dataset.named }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-lines]");
  if (!button) return;
  button.disabled = true;
  fetched(button)
    .catch((error) => toast(error.message, "bad"))
    .finally(() => (button.disabled = false));
});
