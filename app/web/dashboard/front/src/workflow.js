// A workflow's text: what is found in it, where; its drawing; how it plays; and what moves to its newest version.
import { ask, newKey } from "./api.js";
import { rangeOf } from "./pointers.js";

const form = document.getElementById("draft");
const text = form.elements.workflow_configuration;
const findings = document.getElementById("findings");
const beginnings = JSON.parse(document.getElementById("beginnings").textContent);
const spelt = (value) => JSON.stringify(value, null, 2);

function made(tag, content = "", className = "") {
  const one = document.createElement(tag);
  if (className) one.className = className;
  if (content !== "") one.append(content);
  return one;
}

function written() {
  try {
    return JSON.parse(text.value);
  } catch {
    return null;
  }
}

// ---- what it begins with
function use(value) {
  text.value = value;
  showPaces();
  text.focus();
}

document.getElementById("beginning").addEventListener("change", (event) => use(spelt(beginnings[event.target.value])));
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-uses]")) use(event.target.closest("[data-copied]").querySelector("pre").textContent);
});

// ---- what is found
function goTo(pointer) {
  const [start, end] = rangeOf(text.value, pointer) ?? [0, 0];
  text.focus();
  text.setSelectionRange(start, end);
  const line = text.value.slice(0, start).split("\n").length - 1;
  text.scrollTop = Math.max(0, (line / text.value.split("\n").length) * text.scrollHeight - text.clientHeight / 2);
}

function faultLine(fault) {
  const line = made("li");
  const way = made("button", fault.pointer || "/", "small mono");
  way.type = "button";
  way.setAttribute("aria-label", `Go to ${fault.pointer || "the whole"}`);
  way.addEventListener("click", () => goTo(fault.pointer));
  line.append(way, " ", fault.detail);
  return line;
}

function drawn(svg) {
  const picture = made("img");
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  picture.alt = new DOMParser().parseFromString(svg, "image/svg+xml").querySelector("desc")?.textContent ?? "The text, drawn";
  const place = made("div", picture, "scroll flow-draft");
  place.tabIndex = 0;
  place.setAttribute("role", "region");
  place.setAttribute("aria-label", "The text, drawn");
  return place;
}

function tell({ valid, faults, svg }) {
  if (valid) {
    findings.replaceChildren(made("p", "Nothing is wrong with it.", "notice good"), drawn(svg));
    return;
  }
  const list = made("ul", "", "stack tight plain");
  list.append(...faults.map(faultLine));
  const count = faults.length === 1 ? "This is wrong with it:" : `These ${faults.length} things are wrong with it:`;
  findings.replaceChildren(made("p", count, "notice bad"), list);
}

form.addEventListener("postil:done", (event) => {
  const told = event.detail?.data?.attributes;
  if (told && "valid" in told) tell(told);
});

// ---- how it plays
const play = document.getElementById("play");
const WORKED = { open: 0.2, annotate: 5, review: 2, consensus: 5, agent: 0.1 }; // minutes
const OTHER = { review: "reject", consensus: "disagree" };

/** The steps of the text: those of the default where it only sets what that leaves open. */
function stepsOf(configuration) {
  if (!configuration || typeof configuration !== "object") return {};
  return configuration.steps ?? beginnings["The default, written out"].steps;
}

function number(name, value, label, options = {}) {
  const input = made("input");
  Object.assign(input, { type: "number", value, ...options });
  input.dataset.pace = name;
  input.setAttribute("aria-label", label);
  return input;
}

function paceRow(name, step) {
  const row = made("tr");
  const head = made("th", `${name} (${step.kind})`);
  head.scope = "row";
  const [minutes, other] = [made("td"), made("td")];
  if (step.kind in WORKED) minutes.append(number(`${name} seconds`, WORKED[step.kind], `Minutes at ${name}`, { min: 0.01, step: "any" }));
  if (step.kind in OTHER) other.append(number(`${name} ${OTHER[step.kind]}`, 0.1, `Share of ${OTHER[step.kind]} at ${name}`, { min: 0, max: 1, step: "any" }), ` ${OTHER[step.kind]}`);
  for (const [n, rule] of (step.rules ?? []).entries()) {
    if (rule.rate === undefined) other.append(number(`${name} ${n}`, 0.5, `Share to ${rule.to} at ${name}`, { min: 0, max: 1, step: "any" }), ` to ${rule.to} `);
  }
  row.append(head, minutes, other);
  return minutes.childNodes.length || other.childNodes.length ? row : null;
}

function showPaces() {
  const kept = new Map([...play.querySelectorAll("[data-pace]")].map((one) => [one.dataset.pace, one.value]));
  const rows = Object.entries(stepsOf(written())).map(([name, step]) => paceRow(name, step ?? {}));
  document.getElementById("paces").replaceChildren(...rows.filter(Boolean));
  for (const one of play.querySelectorAll("[data-pace]")) one.value = kept.get(one.dataset.pace) ?? one.value;
}

function paces() {
  const told = {};
  for (const one of play.querySelectorAll("[data-pace]")) {
    const [name, what] = one.dataset.pace.split(" ");
    told[name] ??= {};
    if (what === "seconds") told[name].seconds = Number(one.value) * 60;
    else (told[name].shares ??= {})[what] = Number(one.value);
  }
  return told;
}

const span = (seconds) => {
  if (seconds === null) return "–";
  const [size, unit] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].find(([size]) => seconds >= size) ?? [1, "s"];
  return `${Number((seconds / size).toFixed(1))} ${unit}`;
};

function table(heads, rows) {
  const whole = made("table");
  const [head, body] = [whole.createTHead().insertRow(), whole.createTBody()];
  heads.forEach((one, n) => {
    const cell = made("th", one, n ? "number" : "");
    cell.scope = "col";
    head.append(cell);
  });
  for (const cells of rows) {
    const row = body.insertRow();
    cells.forEach((one, n) => row.append(made("td", String(one), n ? "number" : "")));
  }
  const place = made("div", whole, "scroll");
  place.tabIndex = 0;
  place.setAttribute("role", "region");
  place.setAttribute("aria-label", heads[0]);
  return place;
}

function tellPlay(told) {
  const { p5, p50, p95 } = told.seconds;
  const standing = Object.entries(told.standing);
  const lines = [made("p", `All is done after ${span(p50)}: nine times in ten between ${span(p5)} and ${span(p95)}.${told.bottleneck ? ` What holds it back is ${told.bottleneck}.` : ""}`, "notice good")];
  if (standing.length) lines[0] = made("p", `It comes to stand still: nobody may work what is left at ${standing.map(([step, count]) => `${step} (${count})`).join(", ")}.`, "notice warn");
  const rows = Object.entries(told.steps).map(([name, one]) => [name, span(one.wait_mean), span(one.wait_p90), Math.round(one.longest_queue), `${Math.round(one.busy * 100)} %`]);
  document.getElementById("played").replaceChildren(...lines, table(["Step", "Wait, mean", "Wait, p90", "Longest queue", "Busy"], rows));
}

play.addEventListener("submit", async (event) => {
  event.preventDefault();
  const place = document.getElementById("played");
  const configuration = written();
  if (!configuration) return place.replaceChildren(made("p", "The text is no JSON: Check tells where.", "notice bad"));
  const hours = Number(play.elements.hours.value);
  const people = ["annotator", "reviewer", "project_owner"].map((role) => ({ role, count: Number(play.elements[role].value), hours })).filter((one) => one.count > 0);
  const attributes = { workflow_configuration: configuration, entries: Number(play.elements.entries.value), plays: 20, people, paces: paces() };
  place.replaceChildren(made("p", "It is being played …", "soft"));
  try {
    tellPlay((await ask("POST", play.dataset.path, { body: { data: { attributes } }, headers: { "Idempotency-Key": newKey() } })).document.data.attributes);
  } catch (error) {
    place.replaceChildren(...(error.errors ?? [{ detail: error.message }]).map((one) => made("p", one.detail ?? one.title, "notice bad")));
  }
});

text.addEventListener("change", showPaces);
showPaces();

// ---- what moves to the newest version
const migrate = document.getElementById("migrate");
function map() {
  const chosen = [...migrate.querySelectorAll("select[data-from]")].filter((one) => one.value);
  migrate.elements.mapping.value = JSON.stringify(Object.fromEntries(chosen.map((one) => [one.dataset.from, one.value])));
}
if (migrate) {
  map();
  migrate.addEventListener("change", map);
  migrate.addEventListener("postil:done", (event) => {
    const told = event.detail.data.attributes;
    const rows = [...told.moves.map((one) => [`${one.from} → ${one.to}`, one.entries]), ...told.stays.map((one) => [`${one.step}: stays`, one.entries])];
    const shown = [table([told.dry_run ? "What would move" : "What moves", "Entries"], rows)];
    if (told.job_id) {
      const way = made("a", "How far it is");
      way.href = `/ui/jobs/${told.job_id}`;
      shown.push(made("p", way));
    }
    document.getElementById("moved").replaceChildren(...shown);
  });
}
