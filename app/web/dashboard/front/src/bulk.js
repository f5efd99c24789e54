// Changes of many: the rows that are ticked, or all that match the filter. The forms of [data-call="PATCH /entries"]
// say which by their fields of data-scope; what is ticked stays ticked when the table is looked at anew.
const ticked = new Set();
let isAll = false;

const bar = () => document.querySelector("[data-bulk]");

function told() {
  if (isAll) return bar().querySelector("[data-bulk-all]").textContent.replace("Select all", "All entries") + ".";
  if (ticked.size === 0) return "Nothing is selected.";
  return ticked.size === 1 ? "1 entry is selected." : `${ticked.size} entries are selected.`;
}

function show() {
  if (!bar()) return;
  const isAny = isAll || ticked.size > 0;
  bar().querySelector("[data-bulk-told]").textContent = told();
  bar().querySelector("[data-bulk-none]").hidden = !isAny;
  for (const one of bar().querySelectorAll("[data-bulk-acts]")) one.disabled = !isAny;
  for (const one of document.querySelectorAll("[data-scope]")) {
    one.disabled = (one.dataset.scope === "all") !== isAll;
    if (one.dataset.scope === "rows") one.value = [...ticked].join(",");
  }
  for (const one of document.querySelectorAll("[data-scope-told]")) one.textContent = told();
  const rows = [...document.querySelectorAll("[data-row]")];
  for (const row of rows) row.checked = isAll || ticked.has(row.value);
  const all = document.querySelector("[data-row-all]");
  if (all) all.checked = rows.length > 0 && rows.every((row) => row.checked);
}

function tick(rows, isTicked) {
  if (isAll) ticked.clear();
  isAll = false;
  for (const row of rows) ticked[isTicked ? "add" : "delete"](row.value);
  show();
}

document.addEventListener("change", ({ target }) => {
  if (target.matches?.("[data-row]")) tick([target], target.checked);
  else if (target.matches?.("[data-row-all]")) tick(document.querySelectorAll("[data-row]"), target.checked);
});

document.addEventListener("click", ({ target }) => {
  if (target.closest?.("[data-bulk-all]")) isAll = true;
  else if (target.closest?.("[data-bulk-none]")) isAll = false;
  else return;
  ticked.clear();
  show();
});

document.addEventListener("htmx:afterSettle", show);
show();
