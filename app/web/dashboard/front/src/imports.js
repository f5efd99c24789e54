// Files that somebody picks or drops are uploaded, and then imported: <form data-import="ID of the dataset" data-as="assets">.
// data-as is what the files become: `assets` (each an item), `manifest` or `archive` (one file).
import { newKey, Refusal } from "./api.js";
import { signInAgain } from "./signing.js";

const MOST_FILES = 1000; // of an import
const GROUP_FILES = 25; // that are sent at once: a form is taken whole, or not at all
const GROUP_BYTES = 64 * 1024 * 1024;

/** The answer to a POST of BODY, whose sent bytes are told to TELL. Throws Refusal. */
function post(path, body, headers, tell = () => {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/ui/api${path}`);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => tell(event.loaded));
    request.addEventListener("error", () => reject(new TypeError("The server does not answer: try again.")));
    request.addEventListener("load", async () => {
      if (request.status === 401) {
        await signInAgain();
        post(path, body, headers, tell).then(resolve, reject);
        return;
      }
      const document = JSON.parse(request.responseText || "null");
      if (request.status >= 400) reject(new Refusal(request.status, document?.errors ?? []));
      else resolve(document);
    });
    request.send(body);
  });
}

function* groups(files) {
  let group = [];
  let bytes = 0;
  for (const file of files) {
    if (group.length === GROUP_FILES || (group.length > 0 && bytes + file.size > GROUP_BYTES)) {
      yield group;
      [group, bytes] = [[], 0];
    }
    group.push(file);
    bytes += file.size;
  }
  if (group.length) yield group;
}

/** The ids of the assets that FILES become; those that are refused are told to REFUSE. */
async function upload(files, tell, refuse) {
  const ids = [];
  let before = 0;
  for (const group of groups(files)) {
    const left = [...group];
    while (left.length) {
      const body = new FormData();
      for (const file of left) body.append("file", file, file.name);
      try {
        const { data } = await post("/assets", body, { "Idempotency-Key": newKey() }, (sent) => tell(before + sent));
        ids.push(...[data].flat().map((one) => one.id));
        break;
      } catch (error) {
        const bad = new Map();
        for (const one of error.errors ?? []) {
          const found = one.source?.pointer?.match(/^\/files\/(\d+)/);
          if (found) bad.set(Number(found[1]), one.detail ?? one.title);
        }
        if (!bad.size) throw error;
        for (const [n, why] of [...bad].sort((a, b) => b[0] - a[0])) refuse(left.splice(n, 1)[0], why);
      }
    }
    before += group.reduce((sum, file) => sum + file.size, 0);
    tell(before);
  }
  return ids;
}

function line(list, text) {
  const item = document.createElement("li");
  item.textContent = text;
  list.append(item);
  list.hidden = false;
}

async function run(form) {
  const files = [...form.querySelector("input[type=file]").files];
  const [bar, said, list] = [form.querySelector("progress"), form.querySelector("output"), form.querySelector("ul")];
  list.replaceChildren();
  list.hidden = true;
  bar.hidden = false;
  bar.max = files.reduce((sum, file) => sum + file.size, 0) || 1;
  const tell = (bytes) => {
    bar.value = Math.min(bytes, bar.max);
    said.textContent = `Uploading: ${Math.floor((100 * bar.value) / bar.max)} % of ${files.length} ${files.length === 1 ? "file" : "files"}`;
  };
  tell(0);
  let refused = 0;
  const ids = await upload(files, tell, (file, why) => {
    refused += 1;
    line(list, `${file.name}: ${why}`);
  });
  if (!ids.length) {
    said.textContent = "None of the files was taken.";
    return;
  }
  const chosen = Object.fromEntries([...new FormData(form)].filter(([, value]) => typeof value === "string" && value !== ""));
  for (const box of form.querySelectorAll("input[type=checkbox]")) if (box.name) chosen[box.name] = box.checked;
  const as = chosen.format ? "archive" : form.dataset.as;
  const jobs = [];
  for (let n = 0; n < ids.length; n += MOST_FILES) {
    const attributes = { ...chosen, [as]: as === "assets" ? ids.slice(n, n + MOST_FILES) : ids[0] };
    const headers = { "Content-Type": "application/vnd.api+json", "Idempotency-Key": newKey() };
    const answer = await post(`/datasets/${form.dataset.import}/imports`, JSON.stringify({ data: { attributes } }), headers);
    jobs.push(answer.data.id);
  }
  if (!refused && jobs.length === 1) window.location.assign(`/ui/jobs/${jobs[0]}`);
  else {
    said.textContent = `${ids.length} of ${files.length} files were uploaded, and are imported now: `;
    for (const id of jobs) said.append(Object.assign(document.createElement("a"), { href: `/ui/jobs/${id}`, textContent: "see the job" }), " ");
    form.reset();
  }
}

for (const form of document.querySelectorAll("form[data-import]")) {
  const field = form.querySelector("input[type=file]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await run(form);
    } catch (error) {
      form.querySelector("output").textContent = error.errors?.map((one) => one.detail ?? one.title).join(" ") || error.message;
    } finally {
      button.disabled = false;
    }
  });
  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("dropping");
  });
  form.addEventListener("dragleave", () => form.classList.remove("dropping"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("dropping");
    if (event.dataTransfer.files.length) field.files = event.dataTransfer.files;
  });
}
