// Signing in again without leaving the page: what is on it stays.
let waiting = null;
let signedInAt = -1;

/** Whether somebody signed in again after TIME (of performance.now): what was sent before that is simply sent anew. */
export const hasSignedInSince = (time) => signedInAt >= time;

/** Resolves once somebody has signed in by the dialog that base.html holds. */
export function signInAgain() {
  waiting ??= new Promise((resolve) => {
    const dialog = document.getElementById("sign-in-again");
    const form = dialog.querySelector("form");
    const problem = dialog.querySelector("[role=alert]");
    const submit = async (event) => {
      event.preventDefault();
      const answer = await fetch("/ui/sign-in", {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { Accept: "application/json" },
      });
      if (answer.ok) {
        form.removeEventListener("submit", submit);
        form.reset();
        problem.textContent = "";
        dialog.close();
        waiting = null;
        signedInAt = performance.now();
        resolve();
        return;
      }
      const told = await answer.json().catch(() => ({}));
      problem.textContent = told.errors?.[0]?.detail ?? "The server does not answer: try again.";
    };
    form.addEventListener("submit", submit);
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    if (!dialog.open) dialog.showModal();
  });
  return waiting;
}
