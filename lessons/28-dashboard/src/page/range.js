// The range of time that the charts show, and how it changes.

import { leadsBack, onAddress, said, say } from "./address.js";
import { find, make, write } from "./page.js";
import { moment } from "./format.js";

const MINUTE = 60e3, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const WEEK = 7 * DAY, YEAR = 365 * DAY;
/** The ranges that have a button: as the address says them, and in words. */
const SPANS = { minutes: ["10m", "10 min"], hour: ["1h", "hour"],
  day: ["1d", "day"], week: ["1w", "week"], month: ["30d", "month"],
  year: ["1y", "year"] };
const UNITS = { m: MINUTE, h: HOUR, d: DAY, w: WEEK, y: YEAR };
/** The shortest range that says anything. */
const SHORTEST = 10e3;
/** The shortest one that moves on with the time. */
const SHORTEST_LIVE = MINUTE;

const listeners = [];
let fixed = null;
let span = "1h";
/** When the first thing was measured, if it was lately. */
let beginning = -Infinity;

read();
onAddress(read);

/** How many milliseconds "6h" is; nothing when it is no length of time. */
function lengthOf(words) {
  // An older address has the name of a button.
  const known = SPANS[words]?.[0] ?? words ?? "";
  const [, number, unit] = /^(\d+)([mhdwy])$/.exec(known) ?? [];
  return unit && number > 0 ? number * UNITS[unit] : null;
}

/** The range as it is now, in Unix milliseconds. */
export function range() {
  if (fixed) return { ...fixed, live: false };
  const to = Date.now();
  const from = Math.min(Math.max(to - lengthOf(span), beginning),
    to - SHORTEST_LIVE);
  return { from, to, live: true };
}

/** From when on there is something to show, if the monitor is young. A live
    range begins there: nobody needs to see an empty hour. */
export function beginsAt(time) {
  beginning = time;
  showWords();
}

/** When a range that cannot be shorter than this begins. */
export const latestStart = (length) =>
  Math.max(range().to - length, beginning);

/** Calls `listener` whenever another range is chosen. */
export const onRange = (listener) => listeners.push(listener);

/** Shows the time from one moment to another, Unix milliseconds. */
export function zoom(from, to) {
  const middle = (from + to) / 2;
  const half = Math.min(Math.max(to - from, SHORTEST), 10 * YEAR) / 2;
  say({ range: [], from: [Math.round(middle - half)],
    to: [Math.round(middle + half)] });
}

const follow = (length) => say({ range: [length], from: [], to: [] });

/** Zooms in or moves, about the moment `at` or the middle. */
export function move(how, at) {
  const { from, to } = range();
  const width = to - from;
  const middle = at ?? (from + to) / 2;
  if (how === "earlier") zoom(from - width / 2, to - width / 2);
  if (how === "later") later(from, to);
  if (how === "in") zoom(middle - width / 4, middle + width / 4);
  if (how === "out") outward(middle, width);
  if (how === "back") back();
}

function later(from, to) {
  const step = Math.min((to - from) / 2, Date.now() - to);
  if (fixed && step > 0) zoom(from + step, to + step);
}

function outward(middle, width) {
  const to = Math.min(middle + width, Date.now());
  zoom(to - 2 * width, to);
}

function back() {
  if (leadsBack()) history.back();
  else if (fixed) follow(span);
}

function read() {
  const words = said();
  const [from, to] = [words.get("from"), words.get("to")].map(Number);
  const next = from > 0 && to > from ? { from, to } : null;
  const length = words.get("range");
  const known = lengthOf(length) ? SPANS[length]?.[0] ?? length : span;
  const same = fixed?.from === next?.from && fixed?.to === next?.to &&
    known === span;
  fixed = next;
  span = known;
  if (same) return;
  beginning = -Infinity;
  for (const listener of listeners) listener();
}

/** Makes the buttons work, and completes the address. */
export function showRange() {
  if (!fixed) say({ range: [span] }, false);
  for (const [name, [length, words]] of Object.entries(SPANS)) {
    const button = make("button", { onclick: () => follow(length) },
      words[0].toUpperCase() + words.slice(1));
    button.dataset.span = name;
    find("#spans").append(button);
  }
  for (const button of document.querySelectorAll("[data-move]"))
    button.onclick = () => move(button.dataset.move);
  onAddress(showWords);
  showWords();
}

function showWords() {
  for (const button of find("#spans").children) {
    const [length] = SPANS[button.dataset.span];
    button.setAttribute("aria-pressed", !fixed && length === span);
  }
  find("[data-move=later]").disabled = !fixed;
  find("[data-move=back]").disabled = !leadsBack() && !fixed;
  const { from, to, live } = range();
  const step = (to - from) / 100;
  const word = Object.values(SPANS).find(([one]) => one === span)?.[1];
  const young = beginning > to - lengthOf(span);
  write(find("#shown"), !live
    ? `${moment(from, step)} – ${moment(to, step)}`
    : young ? `All since ${moment(beginning, 1)}, live`
      : `The last ${word ?? span}, live`);
}
