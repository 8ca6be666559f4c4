// Words for jobs.

import { count, duration, moment, timeOfDay } from "./time.js";

const DAY = 24 * 3600e3;

/** "3 pages", "1 page". */
export const some = (number, one, many = `${one}s`) =>
  `${count(number)} ${number === 1 ? one : many}`;

/** When something was: "just now", "5 min ago", "14:03", "Sat 28 Nov, 14:03". */
export function when(ms) {
  const past = Date.now() - ms;
  if (past < 60e3) return "just now";
  if (past < 3600e3) return `${duration(past)} ago`;
  return past < DAY ? timeOfDay(ms).slice(0, 5) : moment(ms);
}

/** Bytes: "1.2 MB". */
export function size(bytes) {
  if (bytes < 1e3) return some(bytes, "byte");
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB`
    : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** The pages in a choice such as "3-7,10" of so many pages, ascending. A choice
    that is none is null. */
export function pagesOf(text, all) {
  if (!text?.trim()) return Array.from({ length: all }, (_, at) => at + 1);
  const pages = new Set();
  for (const part of text.split(",")) {
    const range = /^\s*(\d*)\s*(-?)\s*(\d*)\s*$/.exec(part);
    if (!range || !(range[1] || range[3])) return null;
    const first = Number(range[1] || 1);
    const last = range[2] ? Number(range[3] || all) : first;
    if (first < 1 || last < first || last > all) return null;
    for (let page = first; page <= last; page++) pages.add(page);
  }
  return [...pages].sort((one, other) => one - other);
}

/** The first page in a choice such as "3-7,10" or "200-"; 1 when all are
    chosen. */
export function firstPageOf(text) {
  const firsts = (text ?? "").split(",").map((part) =>
    Number(/^\s*(\d+)/.exec(part)?.[1] ?? 1));
  return Math.min(...firsts);
}

/** The choice of these pages, ascending, as a person would type it. */
export function choiceOf(pages) {
  const parts = [];
  for (let at = 0; at < pages.length; at++) {
    const first = pages[at];
    while (pages[at + 1] === pages[at] + 1) at++;
    parts.push(first === pages[at] ? `${first}` : `${first}-${pages[at]}`);
  }
  return parts.join(",");
}

/** What is printed, and how: "3 pages, 2 copies, both sides, grey, A4". */
export function order(job) {
  const words = [];
  if (job.page_count) words.push(some(job.page_count, "page"));
  if (job.pages) words[0] = `pages ${job.pages.replaceAll(",", ", ")}`;
  if (job.copies > 1) words.push(some(job.copies, "copy", "copies"));
  if (job.duplex) words.push("both sides");
  if (job.color === false) words.push("grey");
  if (job.media) words.push(job.media);
  return words.join(", ");
}
