// Links by which people choose a password: <form data-link="http://host"> shows the one that it has made, and with
// data-link-of="/accounts/{id}/sign_in_link" makes one for the account that it has made.
import { ask, newKey } from "./api.js";
import { toast } from "./toasts.js";

document.addEventListener("postil:done", async (event) => {
  const form = event.target;
  if (form.dataset.link === undefined) return;
  try {
    let told = event.detail;
    if (form.dataset.linkOf) {
      const path = form.dataset.linkOf.replace("{id}", told.data.id);
      told = (await ask("POST", path, { body: { data: {} }, headers: { "Idempotency-Key": newKey() } })).document;
    }
    const shown = form.querySelector("[data-link-shown]");
    shown.textContent = form.dataset.link + told.data.attributes.path;
    shown.closest("[hidden]")?.removeAttribute("hidden");
  } catch (error) {
    toast(`No link was made: ${error.message}`, "bad");
  }
});
