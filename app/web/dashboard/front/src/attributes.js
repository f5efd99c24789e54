// The form of the attributes that a label configuration declares: select, checklist, text, number, boolean, nested.
import { askedBelow, isAnswered, parted } from "./asked.js";

let made = 0;

function element(name, properties = {}, ...children) {
  const one = Object.assign(document.createElement(name), properties);
  one.append(...children);
  return one;
}

/** Fills PLACE with fields for ATTRIBUTES as ANSWERS (by id) have them; `changed` is given the new answers. */
export function showAttributes(place, attributes, answers, changed, isReadOnly) {
  let now = { ...answers };
  place.replaceChildren();
  for (const attribute of attributes) {
    const below = element("div", { className: "below" });
    const set = (value, inner) => {
      const { [attribute.id]: _, ...rest } = now;
      const asked = askedBelow(attribute, value);
      const kept = Object.fromEntries(Object.entries(inner).filter(([id]) => asked.some((one) => one.id === id)));
      if (!isAnswered(value)) now = rest;
      else now = { ...rest, [attribute.id]: Object.keys(kept).length ? { value, attributes: kept } : value };
      changed(now);
    };
    const showBelow = () => {
      const { value, below: inner } = parted(now[attribute.id]);
      const asked = askedBelow(attribute, value);
      below.hidden = asked.length === 0;
      showAttributes(below, asked, inner, (told) => set(parted(now[attribute.id]).value, told), isReadOnly);
    };
    const answered = (value) => {
      set(value, parted(now[attribute.id]).below);
      showBelow();
    };
    place.append(field(attribute, parted(now[attribute.id]).value, answered, isReadOnly), below);
    showBelow();
  }
}

function field(attribute, value, answered, isReadOnly) {
  const name = `attribute-${++made}`;
  const text = `${attribute.name ?? attribute.id}${attribute.required ? " *" : ""}`;
  const options = attribute.options ?? [];
  if (attribute.type === "checklist") {
    const chosen = () => [...group.querySelectorAll("input:checked")].map((one) => one.value);
    const group = element("fieldset", {}, element("legend", { textContent: text }));
    for (const one of options) {
      const box = element("input", { type: "checkbox", name, value: one.id, disabled: isReadOnly });
      box.checked = Array.isArray(value) && value.includes(one.id);
      box.addEventListener("change", () => answered(chosen()));
      group.append(element("label", { className: "check" }, box, one.name ?? one.id));
    }
    return group;
  }
  if (attribute.type === "boolean") {
    const choices = [["", "not said"], ["true", "yes"], ["false", "no"]];
    const said = value === true ? "true" : value === false ? "false" : "";
    return select(text, name, choices, said, (told) => answered(told === "" ? undefined : told === "true"), isReadOnly);
  }
  if (attribute.type === "select") {
    const choices = [["", "not said"], ...options.map((one) => [one.id, one.name ?? one.id])];
    return select(text, name, choices, value ?? "", (told) => answered(told || undefined), isReadOnly);
  }
  const isNumber = attribute.type === "number";
  const input = element("input", { type: isNumber ? "number" : "text", name, value: value ?? "", readOnly: isReadOnly });
  if (isNumber) {
    if (attribute.minimum !== undefined) input.min = attribute.minimum;
    if (attribute.maximum !== undefined) input.max = attribute.maximum;
    input.step = attribute.step ?? "any";
  } else input.maxLength = attribute.max_length ?? 10000;
  input.required = attribute.required === true;
  input.addEventListener("input", () => {
    if (input.value === "") answered(undefined);
    else answered(isNumber ? Number(input.value) : input.value);
  });
  return element("label", {}, text, input);
}

function select(text, name, choices, value, answered, isReadOnly) {
  const one = element("select", { name, disabled: isReadOnly });
  for (const [id, shown] of choices) one.append(element("option", { value: id, textContent: shown }));
  one.value = value;
  one.addEventListener("change", () => answered(one.value));
  return element("label", {}, text, one);
}
