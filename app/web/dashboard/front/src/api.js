// Asks the API by the session's cookie. Who was signed out meanwhile signs in again, and nothing is lost.
import { hasSignedInSince, signInAgain } from "./signing.js";

const MEDIA_TYPE = "application/vnd.api+json";

/** What the API refused: `status`, and `errors` as JSON:API has them. */
export class Refusal extends Error {
  constructor(status, errors) {
    super(errors[0]?.detail ?? errors[0]?.title ?? `the server answered ${status}`);
    this.status = status;
    this.errors = errors;
  }
}

/** A key for a request that must have its effect once, however often it is sent. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The answer to METHOD PATH: `{status, document, headers}`. Throws Refusal; TypeError where the server is away. */
export async function ask(method, path, { body, headers = {}, signal } = {}) {
  const isBytes = body instanceof Blob || body instanceof FormData;
  const sent = { Accept: MEDIA_TYPE, ...headers };
  if (body !== undefined && !isBytes) sent["Content-Type"] ??= MEDIA_TYPE;
  const began = performance.now();
  const answer = await fetch(`/ui/api${path}`, {
    method,
    headers: sent,
    body: body === undefined || isBytes ? body : JSON.stringify(body),
    credentials: "same-origin",
    signal,
  });
  const text = await answer.text();
  const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
  const document = text && isJson ? JSON.parse(text) : null;
  if (answer.status === 401) {
    if (!hasSignedInSince(began)) await signInAgain();
    return ask(method, path, { body, headers, signal });
  }
  if (!answer.ok) throw new Refusal(answer.status, document?.errors ?? []);
  return { status: answer.status, document, headers: answer.headers };
}
