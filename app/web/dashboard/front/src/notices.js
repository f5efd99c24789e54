// What the page says of what was done: messages that stay until they are closed.
import { Refusal } from "./api.js";

/** A message that stays until it is closed. ACTIONS are pairs of what a button says and does. */
export function notice(text, kind, ...actions) {
  const line = document.createElement("div");
  line.className = `notice ${kind} head`;
  const words = document.createElement("span");
  words.textContent = text;
  line.append(words);
  for (const [name, act] of [...actions, ["Close", () => {}]]) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "small", textContent: name });
    button.addEventListener("click", () => {
      line.remove();
      act();
    });
    line.append(button);
  }
  document.getElementById("notices").replaceChildren(line);
}

/** Runs ACT while its button is pressed no more; what goes wrong is told. */
export async function during(button, act) {
  if (button.disabled) return;
  button.disabled = true;
  try {
    await act();
  } catch (error) {
    const words = error instanceof Refusal ? error.errors.map((one) => one.detail ?? one.title).join(" ") || error.message : "The server does not answer: what you did is kept, try again.";
    notice(words, "bad");
  } finally {
    button.disabled = false;
  }
}
