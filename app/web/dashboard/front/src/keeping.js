// Keeps work in progress: at once in this browser, soon after as a draft on the server, which outlives both.
import { ask } from "./api.js";

const PAUSE = 800; // milliseconds without a change, after which the draft is sent

export class Keeper {
  /** Keeps what PAPER holds of the entry for the account. `onState` is told "kept", "keeping" or "here". */
  constructor(paper, entry, account) {
    this.paper = paper;
    this.path = `/entries/${entry}/draft`;
    this.place = `postil:draft:${account}:${entry}`;
    this.onState = () => {};
    this.draft = null; // the server's, by its id
    this.sending = Promise.resolve();
  }

  /** What this browser kept and the server never got; null where there is nothing. */
  here() {
    try {
      return JSON.parse(localStorage.getItem(this.place));
    } catch {
      return null;
    }
  }

  changed() {
    const content = this.paper.draft();
    try {
      localStorage.setItem(this.place, JSON.stringify(content));
    } catch {
      // It is full, or forbidden: the server keeps it.
    }
    this.onState("keeping");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), PAUSE);
  }

  /** Sends the draft, after the one before. */
  send() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sending = this.sending.then(() => this._send());
    return this.sending;
  }

  async _send() {
    if (this.isOver) return;
    const content = this.paper.draft();
    try {
      const { document } = await ask("PUT", this.path, { body: { data: { attributes: { content } } } });
      this.draft = document.data.id;
      if (JSON.stringify(content) !== JSON.stringify(this.paper.draft())) return;
      localStorage.removeItem(this.place);
      this.onState("kept");
    } catch {
      this.onState("here");
    }
  }

  /** Nothing is to be kept any more: the server has it as it is, or it is not wanted. */
  async clear() {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.sending;
    localStorage.removeItem(this.place);
    const draft = this.draft;
    this.draft = null;
    if (draft) await ask("DELETE", `/drafts/${draft}`).catch(() => {});
    this.onState("");
  }
}
