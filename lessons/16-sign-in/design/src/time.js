// Words for times and numbers.

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
