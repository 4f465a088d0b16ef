// Work that waits through outages, for as long as somebody wants its outcome.

import { Backoff, pause } from "./backoff.js";
import { bar } from "./bar.js";
import { Problem } from "./problem.js";

/** Carry out `work`, waiting through outages for as long as it is `wanted`. @throws {Problem} when it is refused */
export async function patiently(work, wanted) {
  const backoff = new Backoff();
  while (wanted()) {
    try {
      return await work();
    } catch (problem) {
      if (!(problem instanceof Problem && (problem.passing || problem.status === 429))) throw problem;
      bar.lost(problem.words);
      await pause(Math.max(backoff.next(), (problem.retryAfter ?? 0) * 1000));
    }
  }
  return null;
}
