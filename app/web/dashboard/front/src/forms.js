// Forms that are calls of the API: <form data-call="POST /entries/ID/submit">.
//
// A field's name is the attribute it becomes (`filter.split`: a member of one); `meta.x` goes into meta, `query.x` into the
// address. data-as says what it is (number, boolean, json, list, lines, many: one of several of that name), data-empty what
// an empty one means (null, keep; left out otherwise). data-type is the type of the record, data-match the version that it
// must still have. data-then says what comes after: `reload` (unless said), `stay`, or an address, in which {id} is the new record's. data-show names what of the answer is shown in <output>
// (`meta.secret`). data-next is a call made once this one is done, such as that for the next entry: {id} is of what it
// tells. data-none says what comes where the answer tells of no record: an address, or words that are shown.
// A button of the form may add a field: <button name="query.dry_run" value="true"> shows what would be.
import { ask, newKey, Refusal } from "./api.js";
import { toast } from "./toasts.js";

const READ = {
  number: (text) => Number(text),
  boolean: (text) => text === "true" || text === "on",
  json: (text) => JSON.parse(text),
  list: (text) => text.split(/[\n,]/).map((one) => one.trim()).filter(Boolean),
  lines: (text) => text.split("\n").map((one) => one.trim()).filter(Boolean),
  time: (text) => new Date(text).toISOString(),
};

class BadField extends Error {
  constructor(name, detail) {
    super(detail);
    this.name = name;
  }
}

/** Puts VALUE into OBJECT at PATH, `attributes.reason`: a list goes behind the one that is there. */
function put(object, path, value) {
  const names = path.split(".");
  const last = names.pop();
  for (const name of names) object = object[name] ??= {};
  object[last] = Array.isArray(value) && Array.isArray(object[last]) ? [...object[last], ...value] : value;
}

/** What FORM says: `{attributes, meta, query}`. Throws BadField. */
export function said(form, submitter) {
  const told = { attributes: {}, meta: {}, query: new URLSearchParams() };
  const data = new FormData(form, submitter ?? undefined);
  for (const box of form.querySelectorAll("input[type=checkbox][data-as=boolean]")) {
    if (box.name && !box.disabled && !box.checked) data.append(box.name, "false");
  }
  for (const [name, value] of data) {
    const field = form.elements[name];
    const one = field?.dataset ? field : field?.[0];
    const text = String(value);
    if (text === "" && one?.dataset.empty !== "null" && one?.dataset.empty !== "keep") continue;
    let read;
    try {
      read = text === "" && one?.dataset.empty === "null" ? null : (READ[one?.dataset.as] ?? String)(text);
    } catch (error) {
      const why = error instanceof SyntaxError ? `: ${error.message}` : "";
      throw new BadField(name, `this is no ${one.dataset.as}${why}`);
    }
    if (name.startsWith("query.")) told.query.append(name.slice(6), text);
    else put(name.startsWith("meta.") ? told.meta : told.attributes, name.replace(/^meta\./, ""), one?.dataset.as === "many" ? [text] : read);
  }
  return told;
}

function clear(form) {
  for (const one of form.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
  for (const one of form.querySelectorAll(".fault")) one.remove();
}

/** Tells DETAIL beside the field called so, else at the end. FAILED is the entry that refused, where it was one of many. */
function complain(form, name, detail, failed) {
  const line = document.createElement("div");
  line.className = "fault";
  line.setAttribute("role", "alert");
  line.textContent = detail;
  if (failed) line.append(" ", Object.assign(document.createElement("a"), { href: `/ui/entries/${failed}`, textContent: "This entry refuses." }));
  const field = form.elements[name];
  const one = field?.length && !field.tagName ? field[0] : field;
  if (one && one.type !== "hidden") {
    one.setAttribute("aria-invalid", "true");
    (one.closest("label") ?? one).append(line);
    one.focus();
  } else form.append(line);
}

/** Tells of each of ERRORS beside the field that its pointer names. */
function complainOfAll(form, error) {
  let errors = error instanceof Refusal && error.errors.length ? error.errors : [{ detail: error.message }];
  if (error.status === 412) errors = [{ detail: "It was changed meanwhile, by somebody else or in another tab: load this page anew to see how it stands." }];
  for (const one of errors) {
    const [, kind, name, rest] = one.source?.pointer?.match(/^\/(?:data\/)?(attributes|relationships|meta)\/([^/]+)(.*)/) ?? [];
    const field = kind === "relationships" ? `${name}_id` : kind === "meta" ? `meta.${name}${rest.replaceAll("/", ".")}` : name;
    const said = one.detail ?? one.title;
    complain(form, field, rest && kind === "attributes" ? `${rest}: ${said}` : said, one.meta?.failed);
  }
}

/** VALUE as lines of text. */
function told(value, depth = 0) {
  if (value === null || typeof value !== "object") return String(value);
  const space = "  ".repeat(depth);
  return Object.entries(value)
    .map(([name, one]) => {
      const isDeep = one !== null && typeof one === "object" && Object.keys(one).length > 0;
      return `${space}${name.replaceAll("_", " ")}: ${isDeep ? `\n${told(one, depth + 1)}` : told(one ?? "none")}`;
    })
    .join("\n");
}

function show(form, document, path) {
  const output = form.querySelector("output");
  if (!output || !document) return false;
  const found = path ? path.split(".").reduce((value, name) => value?.[name], document) : document.meta;
  const value = found ?? document.data?.attributes ?? document.meta ?? {};
  output.textContent = told(value);
  output.hidden = false;
  output.closest("[hidden]")?.removeAttribute("hidden");
  return true;
}

async function call(form, submitter) {
  const { attributes, meta, query } = said(form, submitter);
  const [method, path] = (submitter?.dataset.call ?? form.dataset.call).split(" ");
  const data = { attributes };
  if (form.dataset.type) data.type = form.dataset.type;
  if (form.dataset.id) data.id = form.dataset.id;
  const body = method === "DELETE" ? undefined : { data };
  if (body && Object.keys(meta).length) body.meta = meta;
  if (meta.action) delete data.attributes; // they are the action's own, in meta
  const headers = {};
  if (form.dataset.match) headers["If-Match"] = form.dataset.match;
  if (form.dataset.lease) headers["Postil-Lease"] = form.dataset.lease;
  const spelt = JSON.stringify([method, path, body, String(query)]);
  if (form.spelt !== spelt) [form.spelt, form.key] = [spelt, newKey()];
  if (method === "POST") headers["Idempotency-Key"] = form.key;
  const target = String(query) ? `${path}${path.includes("?") ? "&" : "?"}${query}` : path;
  const answer = await ask(method, target, { body, headers });
  form.spelt = undefined;
  return answer;
}

/** Goes to THEN, an address in which {id} may stand. */
async function follow(form, then, document) {
  const told = form.dataset.next ? await next(...form.dataset.next.split(" ")) : document;
  const none = form.dataset.none ?? "There is nothing to do now.";
  if (told?.data?.id || !then.includes("{id}")) window.location.assign(then.replace("{id}", told?.data?.id ?? ""));
  else if (none.startsWith("/")) window.location.assign(none);
  else toast(none, "warn");
}

/** What comes next; null where nothing does, or it is refused: what was done before it stays done. */
async function next(method, path) {
  try {
    return (await ask(method, path, { body: { data: { attributes: {} } }, headers: { "Idempotency-Key": newKey() } })).document;
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

async function submitted(form, submitter) {
  clear(form);
  const question = submitter?.dataset.confirm ?? form.dataset.confirm;
  if (question && !window.confirm(question)) return;
  form.setAttribute("aria-busy", "true");
  const buttons = [...form.querySelectorAll("button")].filter((one) => !one.disabled);
  const running = call(form, submitter);
  for (const one of buttons) one.disabled = true;
  try {
    const { document } = await running;
    const isDry = submitter?.name === "query.dry_run" || submitter?.name === "dry_run" || submitter?.dataset.then === "stay";
    const then = isDry ? "stay" : (submitter?.dataset.then ?? form.dataset.then ?? "reload");
    const isShown = show(form, document, form.dataset.show);
    form.dispatchEvent(new CustomEvent("postil:done", { bubbles: true, detail: document }));
    if (then === "reload") window.location.reload();
    else if (then === "stay") isShown || toast(form.dataset.done ?? "Done.", "good");
    else await follow(form, then, document);
  } catch (error) {
    if (error instanceof Refusal) form.spelt = undefined; // it had no effect: asked again, it is asked anew
    complainOfAll(form, error);
  } finally {
    for (const one of buttons) one.disabled = false;
    form.removeAttribute("aria-busy");
  }
}

// A form of the dashboard itself, <form data-plain="/ui/password">: what it says is sent as a form's fields are.
async function sent(form) {
  clear(form);
  const answer = await fetch(form.dataset.plain, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { Accept: "application/json" },
  });
  if (answer.ok) {
    form.reset();
    toast("Done.", "good");
    return;
  }
  const told = await answer.json().catch(() => ({}));
  complainOfAll(form, new Refusal(answer.status, told.errors ?? []));
}

document.addEventListener("submit", (event) => {
  if (event.target.dataset.plain) {
    event.preventDefault();
    sent(event.target).catch((error) => toast(error.message, "bad"));
    return;
  }
  const form = event.target;
  if (!form.dataset.call && !event.submitter?.dataset.call) return;
  event.preventDefault();
  submitted(form, event.submitter).catch((error) => {
    if (error instanceof BadField) complain(form, error.name, error.message);
    else toast(error.message, "bad");
  });
});
