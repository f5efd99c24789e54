// The entry page: what is marked is shown and changed, kept while it is worked on, and handed on.
import { ask, newKey, Refusal } from "./api.js";
import { Editor } from "./editor.js";
import { said } from "./forms.js";
import { Keeper } from "./keeping.js";
import { classesOf, lacks } from "./asked.js";
import { Lease } from "./lease.js";
import { watchNotes } from "./notes.js";
import { Panel } from "./panel.js";
import { Paper } from "./paper.js";
import { signInAgain } from "./signing.js";
import { goToNext, take } from "./taking.js";
import { Chooser, Reader } from "./texts.js";
import { toast } from "./toasts.js";
import { watchKeys, watchTools } from "./tools.js";
import { Viewer } from "./viewer.js";

const ATOMIC = 'application/vnd.api+json;ext="https://jsonapi.org/ext/atomic"';

const by = (id) => document.getElementById(id);
const told = JSON.parse(by("entry-told").textContent);
const labels = classesOf(told.configuration, told.labels);
const paper = new Paper(told.annotations);
const keeper = new Keeper(paper, told.id, told.account);
let editor = null; // of the picture, or of what there is instead
let etag = told.etag; // of the version that one's work goes on from
let lease = null;

/** A message that stays until it is closed. ACTIONS are pairs of what a button says and does. */
function notice(text, kind, ...actions) {
  const line = document.createElement("div");
  line.className = `notice ${kind} head`;
  const words = document.createElement("span");
  words.textContent = text;
  line.append(words);
  for (const [name, act] of [...actions, ["Close", () => {}]]) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "small", textContent: name });
    button.addEventListener("click", () => {
      line.remove();
      act();
    });
    line.append(button);
  }
  by("notices").replaceChildren(line);
}

// ---- kept, saved, handed on

const panel = new Panel(paper, labels, told.isEditable, {
  choose: (id) => editor.setLabel(id),
  select: (id) => editor.select(id),
  quote: (dimensions) => editor?.quote?.(dimensions) ?? "",
});

let isDue = false;
function show() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => isDue && showNow());
}

// Who types quickly presses what the last key made, before it was drawn.
document.addEventListener("keydown", () => isDue && showNow(), { capture: true });

function showNow() {
  isDue = false;
  editor.draw();
  panel.show(editor.selected, editor.label);
  if (by("undo")) [by("undo").disabled, by("redo").disabled] = [!paper.done.length, !paper.undone.length];
}

keeper.onState = (state) => {
  const words = { kept: "Kept as a draft.", keeping: "…", here: "Kept in this browser: the server does not take it now." };
  if (by("kept")) by("kept").textContent = words[state] ?? "";
};

/** Writes what is marked to the server, all or nothing. Throws Refusal. */
async function save() {
  const [written, removed] = [paper.written(), paper.removed()];
  const operations = [
    ...removed.map((id) => ({ op: "remove", ref: { type: "annotations", id } })),
    ...written.map(({ id, ...attributes }) =>
      paper.stored.has(id)
        ? { op: "update", data: { type: "annotations", id, attributes } }
        : { op: "add", data: { type: "annotations", id, attributes: { ...attributes, entry_id: told.id } } },
    ),
  ];
  if (!operations.length) return;
  const headers = { "Content-Type": ATOMIC, Accept: ATOMIC, "Idempotency-Key": newKey() };
  try {
    await ask("POST", "/operations", { body: { "atomic:operations": operations }, headers });
  } catch (error) {
    point(error, (at) => written[at - removed.length], /operations\/(\d+)/);
    throw error;
  }
  paper.settle();
  await keeper.clear();
}

/** Selects what a refusal points to: FIND tells which annotation the number in its pointer is. */
function point(error, find, pattern) {
  const number = error.errors?.[0]?.source?.pointer?.match(pattern)?.[1];
  const item = number === undefined ? null : find(Number(number));
  if (item?.dimensions.type) editor.select(item.id);
}

/** Goes to the first field in PLACE, or to the classes where it has none. */
function toFields(place) {
  showNow();
  (by(place).querySelector("select, input") ?? by("classes")?.querySelector("button"))?.focus();
}

/** What still lacks an answer: it is selected, its first field in focus. */
function incomplete() {
  const item = paper.items.find((one) => lacks(one, labels).length > 0);
  const open = labels.questions.filter((one) => one.required && !paper.items.some((found) => !found.dimensions.type && found.annotation.label === one.id));
  if (!item && !open.length) return false;
  const names = item ? lacks(item, labels).join(", ") : open.map((one) => one.name ?? one.id).join(", ");
  toast(`Not submitted: ${names} is missing.`, "warn");
  if (item?.dimensions.type) editor.select(item.id);
  toFields(item?.dimensions.type ? "fields" : "answers");
  return true;
}

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
  const where = now ? `it stands at ${now.data.attributes.wf_step} (${now.data.attributes.status.replaceAll("_", " ")})` : "it is in other hands";
  notice(
    `Not done: this entry was submitted or changed meanwhile, perhaps in another tab, and now ${where}. What you did here is kept.`,
    "warn",
    ["Load it anew", () => window.location.reload()],
  );
  return true;
}

/** Hands the entry on by ACTION with ATTRIBUTES; then goes on. Throws Refusal. */
async function leave(action, attributes) {
  clearTimeout(keeper.timer);
  const send = () => {
    const headers = { ...lease.headers, "If-Match": etag, "Idempotency-Key": newKey() };
    return ask("POST", `/entries/${told.id}/${action}`, { body: { data: { attributes } }, headers });
  };
  try {
    await send();
  } catch (error) {
    if (error.status !== 412) throw error;
    const now = await standing();
    if (!isStillHeld(now)) throw error;
    etag = now.etag; // somebody changed its priority, say, or has another seat: it is worked on all the same
    await send();
  }
  keeper.isOver = true;
  lease.end();
  await keeper.clear();
  if (by("go-on").checked && (await goToNext(`/datasets/${told.dataset}`))) return;
  window.location.assign(by("go-on").checked ? "/ui/work?nothing=1" : "/ui/work");
}

async function submit() {
  if (incomplete()) return;
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

/** Runs ACT while its button is pressed no more; what goes wrong is told. */
async function during(button, act) {
  if (button.disabled) return;
  button.disabled = true;
  try {
    await act();
  } catch (error) {
    const words = error instanceof Refusal ? error.errors.map((one) => one.detail ?? one.title).join(" ") || error.message : "The server does not answer: what you did is kept, try again.";
    notice(words, "bad");
  } finally {
    button.disabled = false;
  }
}

const press = (id, act) => by(id)?.addEventListener("click", (event) => during(event.currentTarget, act));

function watchActions() {
  press("submit", submit);
  press("save", async () => {
    await save();
    toast("Saved.", "good");
  });
  press("to-review", async () => {
    await save();
    window.location.assign(`/ui/entries/${told.id}/review`);
  });
  press("give-back", async () => {
    if (paper.isChanged) await keeper.send();
    lease.end();
    await ask("DELETE", `/entries/${told.id}/lease`);
    window.location.assign("/ui/work");
  });
  press("take", async () => {
    const { kind } = await take(told.id);
    if (kind === "review") window.location.assign(`/ui/entries/${told.id}/review`);
    else window.location.reload();
  });
  for (const form of document.querySelectorAll("[data-leaves]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector(".primary");
      button.disabled = true;
      try {
        await leave(form.dataset.leaves, said(form).attributes);
      } catch (error) {
        form.querySelector("[role=alert]").textContent = error.message;
      } finally {
        button.disabled = false;
      }
    });
  }
  const goOn = by("go-on");
  if (goOn) {
    goOn.checked = localStorage.getItem("postil:go-on") !== "no";
    goOn.addEventListener("change", () => localStorage.setItem("postil:go-on", goOn.checked ? "yes" : "no"));
  }
}

// ---- the picture, or what there is instead

function watchEditor(made) {
  editor = made;
  editor.addEventListener("select", show);
  editor.addEventListener("said", ({ detail }) => (by("said").textContent = detail));
  editor.addEventListener("refused", ({ detail }) => toast(detail, "warn"));
  by("undo")?.addEventListener("click", () => paper.undo());
  by("redo")?.addEventListener("click", () => paper.redo());
  by("delete")?.addEventListener("click", () => editor.remove());
  watchNotes(told.id, editor, stored);
}

async function showPicture() {
  const viewer = new Viewer(by("stage"), told.picture);
  watchEditor(new Editor(viewer, paper, labels, told.isEditable));
  watchTools(editor, labels);
  watchKeys(editor, paper, () => toFields("fields"));
  try {
    await viewer.opened;
  } catch (error) {
    notice(error.message, "bad");
    return;
  }
  by("stage").dataset.ready = "";
  show();
}

/** Sees to it that the server has the annotation. */
async function stored(id) {
  if (!paper.stored.has(id)) await save();
}

async function showText(place) {
  watchEditor(new Reader(place, paper, labels, told.isEditable));
  const answer = await fetch(place.dataset.text, { credentials: "same-origin" });
  if (answer.ok) editor.read((await answer.text()).slice(0, 1_000_000));
  else notice("The text cannot be shown.", "bad");
  show();
}

// ---- from the beginning

function takeUp() {
  const here = keeper.here();
  keeper.draft = told.draft?.id ?? null;
  const content = here ?? told.draft?.content;
  if (!content || (!content.annotations?.length && !content.removed?.length)) return;
  paper.restore(content);
  if (!paper.isChanged) return;
  if (here) keeper.send();
  notice("Your unsaved work on this entry is here again.", "good", ["Discard it", () => paper.discard()]);
}

async function begin() {
  watchActions();
  const isToTake = (told.isMine && !told.lease?.token) || (told.lease?.token && told.kind === "open");
  if (isToTake && told.kind && told.kind !== "review") {
    try {
      await take(told.id);
      window.location.reload();
      return;
    } catch (error) {
      notice(error.message, "bad");
    }
  }
  if (told.isEditable) {
    lease = new Lease(told.id, told.lease, (error) => notice(`${error.message} What you did here is kept as a draft.`, "bad"));
    takeUp();
  }
  paper.onChange = () => {
    if (told.isEditable) keeper.changed();
    show();
  };
  if (by("stage")) await showPicture();
  else if (by("text")) await showText(by("text"));
  else {
    watchEditor(new Chooser(paper, labels, told.isEditable));
    show();
  }
}

// The page hears of what others do: an entry that is no longer in these hands is told of at once.
function gone() {
  if (!told.isEditable || keeper.isOver || !lease || lease.isOver) return;
  lease.end();
  const words = "This entry is no longer in your hands: it was submitted in another tab, or went to somebody else. What you did here is kept.";
  notice(words, "warn", ["Load it anew", () => window.location.reload()]);
}

document.addEventListener("htmx:afterSettle", () => {
  if (by("standing").dataset.held !== "yes") gone();
});

document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { status } = event.detail.xhr;
  if (status < 400) return;
  event.preventDefault(); // the page stays as it is, with all the work on it
  if (status === 401) signInAgain();
  else if (status === 403 || status === 404) gone();
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden && keeper.timer && !keeper.isOver) keeper.send();
});
begin();
