// Words for figures and times.

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

export const count = (number) => number.toLocaleString("en-GB");

const form = (options) => new Intl.DateTimeFormat("en-GB", options);
const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const withSeconds = form({ ...clock, second: "2-digit" });
const withDay = form({ ...clock, weekday: "short", day: "numeric",
  month: "short" });
const toTheSecond = form({ ...clock, weekday: "short", day: "numeric",
  month: "short", second: "2-digit" });
const withYear = form({ ...clock, day: "numeric", month: "short",
  year: "numeric" });

const YEAR = 365 * 24 * 3600e3;

/** The time of day to the second. */
export const timeOfDay = (ms) => withSeconds.format(ms);

/** A moment, as exact as a step of this length (milliseconds) needs. */
export function moment(ms, step = 60e3) {
  if (Math.abs(Date.now() - ms) > YEAR / 2) return withYear.format(ms);
  return (step < 60e3 ? toTheSecond : withDay).format(ms);
}

/** A length of time: "32 min". */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
