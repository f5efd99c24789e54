// The box that speaks JSON-RPC: what is in it is sent, tried or done, and the answers are shown.
import { ask, newKey } from "./api.js";

const form = document.getElementById("api-box");
const [field, said, answer, curl] = ["calls", "said", "answer", "box-curl"].map((id) => document.getElementById(id));
const examples = JSON.parse(document.getElementById("examples").textContent);

function query() {
  const told = new URLSearchParams({ mode: form.elements.mode.value });
  if (form.elements.dry_run.checked) told.set("dry_run", "true");
  return told;
}

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

function tellCurl() {
  let body = field.value;
  try {
    body = JSON.stringify(JSON.parse(body));
  } catch {
    // as it is, until it is JSON
  }
  curl.textContent = `curl -s -X POST -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d ${quoted(body)} ${quoted(`${form.dataset.host}/_rpc?${query()}`)}`;
}

/** In a line: how many of the ANSWERS went well. */
function summary(answers, isDry) {
  const all = [answers ?? []].flat();
  const failed = all.filter((one) => one.error).length;
  const what = `${all.length} ${all.length === 1 ? "answer" : "answers"}, ${failed} refused`;
  return isDry ? `${what}. Nothing was kept: it was a dry run.` : `${what}.`;
}

async function run() {
  let calls;
  try {
    calls = JSON.parse(field.value);
  } catch (error) {
    field.setAttribute("aria-invalid", "true");
    said.className = "fault";
    said.textContent = `This is no JSON: ${error.message}`;
    return;
  }
  field.removeAttribute("aria-invalid");
  const isDry = form.elements.dry_run.checked;
  const headers = { "Content-Type": "application/json", Accept: "application/json", "Idempotency-Key": newKey() };
  try {
    const { document } = await ask("POST", `/_rpc?${query()}`, { body: calls, headers });
    said.className = "soft";
    said.textContent = summary(document, isDry);
    answer.textContent = document === null ? "" : JSON.stringify(document, null, 2);
    answer.hidden = document === null;
  } catch (error) {
    said.className = "fault";
    said.textContent = error.message;
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button.primary");
  button.disabled = true;
  await run();
  button.disabled = false;
});
form.addEventListener("input", tellCurl);
for (const button of document.querySelectorAll("[data-example]")) {
  button.addEventListener("click", () => {
    field.value = JSON.stringify(examples[button.dataset.example], null, 2);
    tellCurl();
    field.focus();
  });
}
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
tellCurl();
