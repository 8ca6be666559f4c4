// The records: what came to an end, and how many pages a day that were.

import { bars } from "./bars.js";
import { find, icon, make, write } from "./page.js";
import { ask, tried } from "./server.js";
import { count, moment } from "./time.js";
import { some } from "./words.js";

const section = find("#records-section");
const rows = find("#records");
const chart = find("#chart");
const person = find("#of-user select");
const DAY = 24 * 3600e3;
/** How long news are gathered before the server is asked. */
const PAUSE = 700;
const FIRST = 15;

const SPANS = {
  month: { days: 30, by: "day" },
  year: { days: 365, by: "month" },
};
let span = "month";
let shown = FIRST;

/** A day as the API names it, in local time. */
function dayOf(ms) {
  const date = new Date(ms);
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-` +
    two(date.getDate());
}

function query(extra) {
  const wish = new URLSearchParams(extra);
  if (person?.value) wish.set("user", person.value);
  return wish;
}

async function refresh() {
  const { days, by } = SPANS[span];
  const from = dayOf(Date.now() - (days - 1) * DAY);
  const quiet = { quiet: true };
  const get = (path, wish) =>
    tried(ask("GET", `${path}?${query(wish)}`, undefined, quiet));
  const [sums, records, people] = await Promise.all([
    get("api/records/summary", { by, from }),
    get("api/records", { limit: shown + 1 }),
    person && !person.options[1] ? get("api/records/summary",
      { by: "user" }) : undefined,
  ]);
  section.hidden = !records;
  if (!records) return;
  if (people) showPeople(people);
  if (sums) showChart(sums, from);
  showRows(records);
  find("#csv").href = `api/records?${query({ format: "csv" })}`;
}

function showRows(records) {
  find("#no-records").hidden = records.length > 0;
  find("#table").hidden = records.length === 0;
  find("#past").hidden = records.length === 0;
  find("#more-records").hidden = records.length <= shown;
  rows.replaceChildren(...records.slice(0, shown).map((record) =>
    make("tr", { className: record.state },
      make("td", {}, moment(record.ended_at)),
      make("td", { className: "words" }, record.user || "nobody by name"),
      make("td", { className: "words name" }, record.name ?? ""),
      make("td", { className: "words" }, make("span", { className: "result" },
        icon(record.state), ` ${record.state}`)),
      make("td", {}, count(record.pages)),
      make("td", {}, count(record.sheets)))));
}

/** The sums with a bar for each day or month, also for those without pages. */
function showChart(sums, from) {
  const known = new Map(sums.map((sum) => [sum.of, sum]));
  const { days, by } = SPANS[span];
  const names = new Set();
  // From noon to noon, so that an hour of daylight saving skips no day.
  const noon = new Date(`${from}T12:00`).getTime();
  for (let day = 0; day < days; day++) {
    const name = dayOf(noon + day * DAY);
    names.add(by === "day" ? name : name.slice(0, 7));
  }
  const none = { pages: 0, color_pages: 0, sheets: 0, jobs: 0 };
  const all = [...names].map((of) => ({ ...none, ...known.get(of), of }));
  chart.replaceChildren(bars(all, by));
  const total = (field) => all.reduce((sum, one) => sum + one[field], 0);
  write(find("#total"), `${some(total("pages"), "page")} on ` +
    `${some(total("sheets"), "sheet")}, ${count(total("color_pages"))} of ` +
    "them in colour");
  find("#figures tbody").replaceChildren(...all.filter(({ jobs }) => jobs)
    .map(({ of, jobs, pages, color_pages, sheets }) => make("tr", {},
      make("th", { scope: "row" }, of),
      ...[jobs, pages, color_pages, sheets].map((number) =>
        make("td", {}, count(number))))));
}

function showPeople(people) {
  person.replaceChildren(make("option", { value: "" }, "everybody"),
    ...people.filter(({ of }) => of).map(({ of, pages }) =>
      make("option", { value: of }, `${of} (${some(pages, "page")})`)));
}

let waiting;
/** Something has come to an end. */
export function refreshRecords() {
  waiting ??= setTimeout(async () => {
    await refresh();
    waiting = undefined;
  }, PAUSE);
}

if (person) person.onchange = refresh;
find("#more-records").onclick = () => {
  shown += 50;
  refresh();
};
for (const button of section.querySelectorAll("[data-span]"))
  button.onclick = () => {
    span = button.dataset.span;
    for (const one of section.querySelectorAll("[data-span]"))
      one.setAttribute("aria-pressed", one === button);
    refresh();
  };
refresh();
