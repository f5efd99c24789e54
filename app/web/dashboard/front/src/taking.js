// Taking entries: the next one of a project or dataset, or one that is open. Where the workflow begins with a step
// at which whoever submits first keeps the entry, that submit belongs to the taking.
import { ask, newKey } from "./api.js";
import { toast } from "./toasts.js";

/** The kind of the step that ENTRY (a resource object) is at. */
async function kindOf(entry) {
  const dataset = entry.relationships.dataset.data.id;
  const { document } = await ask("GET", `/datasets/${dataset}/workflow`);
  return document.data.attributes.steps.find((one) => one.name === entry.attributes.wf_step)?.kind;
}

/** ENTRY, taken from an open step to the one where it is worked. */
async function begun(entry) {
  const kind = await kindOf(entry);
  if (kind !== "open") return { id: entry.id, kind };
  const { document } = await ask("POST", `/entries/${entry.id}/submit`, {
    body: { data: { attributes: {} } },
    headers: { "Idempotency-Key": newKey() },
  });
  const now = document.data;
  if (!now.meta?.lease?.token) {
    await ask("POST", `/entries/${entry.id}/select`, { body: { data: { attributes: {} } } });
  }
  return { id: entry.id, kind: await kindOf(now) };
}

const addressOf = ({ id, kind }) => (kind === "review" ? `/ui/entries/${id}/review` : `/ui/entries/${id}`);

/** Goes to the next entry of PATH, such as /datasets/ID; false where nothing waits there. */
export async function goToNext(path) {
  const headers = { "Idempotency-Key": newKey() };
  const { document } = await ask("POST", `${path}/next`, { body: { data: { attributes: {} } }, headers });
  if (!document) return false;
  window.location.assign(addressOf(await begun(document.data)));
  return true;
}

/** Takes the entry; resolves once it is in the hands of who is signed in. */
export async function take(id) {
  const { document } = await ask("POST", `/entries/${id}/select`, { body: { data: { attributes: {} } } });
  return begun(document.data);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-takes]");
  if (!button) return;
  button.disabled = true;
  goToNext(button.dataset.takes)
    .then((isThere) => {
      if (isThere) return;
      button.disabled = false;
      const told = document.getElementById(button.dataset.tells);
      if (told) told.textContent = button.dataset.none;
      else toast(button.dataset.none, "warn");
    })
    .catch((error) => {
      button.disabled = false;
      toast(error.message, "bad");
    });
});
