// How long to wait before trying again: doubling, jittered, between half a second and five.

const LEAST = 500;
const MOST = 5000;

export class Backoff {
  #tries = 0;

  /** @returns {number} milliseconds */
  next() {
    const ceiling = Math.min(MOST, LEAST * 2 ** (this.#tries += 1));
    return LEAST + Math.random() * (ceiling - LEAST);
  }

  reset() {
    this.#tries = 0;
  }
}

/** Wait, but not past the moment the browser is online again. */
export function pause(milliseconds) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", done);
  });
}
