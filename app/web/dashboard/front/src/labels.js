// Changes of classes: those that are ticked are merged; a new class is the configuration with one class more.
const ticked = () => [...document.querySelectorAll("input[data-class]:checked")];

function offerMerge() {
  const button = document.querySelector("[data-merges]");
  if (button) button.disabled = ticked().length < 2;
}

document.addEventListener("change", ({ target }) => target.matches?.("[data-class]") && offerMerge());
document.addEventListener("htmx:afterSettle", offerMerge);

document.addEventListener("click", ({ target }) => {
  if (!target.closest?.("[data-merges]")) return;
  const form = document.querySelector("#merge form");
  const classes = ticked();
  form.elements["class_ids"].value = JSON.stringify(classes.map((one) => one.value));
  const names = classes.map((one) => Object.assign(document.createElement("bdi"), { textContent: one.dataset.class }));
  form.querySelector("[data-merged]").replaceChildren(...names.flatMap((name, n) => (n ? [", ", name] : [name])));
  const choices = classes.map((one) => Object.assign(document.createElement("option"), { value: one.value, textContent: one.dataset.class }));
  form.elements["into.id"].replaceChildren(...choices);
});

document.addEventListener("formdata", ({ target, formData }) => {
  if (target.dataset.addsClass === undefined) return;
  const whole = JSON.parse(document.querySelector("#replace textarea").defaultValue);
  const made = { name: formData.get("new.name"), color: formData.get("new.color") };
  if (formData.get("new.parent")) made.parent = formData.get("new.parent");
  if (formData.has("new.geometries")) made.geometries = formData.getAll("new.geometries");
  for (const name of ["new.name", "new.color", "new.parent", "new.geometries"]) formData.delete(name);
  whole.classes.push(made);
  formData.set("configuration", JSON.stringify(whole));
});
