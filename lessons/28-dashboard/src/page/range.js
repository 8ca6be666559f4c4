// The range of time that the charts show, and how it changes. It is kept in
// the address, so that the browser's own buttons and bookmarks work.

import { find, make, write } from "./page.js";
import { moment } from "./format.js";

const HOUR = 3600e3;
const DAY = 24 * HOUR;
const SPANS = { minutes: HOUR / 6, hour: HOUR, day: DAY, week: 7 * DAY,
  month: 30 * DAY, year: 365 * DAY };
const WORDS = { minutes: "10 min" };
/** The shortest range that says anything. */
const SHORTEST = 10e3;

const listeners = [];
/** How many steps lead back within this page. */
let depth = 0;
let fixed = null;
let span = "hour";

read();

/** The range as it is now, in Unix milliseconds. */
export function range() {
  if (fixed) return { ...fixed, live: false };
  const to = Date.now();
  return { from: to - SPANS[span], to, live: true };
}

/** Calls `listener` whenever another range is chosen. */
export const onRange = (listener) => listeners.push(listener);

/** Shows the time from one moment to another, Unix milliseconds. */
export function zoom(from, to) {
  const middle = (from + to) / 2;
  const half = Math.min(Math.max(to - from, SHORTEST), 10 * SPANS.year) / 2;
  go(`from=${Math.round(middle - half)}&to=${Math.round(middle + half)}`);
}

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
  if (depth > 0) history.back();
  else if (fixed) go(`range=${span}`);
}

function go(hash) {
  if (location.hash === `#${hash}`) return;
  depth += 1;
  history.pushState({ depth }, "", `#${hash}`);
  read();
}

function read() {
  const said = new URLSearchParams(location.hash.slice(1));
  const [from, to] = [said.get("from"), said.get("to")].map(Number);
  fixed = from > 0 && to > from ? { from, to } : null;
  if (said.get("range") in SPANS) span = said.get("range");
  for (const listener of listeners) listener();
}

addEventListener("popstate", (event) => {
  depth = event.state?.depth ?? 0;
  read();
});

/** Makes the buttons work. */
export function showRange() {
  for (const name of Object.keys(SPANS)) {
    const words = WORDS[name] ?? name[0].toUpperCase() + name.slice(1);
    const button = make("button", { onclick: () => go(`range=${name}`) },
      words);
    button.dataset.span = name;
    find("#spans").append(button);
  }
  for (const button of document.querySelectorAll("[data-move]"))
    button.onclick = () => move(button.dataset.move);
  const show = () => {
    for (const button of find("#spans").children) {
      const pressed = !fixed && button.dataset.span === span;
      button.setAttribute("aria-pressed", pressed);
    }
    find("[data-move=later]").disabled = !fixed;
    find("[data-move=back]").disabled = depth === 0 && !fixed;
    const { from, to, live } = range();
    const step = (to - from) / 100;
    write(find("#shown"), live ? `The last ${WORDS[span] ?? span}, live`
      : `${moment(from, step)} – ${moment(to, step)}`);
  };
  onRange(show);
  show();
}
