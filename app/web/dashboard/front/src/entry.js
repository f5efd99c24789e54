// The entry page: what is marked is shown and changed, kept while it is worked on, and handed on.
import { ask, Refusal } from "./api.js";
import { by, desk, keeper, labels, paper, show, toFields, told } from "./desk.js";
import { Editor } from "./editor.js";
import { said } from "./forms.js";
import { Lease } from "./lease.js";
import { gone, leave, submit } from "./leaving.js";
import { during, notice } from "./notices.js";
import { watchNotes } from "./notes.js";
import { save, stored } from "./saving.js";
import { signInAgain } from "./signing.js";
import { take } from "./taking.js";
import { Chooser, Reader } from "./texts.js";
import { toast } from "./toasts.js";
import { watchKeys, watchTools } from "./tools.js";
import { Viewer } from "./viewer.js";

keeper.onState = (state) => {
  const words = { kept: "Kept as a draft.", keeping: "…", here: "Kept in this browser: the server does not take it now." };
  if (by("kept")) by("kept").textContent = words[state] ?? "";
};

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
    desk.lease.end();
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

function watchEditor(editor) {
  desk.editor = editor;
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
  const editor = new Editor(viewer, paper, labels, told.isEditable);
  watchEditor(editor);
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

async function showText(place) {
  const reader = new Reader(place, paper, labels, told.isEditable);
  watchEditor(reader);
  const answer = await fetch(place.dataset.text, { credentials: "same-origin" });
  if (answer.ok) reader.read((await answer.text()).slice(0, 1_000_000));
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
    desk.lease = new Lease(told.id, told.lease, (error) => notice(`${error.message} What you did here is kept as a draft.`, "bad"));
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
