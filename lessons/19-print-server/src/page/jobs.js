// The jobs: those that need a person first, then those in print, held,
// waiting and finished.
//
// The stream brings one job after the other, and a frame of the screen draws
// what has changed since the last one. Of a long line only its beginning has
// elements.

import { Row } from "./row.js";
import { find, make, write } from "./page.js";
import { count } from "./time.js";

const GROUPS = [
  { name: "decide", title: "Needs a decision", shown: 50 },
  { name: "printing", title: "In print", shown: 50 },
  { name: "held", title: "Held", shown: 15 },
  { name: "waiting", title: "Waiting", shown: 15 },
  { name: "ended", title: "Finished", shown: 12 },
];
/** How many more are shown with each press. */
const MORE = 100;
/** From how many jobs on they can be searched. */
const MANY = 12;

const jobs = new Map();
const rows = new Map();
const changed = new Set();
const filter = { text: "", printer: "", mine: false };
const me = find("#me").textContent;

/** The group of a job. */
function groupOf(job) {
  if (job.state === "uncertain") return "decide";
  if (job.state === "held")
    return job.incomplete && !job.needs_pin ? "decide" : "held";
  if (job.state === "waiting" || job.state === "printing") return job.state;
  return "ended";
}

class Group {
  constructor({ name, title, shown }) {
    this.shown = shown;
    this.name = name;
    this.count = make("span", { className: "count" });
    this.list = make("ol", { className: "jobs" });
    this.more = make("button", { className: "more", onclick: () => {
      this.shown += MORE;
      drawSoon();
    } });
    this.element = make("div", { className: `group ${name}`, hidden: true },
      make("h3", { id: `group-${name}` }, title, " ", this.count),
      this.list, this.more);
    this.list.setAttribute("aria-labelledby", `group-${name}`);
    find("#groups").append(this.element);
  }

  draw(members) {
    this.element.hidden = members.length === 0;
    write(this.count, count(members.length));
    const shown = members.slice(0, this.shown);
    const left = members.length - shown.length;
    this.more.hidden = left === 0;
    write(this.more, `Show ${count(Math.min(left, MORE))} more of ${count(left)}`);
    let place = this.list.firstElementChild;
    for (const job of shown) {
      let row = rows.get(job.id);
      if (!row) {
        row = new Row(job, me);
        rows.set(job.id, row);
      } else if (changed.has(job.id)) row.show(job);
      row.drawn = true;
      if (row.element === place) place = place.nextElementSibling;
      else this.list.insertBefore(row.element, place);
    }
  }
}

const groups = GROUPS.map((group) => new Group(group));

let drawing = false;
function drawSoon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(draw);
}

// ANCHOR: draw
function draw() {
  drawing = false;
  const members = new Map(groups.map(({ name }) => [name, []]));
  for (const job of jobs.values())
    if (isWanted(job)) members.get(groupOf(job)).push(job);
  for (const row of rows.values()) row.drawn = false;
  const focused = document.activeElement;
  for (const group of groups)
    group.draw(members.get(group.name).sort(orderOf(group.name)));
  for (const [id, row] of rows)
    if (!row.drawn) {
      row.element.remove();
      rows.delete(id);
    }
  // A row that has moved has lost the focus on the way.
  if (focused?.isConnected && focused !== document.activeElement)
    focused.focus();
  changed.clear();
  find("#no-jobs").hidden = groups.some(({ element }) => !element.hidden);
  find("#find").hidden = jobs.size < MANY && !filter.text;
}
// ANCHOR_END: draw

/** What waits comes in the order of the line, and all else newest first. */
const orderOf = (group) => (group === "waiting"
  ? (one, other) => one.queued_at - other.queued_at || one.id - other.id
  : group === "ended"
    ? (one, other) => other.changed_at - one.changed_at || other.id - one.id
    : (one, other) => other.id - one.id);

function isWanted(job) {
  if (filter.mine && job.user !== me) return false;
  if (filter.printer && job.printer !== filter.printer) return false;
  if (!filter.text) return true;
  const words = `${job.id} ${job.name} ${job.user} ${job.claimed_user} ` +
    `${job.printer ?? ""} ${job.state}`;
  return words.toLowerCase().includes(filter.text);
}

/** Takes a job that is new or has changed. Says whether its state has. */
export function takeJob(job) {
  const before = jobs.get(job.id);
  jobs.set(job.id, job);
  changed.add(job.id);
  fresh?.add(job.id);
  drawSoon();
  return before?.state !== job.state;
}

/** The jobs that the server has named since the stream began. */
let fresh;

/** From here on the server names all jobs. */
export function beginAll() {
  fresh = new Set();
}

/** It has named all: those that it did not are no more. */
export function endAll() {
  if (!fresh) return;
  for (const id of [...jobs.keys()])
    if (!fresh.has(id)) jobs.delete(id);
  fresh = undefined;
  drawSoon();
}

/** How many jobs are in each group. */
export function counts() {
  const found = Object.fromEntries(groups.map(({ name }) => [name, 0]));
  for (const job of jobs.values()) found[groupOf(job)]++;
  return found;
}

/** Offers the printers to choose from. */
export function offerPrinters(printers) {
  Row.printers = printers;
  const select = find("#of-printer select");
  find("#of-printer").hidden = printers.length < 2;
  const names = printers.map(({ name }) => name);
  const known = [...select.options].slice(1).map(({ value }) => value);
  if (names.join() === known.join()) return;
  select.replaceChildren(make("option", { value: "" }, "all printers"),
    ...printers.map(({ name, title }) =>
      make("option", { value: name }, title || name)));
  select.value = names.includes(filter.printer) ? filter.printer : "";
  for (const [id] of rows) changed.add(id);
  drawSoon();
}

find("#find input").addEventListener("input", (event) => {
  filter.text = event.target.value.trim().toLowerCase();
  drawSoon();
});
find("#of-printer select").addEventListener("change", (event) => {
  filter.printer = event.target.value;
  drawSoon();
});
find("#mine input")?.addEventListener("change", (event) => {
  filter.mine = event.target.checked;
  drawSoon();
});

// "5 min ago" is true for a minute.
setInterval(() => {
  for (const row of rows.values()) row.tell();
}, 60e3);
