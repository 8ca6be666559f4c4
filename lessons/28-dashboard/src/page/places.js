// The places elsewhere that measure too, and whether they are heard of.

import { count, duration } from "./format.js";
import { find, icon, make, write } from "./page.js";

/** A clock that is wrong by less than this is not worth a word. */
const SMALL = 1e3;

/** Shows the places of the monitor's status. */
export function showPlaces({ places, now }) {
  find("#places").hidden = places.length === 0;
  const rows = places.map(({ name, away, last, clock_error_ms: error,
    waiting }) => {
    const words = away ? "away" : "well";
    const said = last == null ? "has not been heard of yet"
      : `last heard of ${duration(now - last)} ago`;
    const more = [
      ...(waiting ? [`${count(waiting)} batches of samples wait there`] : []),
      ...(Math.abs(error ?? 0) >= SMALL
        ? [`its clock is ${duration(Math.abs(error))} ${
          error > 0 ? "ahead" : "behind"}`] : []),
    ];
    return { state: away ? "down" : "up", name, words,
      about: [said, ...more].join(" · ") };
  });
  const list = find("#places ul");
  const key = rows.map(({ name, words }) => `${name} ${words}`).join("\n");
  if (list.dataset.key !== key) {
    list.dataset.key = key;
    list.replaceChildren(...rows.map(({ state, name, words }) =>
      make("li", { className: state }, icon(state), make("b", {}, name),
        make("span", {}, words), make("span", { className: "soft" }))));
  }
  rows.forEach(({ about }, index) =>
    write(find(".soft", list.children[index]), about));
}
