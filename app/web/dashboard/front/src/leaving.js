// Hands the entry on, once: by a submit, or by what else takes it out of one's hands.
import { ask, newKey, Refusal } from "./api.js";
import { by, desk, keeper, paper, told } from "./desk.js";
import { notice } from "./notices.js";
import { isIncomplete, point, save } from "./saving.js";
import { goToNext } from "./taking.js";

const anew = ["Load it anew", () => window.location.reload()];

/** The entry as the server has it now: `{etag, data}`; null where it is not to be seen any more. */
async function standing() {
  try {
    const { document, headers } = await ask("GET", `/entries/${told.id}`);
    return { etag: headers.get("ETag"), data: document.data };
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/** Whether the entry is still in these hands, and has been all the while: the lease has the same token. */
const isStillHeld = (now) => now?.data.meta?.lease?.token === told.lease.token;

/** Whether the entry is no longer in these hands, which is told. */
async function isOutdated() {
  const now = await standing();
  if (isStillHeld(now)) return false;
  desk.lease.end(); // nothing less is told of it from now on
  const where = now ? `it stands at ${now.data.attributes.wf_step} (${now.data.attributes.status.replaceAll("_", " ")})` : "it is in other hands";
  notice(
    `Not done: this entry was submitted or changed meanwhile, perhaps in another tab, and now ${where}. What you did here is kept.`,
    "warn",
    anew,
  );
  return true;
}

/** Hands the entry on by ACTION with ATTRIBUTES; then goes on. Throws Refusal. */
export async function leave(action, attributes) {
  clearTimeout(keeper.timer);
  const send = () => {
    const headers = { ...desk.lease.headers, "If-Match": desk.etag, "Idempotency-Key": newKey() };
    return ask("POST", `/entries/${told.id}/${action}`, { body: { data: { attributes } }, headers });
  };
  try {
    await send();
  } catch (error) {
    if (error.status !== 412) throw error;
    const now = await standing();
    if (!isStillHeld(now)) throw error;
    desk.etag = now.etag; // somebody changed its priority, say, or has another seat: it is worked on all the same
    await send();
  }
  keeper.isOver = true;
  desk.lease.end();
  await keeper.clear();
  if (by("go-on").checked && (await goToNext(`/datasets/${told.dataset}`))) return;
  window.location.assign(by("go-on").checked ? "/ui/work?nothing=1" : "/ui/work");
}

/** Hands in what is marked. Throws Refusal. */
export async function submit() {
  if (isIncomplete()) return;
  if (paper.removed().length) {
    if (await isOutdated()) return;
    await save(); // a submit makes and changes annotations, and takes none away
  }
  const written = paper.written();
  try {
    await leave("submit", written.length ? { annotations: written } : {});
  } catch (error) {
    if (error instanceof Refusal && [403, 404, 409, 412].includes(error.status) && (await isOutdated())) return;
    if (error instanceof Refusal) point(error, (at) => written[at], /annotations\/(\d+)/);
    throw error;
  }
}

/** Tells that the entry is no longer in these hands, as far as nobody knows. */
export function gone() {
  if (!told.isEditable || keeper.isOver || !desk.lease || desk.lease.isOver) return;
  desk.lease.end();
  const words = "This entry is no longer in your hands: it was submitted in another tab, or went to somebody else. What you did here is kept.";
  notice(words, "warn", anew);
}
