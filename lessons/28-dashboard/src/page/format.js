// Words for figures; those for times are the same on all our pages.

export { count, duration, moment, timeOfDay, zone } from "./time.js";

const digits = (value) =>
  value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;

/** Milliseconds: "12.3 ms". */
export const latency = (ms) =>
  ms == null ? "no answer" : `${ms.toFixed(digits(ms))} ms`;

/** Bits per second: "93.1 Mbit/s". */
export function speed(bps) {
  if (bps == null) return "none";
  const [scale, unit] =
    bps >= 1e9 ? [1e9, "Gbit/s"] : bps >= 1e5 ? [1e6, "Mbit/s"]
      : [1e3, "kbit/s"];
  const value = bps / scale;
  return `${value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)} ${unit}`;
}

/** "100.0 Mbit/s" as "100 Mbit/s", for scales. */
export const withoutZeros = (words) =>
  words.replace(/(\.\d*?)0+ /, "$1 ").replace(". ", " ");

/** A share from 0 to 1: "1.7 %". A share above 0 never reads as 0. */
export function share(part) {
  const percent = part * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  if (percent < 0.1) return "< 0.1 %";
  if (percent > 99.9) return "> 99.9 %";
  return `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}
