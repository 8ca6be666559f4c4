// The speed of the line: the last result, a button for a test, the charts.

import { append, ask, forget, percentile } from "./columns.js";
import { Chart } from "./chart.js";
import { colour, draw, find, make, write } from "./page.js";
import { count, duration, latency, moment, speed, withoutZeros }
  from "./format.js";
import { latestStart, range } from "./range.js";

const DAY = 24 * 3600e3;
const RATES = [["download", "download"], ["upload", "upload"]];
const TRIPS = [["idle_latency", "idle", "idle"],
  ["loaded_latency_download", "download", "during download"],
  ["loaded_latency_upload", "upload", "during upload"]];
const GRADES = { A: "hardly any delay under load",
  B: "little delay under load", C: "noticeable delay under load",
  D: "much delay under load", E: "very much delay under load",
  F: "far too much delay under load" };

let tests = [];
let chosen;
let charts;

/** Shows the speed tests of the monitor's status. */
export function showSpeed(status) {
  tests = status.speed;
  find("#speed").hidden = tests.length === 0;
  if (tests.length === 0) return;
  const names = tests.map(({ name }) => name);
  const select = find("#choose-test select");
  find("#choose-test").hidden = tests.length === 1;
  if ([...select.options].map(({ value }) => value).join() !== names.join())
    select.replaceChildren(...names.map((name) =>
      make("option", { value: name }, name)));
  if (!names.includes(chosen)) choose(names[0]);
  showResult(tests.find(({ name }) => name === chosen), status.now);
}

function choose(name) {
  chosen = name;
  find("#choose-test select").value = name;
  for (const chart of charts ?? []) chart.remove();
  charts = [new Lines("Download and upload", name, RATES, speed),
    new Lines("Latency, idle and under load", name, TRIPS, latency)];
  find("#speed-charts").replaceChildren(...charts.map((one) => one.element));
  loadSpeed();
}

find("#choose-test select").addEventListener("change", (event) => {
  choose(event.target.value);
  const test = tests.find(({ name }) => name === chosen);
  showResult(test, Date.now());
});

find("#test-now").addEventListener("click", async () => {
  say("Asking for a test …");
  try {
    const path = `api/tests/${encodeURIComponent(chosen)}`;
    const answer = await fetch(path, { method: "POST" });
    if (answer.ok) return;
    const reply = await answer.json().catch(() => ({}));
    say(reply.error ?? `The monitor answered ${answer.status}.`, true);
  } catch {
    say("The monitor does not answer; try again.", true);
  }
});

function say(words, bad = false) {
  write(find("#test-said"), words);
  find("#test-said").classList.toggle("bad", bad);
}

/** Shows how far a running test is. */
export function showProgress({ name, phase, bps, latency_ms }) {
  progressing = true;
  // The phase is read out when it changes; the figures would never end.
  say(`${name}: ${phase}`);
  const figures = [bps && speed(bps), latency_ms && latency(latency_ms)];
  write(find("#test-rate"), figures.filter(Boolean).join(", "));
}

let running = false;
/** Whether the words are those of a test under way. */
let progressing = false;
function showResult(test, now) {
  if ((running || progressing) && !test.running) say("");
  progressing &&= test.running;
  if (!test.running) write(find("#test-rate"), "");
  if (!running && test.running) say("The test begins …");
  running = test.running;
  find("#test-now").disabled = running;
  const next = test.next > now ? `next in ${duration(test.next - now)}` : "";
  const last = test.last ? `${moment(test.last)}; ${next}` : next;
  const loaded = test.loaded_latency_ms ?? {};
  const cells = test.error
    ? [["Failed", test.error, moment(test.last), "bad wide"]]
    : test.last == null ? [["Result", "none yet", next, ""]]
    : [
      rate("Download", test.download_bps, test.download_error,
        "mark-download"),
      rate("Upload", test.upload_bps, test.upload_error, "mark-upload"),
      ["Latency, idle", latency(test.idle_latency_ms), "", "mark-idle"],
      ["Latency, download", trip(loaded.download), "", "mark-download"],
      ["Latency, upload", trip(loaded.upload), "", "mark-upload"],
      ...(test.grade ? [["Bufferbloat", `Grade ${test.grade}`,
        GRADES[test.grade] + responsiveness(test), ""]] : []),
      ...(test.bufferbloat_error ? [["Bufferbloat", "not measured",
        test.bufferbloat_error, "bad wide"]] : []),
    ];
  const unsettled = test.stable === false && !test.error
    ? ` Not settled${test.unsettled ? `: ${test.unsettled}` : ""}.` : "";
  const about = `${test.server} · ${last}${unsettled}`;
  const key = JSON.stringify([cells, about]);
  if (find("#result").dataset.key === key) return;
  find("#result").dataset.key = key;
  find("#result").replaceChildren(
    ...cells.map(([name, value, more, kind]) => make("div",
      { className: kind }, make("dt", {}, name), make("dd", {}, value,
        ...(more ? [make("small", {}, more)] : [])))),
    make("div", { className: "wide" }, make("dt", {}, "Server and time"),
      make("dd", {}, make("small", {}, about))));
}

/** A rate, or why there is none. */
const rate = (name, bps, error, mark) => bps == null && error
  ? [name, "no figure", error, "bad wide"] : [name, speed(bps), "", mark];

const responsiveness = ({ rpm }) =>
  rpm ? `; ${count(rpm)} round trips a minute` : "";

const trip = (ms) => (ms == null ? "not measured" : latency(ms));

/** Takes a sample of a speed test. */
export function takeSpeed(sample) {
  for (const chart of charts ?? []) chart.take(sample);
}

/** Fetches and shows the range that is chosen. */
export function loadSpeed() {
  for (const chart of charts ?? []) chart.load();
}

/** Draws again; a live range moves on with the time. */
export function refreshSpeed() {
  for (const chart of charts ?? []) chart.refresh();
}

/** Tests are rare: less than a day of them says little. */
function speedRange() {
  const { from, to, live } = range();
  if (to - from >= DAY) return { from, to, live };
  const start = live ? latestStart(DAY) : to - DAY;
  return { from: start, to, live, wider: start < from };
}

/** Times and medians without those in which no test ran: a line goes on over
    them, and is broken by a test that failed. */
function tested({ times, median, count }) {
  const ran = (_, index) => count[index] > 0;
  return [times.filter(ran), median.filter(ran)];
}

/** Lines of one unit over time, a test that failed as a cross. */
class Lines {
  constructor(title, target, parts, format) {
    Object.assign(this, { target, parts, format });
    this.chart = new Chart({ title, height: 200, options: this.options(),
      say: (index) => this.say(index) });
    const legend = make("ul", { className: "legend" },
      ...parts.map(([, name, words], index) => make("li", {},
        draw("svg", { viewBox: "0 0 28 18", "aria-hidden": "true",
          class: `line-${name} dash-${index}` },
          draw("path", { d: "M0 9h28" })), words ?? name)));
    if (parts === RATES) legend.append(make("li", {},
      draw("svg", { viewBox: "0 0 28 18", "aria-hidden": "true",
        class: "line-failed" }, draw("path", { d: "m9 4 10 10m0-10L9 14" })),
      "test failed"));
    this.element.insertBefore(legend, this.chart.place);
  }

  get element() {
    return this.chart.figure;
  }

  remove() {
    this.wish = null;
    this.chart.remove();
  }

  async load() {
    const { from, to } = speedRange();
    const wish = (this.wish = Symbol("the newest answer counts"));
    try {
      const columns = await Promise.all(this.parts.map(([metric]) =>
        ask(metric, this.target, from, to)));
      if (wish !== this.wish) return;
      this.columns = columns;
      this.refresh();
    } catch (error) {
      write(this.chart.summary, `No history: ${error.message}`);
    }
  }

  take({ at, metric, target, value }) {
    const index = this.parts.findIndex(([name]) => name === metric);
    if (index < 0 || target !== this.target || !this.columns) return;
    if (!range().live) return;
    append(this.columns[index], at, value);
    this.refresh();
  }

  refresh() {
    if (!this.columns) return;
    const { from, live } = speedRange();
    if (live) for (const columns of this.columns) forget(columns, from);
    const [first] = this.columns;
    this.data = uPlot.join(this.columns.map(tested));
    this.failures = new Map(first.times.flatMap((time, index) =>
      first.failed[index] ? [[time, first.failed[index]]] : []));
    if (this.parts !== RATES) this.failures.clear();
    this.chart.show(this.data, speedRange());
    write(this.chart.summary, this.summary());
  }

  summary() {
    const words = this.parts.flatMap(([, name, words], index) => {
      const known = this.data[index + 1].filter((value) => value != null);
      if (known.length === 0) return [];
      const middle = percentile(known.toSorted((a, b) => a - b), 0.5);
      return [`${words ?? name} ${this.format(middle)}`];
    });
    if (words.length) words[0] = `Medians: ${words[0]}`;
    const failed = [...this.failures.values()].reduce((a, b) => a + b, 0);
    if (failed) words.push(`${failed} failed`);
    if (words.length === 0) words.push("No test in this time");
    const wider = speedRange().wider ? " Tests are rare: this is a day." : "";
    return `${words.join(", ")}.${wider}`;
  }

  say(index) {
    const when = moment(this.data[0][index]);
    const values = this.parts.flatMap(([, name, words], part) => {
      const value = this.data[part + 1][index];
      return value == null ? [] : [`${words ?? name} ${this.format(value)}`];
    });
    const failed = this.failures.get(this.data[0][index]);
    if (failed) values.push(failed > 1 ? `${failed} tests failed`
      : "the test failed");
    return `${when}: ${values.join(", ")}`;
  }

  options() {
    const lines = this.parts.map(([, name], index) => ({
      stroke: () => colour(name),
      width: 2,
      dash: [[], [7, 4], [2, 3]][index],
      points: { show: true, size: 5, fill: () => colour(name) },
      spanGaps: false,
    }));
    const format = (_, ticks) =>
      ticks.map((tick) => (tick ? withoutZeros(this.format(tick)) : "0"));
    const least = this.parts === RATES ? 10e6 : 10;
    return {
      series: lines,
      scales: { y: { range: (_, _low, high) => [0, (high || least) * 1.1] } },
      axes: [{ values: format, size: 78 }],
      hooks: { draw: [(plot) => this.cross(plot)] },
    };
  }

  cross(plot) {
    const { ctx, bbox } = plot;
    const size = 4 * devicePixelRatio;
    const y = bbox.top + bbox.height - 2 * size;
    ctx.save();
    ctx.strokeStyle = colour("bad");
    ctx.lineWidth = 2 * devicePixelRatio;
    ctx.beginPath();
    for (const time of this.failures.keys()) {
      const x = plot.valToPos(time, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.moveTo(x - size, y - size);
      ctx.lineTo(x + size, y + size);
      ctx.moveTo(x + size, y - size);
      ctx.lineTo(x - size, y + size);
    }
    ctx.stroke();
    ctx.restore();
  }
}
