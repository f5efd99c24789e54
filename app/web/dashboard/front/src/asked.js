// What the label configuration asks: classes, their attributes, and questions about the whole item (docs/labels.md).

const COLOURS = ["#e63946", "#2a9d8f", "#f4a261", "#457b9d", "#9b5de5", "#f15bb5", "#00bbf9", "#8ac926", "#ffca3a"];
export const PLAIN = "#c8c8c8"; // of what has no class

/** The classes that may be given: `{id, name, color, geometries?, attributes?, key}`; `isOpen`: any other name will do. */
export function classesOf(configuration, labels) {
  const declared = Array.isArray(configuration.classes);
  const found = declared ? configuration.classes : labels.map((name) => ({ id: name, name }));
  const taken = new Set(found.map((one) => one.shortcut).filter(Boolean));
  const free = [..."123456789"].filter((key) => !taken.has(key));
  const classes = found.map((one, n) => ({
    ...one,
    name: one.name ?? one.id,
    color: hex(one.color) ?? COLOURS[n % COLOURS.length],
    key: one.shortcut ?? (one.is_hidden ? undefined : free.shift()),
  }));
  return { classes, isOpen: !declared, questions: configuration.classifications ?? [] };
}

const hex = (text) => (/^#[0-9a-f]{6}/i.test(text ?? "") ? text.slice(0, 7) : undefined);

export const mayMark = (one, type) => !one.geometries?.length || one.geometries.includes(type);

/** An answer is the value alone, or with answers below it `{value, attributes}`: as this pair. */
export function parted(answer) {
  const isPair = answer !== null && typeof answer === "object" && !Array.isArray(answer);
  return isPair ? { value: answer.value, below: answer.attributes ?? {} } : { value: answer, below: {} };
}

export const isAnswered = (value) =>
  value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);

/** What is asked below an attribute that is answered by VALUE. */
export function askedBelow(attribute, value) {
  if (!isAnswered(value) || value === false) return [];
  const chosen = Array.isArray(value) ? value : [value];
  const options = (attribute.options ?? []).filter((one) => chosen.includes(one.id));
  return [...(attribute.attributes ?? []), ...options.flatMap((one) => one.attributes ?? [])];
}

/** The names of the attributes that have to be answered, and are not, in ANSWERS by id. */
export function missing(attributes, answers = {}) {
  return (attributes ?? []).flatMap((one) => {
    const { value, below } = parted(answers[one.id]);
    if (!isAnswered(value)) return one.required ? [one.name ?? one.id] : [];
    return missing(askedBelow(one, value), below);
  });
}

/** What ANNOTATION (its dimensions, and what it says) still lacks under CLASSES, in words. */
export function lacks({ dimensions, annotation }, { classes, isOpen, questions }) {
  if (!dimensions.type) {
    const question = questions.find((one) => one.id === annotation.label);
    return question ? missing(askedBelow(question, annotation.value), annotation.attributes) : [];
  }
  const found = classes.find((one) => one.id === annotation.label);
  if (!found) return isOpen && annotation.label ? [] : ["a label"];
  const text = found.requires_text && !annotation.text ? ["the text"] : [];
  return [...text, ...missing(found.attributes, annotation.attributes)];
}
