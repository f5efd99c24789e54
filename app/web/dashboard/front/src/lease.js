// Renews the lease of an entry while somebody works on it: whoever left it leaves it to others in time.
import { ask, Refusal } from "./api.js";
import { now } from "./counting.js";

const LOOKS = 15_000; // milliseconds between two looks
const IDLE = 180_000; // after which nobody works here

export class Lease {
  /** `lost(error)` is called once, when the entry is no longer in one's hands. */
  constructor(entry, { token, expires_at }, lost) {
    Object.assign(this, { entry, token, lost, worked: Date.now() });
    this.set(expires_at);
    this.span = Math.max(60_000, this.until - now());
    for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, () => this.touched(), { passive: true });
    this.timer = setInterval(() => this.look(), LOOKS);
  }

  get headers() {
    return { "Postil-Lease": this.token };
  }

  set(expiry) {
    this.until = Date.parse(expiry);
    for (const one of document.querySelectorAll("#standing [data-until]")) one.dataset.until = expiry;
  }

  touched() {
    this.worked = Date.now();
    if (this.until - now() < 30_000) this.look();
  }

  async look() {
    const isWanted = Date.now() - this.worked < IDLE && this.until - now() < this.span * 0.75;
    if (!isWanted || this.isOver || this.isAsking || document.querySelector("dialog#sign-in-again[open]")) return;
    this.isAsking = true;
    try {
      const { document: told } = await ask("POST", `/entries/${this.entry}/lease`, { body: { data: { attributes: {} } }, headers: this.headers });
      this.set(told.data.meta.lease.expires_at);
    } catch (error) {
      if (error instanceof Refusal) {
        this.end();
        this.lost(error);
      }
    } finally {
      this.isAsking = false;
    }
  }

  end() {
    clearInterval(this.timer);
    this.isOver = true;
  }
}
