// Writes what is marked to the server, and shows what keeps it from being whole.
import { ask, newKey } from "./api.js";
import { lacks } from "./asked.js";
import { desk, keeper, labels, paper, toFields, told } from "./desk.js";
import { toast } from "./toasts.js";

const ATOMIC = 'application/vnd.api+json;ext="https://jsonapi.org/ext/atomic"';

/** Writes it, all or nothing. Throws Refusal. */
export async function save() {
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
export function point(error, find, pattern) {
  const number = error.errors?.[0]?.source?.pointer?.match(pattern)?.[1];
  const item = number === undefined ? null : find(Number(number));
  if (item?.dimensions.type) desk.editor.select(item.id);
}

/** Sees to it that the server has the annotation. */
export async function stored(id) {
  if (!paper.stored.has(id)) await save();
}

/** Whether an answer is still lacking, which is told: what lacks it is selected, its first field in focus. */
export function isIncomplete() {
  const item = paper.items.find((one) => lacks(one, labels).length > 0);
  const open = labels.questions.filter((one) => one.required && !paper.items.some((found) => !found.dimensions.type && found.annotation.label === one.id));
  if (!item && !open.length) return false;
  const names = item ? lacks(item, labels).join(", ") : open.map((one) => one.name ?? one.id).join(", ");
  toast(`Not submitted: ${names} is missing.`, "warn");
  if (item?.dimensions.type) desk.editor.select(item.id);
  toFields(item?.dimensions.type ? "fields" : "answers");
  return true;
}
