// The outages in the range that is shown, each with the way that led to the
// target when it went down.

import { duration, latency, moment } from "./format.js";
import { find, make, write } from "./page.js";
import { range } from "./range.js";
import { request } from "./request.js";

/** The most that are listed. */
const MOST = 50;

let wish;
/** Fetches and shows the outages of the range that is shown. */
export async function loadOutages() {
  const { from, to } = range();
  const mine = (wish = Symbol("the newest answer counts"));
  const query = `from=${Math.floor(from)}&to=${Math.ceil(to)}`;
  try {
    const outages = await request(`api/outages?${query}`);
    if (mine === wish) show(outages);
  } catch ({ message }) {
    if (mine === wish) write(find("#outages-said"),
      `The outages are not known: ${message}.`);
  }
}

function show(outages) {
  const more = outages.length > MOST ? ` The last ${MOST} are shown.` : "";
  write(find("#outages-said"), outages.length
    ? `${outages.length} in the range that is shown.${more}`
    : "None in the range that is shown.");
  const key = JSON.stringify(outages);
  const list = find("#outages ol");
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...outages.slice(0, MOST).map(row));
}

function row({ target, place, from, to, error, traceroute, window: work }) {
  const time = make("time", { dateTime: new Date(from).toISOString() },
    moment(from, 1));
  const name = place && place !== "here" ? `${target}, from ${place}` : target;
  const long = to == null ? "until now" : `for ${duration(to - from)}`;
  const words = [long, ...(error ? [error] : []),
    ...(work ? [`planned work: ${work}`] : [])].join(" · ");
  const ended = to == null ? "down" : "";
  return make("li", { className: ended }, time,
    make("div", {}, make("b", {}, name), make("span", {}, ` ${words}`),
      ...(traceroute ? [way(name, traceroute)] : [])));
}

function way(name, hops) {
  const rows = hops.map(({ ttl, address, ms }) => make("tr", {},
    make("th", { scope: "row" }, `${ttl}`),
    make("td", { className: "words" }, address ?? "no answer"),
    make("td", {}, ms == null ? "–" : latency(ms))));
  const heads = ["Hop", "Address", "Round trip"].map((words, index) =>
    make("th", { scope: "col", className: index === 1 ? "words" : "" },
      words));
  return make("details", {},
    make("summary", {}, `Traceroute to ${name}`),
    make("table", { className: "way" },
      make("thead", {}, make("tr", {}, ...heads)),
      make("tbody", {}, ...rows)));
}
