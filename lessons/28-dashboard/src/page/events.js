// The list of notes: what has happened to the monitor, newest first.

import { find, make } from "./page.js";
import { moment } from "./format.js";

const MOST = 50;
const DAYS = 30;

/** Fetches the newest events. */
export async function loadEvents() {
  const from = Date.now() - DAYS * 24 * 3600e3;
  const answer = await fetch(`api/notes?from=${from}&limit=${MOST}`);
  if (!answer.ok) return;
  const notes = await answer.json();
  notes.sort((a, b) => b.at - a.at);
  show(notes.map(({ at, words }) => row(at, words)));
}

/** Shows an alert that has just come. */
export function takeAlert({ alert, name, at, words }) {
  const old = [...find("#events").children].filter((one) => one.dataset.at);
  show([row(at, `${alert ?? name}: ${words}`), ...old.slice(0, MOST - 1)]);
}

function show(rows) {
  const none = make("li", {}, `Nothing has happened in ${DAYS} days.`);
  find("#events").replaceChildren(...(rows.length ? rows : [none]));
}

function row(at, words) {
  const time = make("time", { dateTime: new Date(at).toISOString() },
    moment(at, 1));
  const made = make("li", {}, time, make("span", {}, words));
  made.dataset.at = at;
  return made;
}
