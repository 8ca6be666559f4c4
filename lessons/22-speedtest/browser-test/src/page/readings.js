// Readings of a byte counter, and the rate that they tell.

/** Readings are pairs: milliseconds, and the bytes until then. */
export class Readings {
  #all = [];

  add(ms, bytes) {
    this.#all.push([ms, bytes]);
  }

  get length() {
    return this.#all.length;
  }

  get seconds() {
    if (this.#all.length === 0) return 0;
    return (this.#all.at(-1)[0] - this.#all[0][0]) / 1000;
  }

  /** The readings of the last milliseconds. */
  #last(ms) {
    const end = this.#all.at(-1)?.[0] ?? 0;
    return this.#all.filter(([at]) => at >= end - ms);
  }

  /** Bits per second over the last milliseconds, or null. */
  recent(ms) {
    const some = this.#last(ms);
    return rate(some[0], some.at(-1));
  }

  /** Whether three windows of this many milliseconds agree within 2 %, and
      none of them began in the first `ramp` milliseconds. */
  isSteady(window, ramp) {
    const end = this.#all.at(-1)?.[0] ?? 0;
    const begin = this.#all[0]?.[0] ?? 0;
    const first = end - 3 * window;
    if (first < begin + ramp) return false;
    const edge = (ms) => this.#all.findLast(([at]) => at <= ms);
    const rates = [0, 1, 2].map((step) =>
      rate(edge(first + step * window), edge(first + (step + 1) * window)));
    const most = Math.max(...rates);
    return most > 0 && most - Math.min(...rates) <= 0.02 * most;
  }

  /** Bits per second since the first `ramp` milliseconds are over: the median
      of the slopes between two readings (after Theil and Sen) that lie a third
      of the time apart, or further. What is held back for a moment and then
      comes at once does not move it. */
  slope(ramp) {
    const begin = this.#all[0]?.[0] ?? 0;
    const steady = this.#all.filter(([at]) => at >= begin + ramp);
    const apart = Math.max(1, Math.floor(steady.length / 3));
    const slopes = [];
    steady.forEach((from, index) => {
      for (const to of steady.slice(index + apart)) slopes.push(rate(from, to));
    });
    return median(slopes);
  }
}

function rate(from, to) {
  if (!from || !to || to[0] <= from[0]) return null;
  return (to[1] - from[1]) * 8000 / (to[0] - from[0]);
}

/** The middle value, or null where there is none. */
export function median(values) {
  const sorted = values.filter((value) => value !== null)
    .sort((a, b) => a - b);
  const half = sorted.length / 2;
  if (half === 0) return null;
  return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
}
