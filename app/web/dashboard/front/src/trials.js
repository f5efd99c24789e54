// Forms that are tried before they are meant: <form data-call data-tried>. What would happen is shown in <output>; only
// then is there the button of data-after-trial, until something of the form is changed. A job is watched to its end.
import { ask } from "./api.js";

const count = (number, one, many) => `${Number(number).toLocaleString("en")} ${number === 1 ? one : many}`;
const entries = (number) => count(number, "entry", "entries");
const annotations = (number) => count(number, "annotation", "annotations");

/** What a change of many would do, or did. */
function ofMany({ matched, changed, tried }, isDry) {
  if (tried === false) return `${entries(matched)} match. They are changed by a job, which goes on where one of them refuses.`;
  if (!isDry) return `${entries(changed)} changed, of ${entries(matched)} that matched.`;
  const rest = matched - changed ? ` ${entries(matched - changed)} would stay: so already.` : "";
  return `${entries(matched)} match. ${entries(changed)} would be changed, none refuses.${rest}`;
}

/** A line of PARTS; those that are lists of one are names, which turn no direction but their own. */
function line(...parts) {
  const made = document.createElement("div");
  const name = (text) => Object.assign(document.createElement("bdi"), { textContent: text });
  made.append(...parts.map((part) => (Array.isArray(part) ? name(part[0]) : part)));
  return made;
}

/** What a change of labels would touch, as lines. */
function ofLabels({ annotations: touched, labels, relabelled, removed }) {
  const lines = [line(touched ? `${annotations(touched)} would be touched:` : "No annotation would be touched.")];
  for (const [label, one] of Object.entries(labels)) {
    let fate = ["made to fit"];
    if (removed.includes(label)) fate = ["would go"];
    else if (label in relabelled) fate = ["become ", [relabelled[label]]];
    lines.push(line([label || "without a label"], `: ${annotations(one.annotations)} on ${entries(one.entries)}, `, ...fate));
  }
  for (const label of removed) if (!(label in labels)) lines.push(line([label], ": unused, would go"));
  return lines;
}

function offer(form, isOffered) {
  for (const one of form.querySelectorAll("[data-after-trial]")) one.hidden = !isOffered;
}

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Shows how far the job is in PLACE, until it ends. */
async function watch(id, place) {
  const text = document.createElement("span");
  const bar = document.createElement("progress");
  const link = Object.assign(document.createElement("a"), { href: `/ui/jobs/${id}`, textContent: "The job" });
  bar.setAttribute("aria-label", "Progress of the job");
  place.replaceChildren(text, bar, link);
  place.hidden = false;
  for (;;) {
    const { document: told } = await ask("GET", `/jobs/${id}`);
    const { state, done, total, errors_count: errors, result } = told.data.attributes;
    if (total) [bar.max, bar.value] = [total, done];
    if (["succeeded", "failed", "cancelled"].includes(state)) {
      bar.remove();
      const changed = result.changed === undefined ? "" : ` ${result.changed.toLocaleString("en")} changed.`;
      const refused = errors ? ` ${errors.toLocaleString("en")} refused: see the job.` : "";
      text.textContent = `The job ${state}.${changed}${refused} `;
      return;
    }
    text.textContent = `The job is ${state}. `;
    await wait(400);
  }
}

async function done(form, told, isDry) {
  const output = form.querySelector("output");
  if (told?.data?.type?.endsWith("jobs")) {
    offer(form, false);
    await watch(told.data.id, output);
    // What the page knows of the record is its version before: it looks anew, once this has been read.
    if (form.dataset.match) form.closest("dialog").addEventListener("close", () => window.location.reload(), { once: true });
    document.body.dispatchEvent(new CustomEvent("postil:changed"));
    return;
  }
  const isPreview = told?.data?.attributes?.relabelled !== undefined;
  output.replaceChildren(...(isPreview ? ofLabels(told.data.attributes) : [ofMany(told?.meta ?? {}, isDry)]));
  output.hidden = false;
  offer(form, isPreview || isDry);
  if (!isPreview && !isDry) document.body.dispatchEvent(new CustomEvent("postil:changed"));
}

let pressed = null;
document.addEventListener("submit", (event) => (pressed = event.submitter), true);

document.addEventListener("postil:done", (event) => {
  const form = event.target;
  if (form.dataset.tried === undefined) return;
  done(form, event.detail, pressed?.name === "query.dry_run").catch((error) => {
    form.querySelector("output").textContent = error.message;
  });
});

// Another wish is another trial.
function forget(form) {
  if (form?.dataset?.tried === undefined) return;
  offer(form, false);
  const output = form.querySelector("output");
  output.hidden = true;
  output.replaceChildren();
}

document.addEventListener("input", ({ target }) => forget(target.form));
document.addEventListener("submit", ({ target, submitter }) => submitter?.matches("[data-after-trial]") || forget(target), true);
document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-opens]");
  if (!button) return;
  const form = document.getElementById(button.dataset.opens).querySelector("form");
  forget(form);
  for (const [name, value] of Object.entries(JSON.parse(button.dataset.fill ?? "{}"))) {
    if (form.elements[name]) form.elements[name].value = value;
    for (const place of form.querySelectorAll(`[data-filled="${name}"]`)) place.textContent = value;
  }
});
