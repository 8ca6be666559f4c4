// A latency chart as SmokePing draws it: the median as a line whose colour
// shows the loss, in the smoke of all other round trips.

import { append, ask, forget, question, sum } from "./columns.js";
import { Chart } from "./chart.js";
import { windowsOf } from "./maintenance.js";
import { colour, draw, find, make, write } from "./page.js";
import { count, latency, moment, share } from "./format.js";
import { range } from "./range.js";
import { Table } from "./table.js";
import { exchange } from "./targets.js";

/** The colours of loss: up to which share of failed probes, and the words. */
const LOSSES = [
  [0, "none lost"], [0.02, "up to 2 %"], [0.1, "up to 10 %"],
  [0.5, "up to 50 %"], [1, "more than half"],
];

/** How much of the height the marks of loss take at most, in pixels. */
const LOSS_HEIGHT = 14;
const COLUMNS = ["times", "maximum", "p95", "p75", "median", "p25",
  "minimum"];

/** A step that is longer than anything was measured: all is one sum. */
const FOREVER = 100 * 365 * 24 * 3600e3;
/** The parts of an HTTP check, in the order in which they happen. */
const PHASES = [["name_ms", "name"], ["connect_ms", "connect"],
  ["tls_ms", "TLS"], ["first_byte_ms", "first byte"], ["rest_ms", "rest"]];

/** The latency of one target, as one place measures it. */
export class Smoke {
  constructor({ name, place, target }, scale) {
    const metric = target.metric;
    Object.assign(this, { name, place, target, metric, scale });
    const title = place === "here" ? name : `${target.name} from ${place}`;
    this.chart = new Chart({ title, height: 250,
      options: this.options(), say: (index) => this.say(index) });
    this.table = new Table(title, (from, to, step) =>
      ask(metric, name, from, to, step));
    this.places = make("select", { onchange: () => this.changePlace() });
    this.choice = make("label", { hidden: true }, "From ", this.places);
    this.phases = make("p", { className: "phases soft" });
    const { figure, place: canvas } = this.chart;
    find("figcaption", figure).append(this.choice);
    figure.insertBefore(this.phases, canvas);
    this.csv = make("a", { download: "" }, "Figures as CSV");
    figure.append(this.table.element, this.csv);
    this.showTarget(target);
  }

  get element() {
    return this.chart.figure;
  }

  /** Fetches the range that is chosen, and shows it. */
  async load() {
    const { from, to } = range();
    const wish = (this.wish = Symbol("the newest answer counts"));
    try {
      const columns = await ask(this.metric, this.name, from, to);
      if (wish !== this.wish) return;
      this.csv.href = `api/history.csv?${question(this.metric, this.name,
        from, to)}`;
      this.columns = columns;
      this.refresh();
      this.table.refresh();
    } catch (error) {
      write(this.chart.summary, `No history: ${error.message}`);
    }
  }

  // ANCHOR: take
  /** Takes a sample that has just come. */
  take({ at, value }) {
    if (this.columns && range().live) append(this.columns, at, value);
  }

  /** Draws again; a live range moves on with the time. */
  refresh() {
    if (!this.columns) return;
    const { from, to, live } = range();
    if (live) forget(this.columns, from);
    this.chart.show(COLUMNS.map((name) => this.columns[name]), { from, to });
    write(this.chart.summary, this.summary());
  }
  // ANCHOR_END: take

  /** When the first of what is shown was measured. */
  first() {
    const { times, count: all } = this.columns ?? { times: [], count: [] };
    return times[all.findIndex((one) => one > 0)] ?? Infinity;
  }

  /** Whether anything was measured before a moment. */
  async before(moment) {
    try {
      const { count: all } =
        await ask(this.metric, this.name, 0, moment - 1, FOREVER);
      return all.some((one) => one > 0);
    } catch {
      // Then nothing is hidden.
      return true;
    }
  }

  /** Takes the monitor's status. */
  showStatus({ targets }) {
    const target = targets.find(({ name }) => name === this.target.name);
    if (target) this.showTarget(target);
  }

  showTarget(target) {
    this.target = target;
    const names = target.places.map(({ place }) => place);
    this.choice.hidden = names.length < 2;
    if (this.listed !== names.join("\n")) {
      this.listed = names.join("\n");
      this.places.replaceChildren(...names.map((name) => make("option",
        { value: name, selected: name === this.place }, name)));
    }
    const known = this.place === "here" ? target.phases ?? {} : {};
    const parts = PHASES.filter(([key]) => known[key] != null)
      .map(([key, words]) => `${words} ${latency(known[key])}`);
    this.phases.hidden = parts.length === 0;
    write(this.phases, `Last check: ${parts.join(", ")}`);
  }

  changePlace() {
    const place = this.places.value;
    const { name } = this.target;
    exchange(this.name, place === "here" ? name : `${name}@${place}`);
  }

  rescale(scale) {
    this.scale = scale;
    this.chart.rebuild(this.options());
  }

  remove() {
    this.wish = null;
    this.chart.remove();
  }

  options() {
    const logarithmic = this.scale === "logarithmic";
    return {
      series: COLUMNS.slice(1).map(() => ({ show: true, paths: () => null,
        points: { show: false } })),
      scales: { y: logarithmic ? { distr: 3 } : { range: () => this.top() } },
      axes: [{ values: (_, ticks) =>
        ticks.map((tick) => (tick == null ? "" : `${tick} ms`)) }],
      hooks: { draw: [(plot) => this.draw(plot)] },
    };
  }

  /** The scale's range. Rare peaks would press all else to the bottom. */
  top() {
    const { maximum } = sum(this.columns);
    return [0, (this.scale === "peaks" ? maximum * 1.05 : this.usual()) || 1];
  }

  usual() {
    const p95 = this.columns.p95.filter((value) => value != null);
    p95.sort((a, b) => a - b);
    return p95[Math.floor(p95.length * 0.98)] * 1.4;
  }

  summary() {
    const { count: all, failed, lowest, highest, maximum } =
      sum(this.columns);
    if (all === 0) return "Nothing was measured in this time.";
    const lost = `${count(failed)} of ${count(all)} lost ` +
      `(${share(failed / all)})`;
    if (failed === all) return `No answer at all: ${lost}.`;
    const cut = this.scale === "usual" && maximum > this.usual();
    return `Medians from ${latency(lowest)} to ${latency(highest)}; ${lost}; ` +
      `slowest ${latency(maximum)}${cut ? ", cut off here" : ""}.` +
      this.planned();
  }

  /** The windows in which work was planned, in words. */
  planned() {
    const names = new Set(windowsOf(this.target.name).map(({ name }) => name));
    return names.size ? ` Maintenance: ${[...names].join(", ")}.` : "";
  }

  say(index) {
    const time = this.columns.times[index];
    const work = windowsOf(this.target.name).find(({ from, to }) =>
      from <= time && time < to);
    return this.sayFigures(index) +
      (work ? `; maintenance: ${work.name}` : "");
  }

  sayFigures(index) {
    const { times, step, count: all, failed } = this.columns;
    const at = (name) => latency(this.columns[name][index]);
    const when = moment(times[index], step);
    const answered = all[index] - failed[index];
    if (all[index] === 0) return `${when}: nothing was measured`;
    if (answered === 0) return `${when}: no answer, ${all[index]} lost`;
    if (all[index] === 1) return `${when}: ${at("median")}`;
    return `${when}: median ${at("median")}, half from ${at("p25")} to ` +
      `${at("p75")}, 95 % below ${at("p95")}, all from ${at("minimum")} to ` +
      `${at("maximum")}; ${failed[index]} of ${all[index]} lost` +
      (failed[index] ? ` (${share(failed[index] / all[index])})` : "");
  }

  draw(plot) {
    const { ctx, bbox } = plot;
    const { times, step, failed, count: all } = this.columns;
    const pixel = devicePixelRatio;
    const x = (time) => Math.round(plot.valToPos(time, "x", true));
    const y = (value) => Math.round(plot.valToPos(value, "y", true));
    const bottom = bbox.top + bbox.height;
    const gap = 3 * (step || usualStep(times));
    const losses = LOSSES.map((_, index) => colour(`loss-${index}`));
    const lossOf = (part) =>
      losses[LOSSES.findIndex(([most]) => part <= most)];

    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    // Planned work lies behind all else.
    ctx.fillStyle = colour("window");
    for (const work of windowsOf(this.target.name)) {
      const left = x(work.from);
      const width = Math.max(x(work.to) - left, pixel);
      ctx.fillRect(left, bbox.top, width, bbox.height);
    }
    const box = (index) => {
      const left = x(times[index]) - (step ? 0 : pixel);
      const right = step ? x(times[index] + step) : left + 2 * pixel;
      return [left, Math.max(right - left, pixel)];
    };
    const band = (low, high, fill) => {
      ctx.fillStyle = fill;
      times.forEach((_, index) => {
        if (low[index] == null) return;
        const [left, width] = box(index);
        const top = y(high[index]);
        ctx.fillRect(left, top, width, y(low[index]) - top);
      });
    };
    const { minimum, p25, median, p75, p95, maximum } = this.columns;
    band(minimum, maximum, colour("smoke"));
    band(p25, p75, colour("smoke-core"));
    ctx.fillStyle = colour("p95");
    times.forEach((_, index) => {
      if (p95[index] == null || all[index] < 2) return;
      const [left, width] = box(index);
      ctx.fillRect(left, y(p95[index]), width, pixel);
    });

    // ANCHOR: median
    // A thin line from median to median, broken where nothing is known.
    ctx.strokeStyle = losses[0];
    ctx.globalAlpha = 0.55;
    ctx.lineWidth = pixel;
    ctx.beginPath();
    times.forEach((time, index) => {
      if (median[index] == null) return;
      const broken = index === 0 || median[index - 1] == null ||
        time - times[index - 1] > gap;
      const [left, width] = box(index);
      ctx[broken ? "moveTo" : "lineTo"](left + width / 2, y(median[index]));
    });
    ctx.stroke();
    // ANCHOR_END: median
    ctx.globalAlpha = 1;

    const thick = 2.5 * pixel;
    times.forEach((_, index) => {
      const part = failed[index] / all[index];
      const [left, width] = box(index);
      ctx.fillStyle = lossOf(part);
      if (median[index] != null)
        ctx.fillRect(left, y(median[index]) - thick / 2,
          Math.max(width, thick), thick);
      // Loss is also a bar at the bottom, the taller the more: so nothing
      // depends on colour alone, and loss without any median is seen too.
      if (part > 0) {
        const height = (3 + part * (LOSS_HEIGHT - 3)) * pixel;
        ctx.fillRect(left, bottom - height, Math.max(width, 2 * pixel),
          height);
      }
    });
    ctx.restore();
  }
}

/** The usual time from one raw sample to the next. */
function usualStep(times) {
  const steps = times.slice(-50).map((time, index, all) =>
    index ? time - all[index - 1] : 0).slice(1).sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? Infinity;
}

/** What the colours mean. */
export function showLegend() {
  const sample = (...shapes) =>
    draw("svg", { viewBox: "0 0 28 18", "aria-hidden": "true" }, ...shapes);
  const bar = (fill, y, height) => draw("rect", { width: 28, x: 0, y, height,
    class: `fill-${fill}` });
  const items = [
    [sample(bar("smoke", 0, 18)), "fastest to slowest"],
    [sample(bar("smoke", 0, 18), bar("smoke-core", 4, 10)), "middle half"],
    [sample(bar("p95", 8, 2)), "95 % are below"],
    ...LOSSES.map(([, words], index) => [
      sample(bar(`loss-${index}`, 7, 4),
        ...(index ? [bar(`loss-${index}`, 16 - 2 * index, 18)] : [])),
      index ? `${words} lost` : `median, ${words}`]),
  ];
  items[items.length - 1][1] = "more than half lost";
  items.push([sample(bar("window", 0, 18)), "maintenance"]);
  find("#smoke-legend").append(...items.map(([picture, words]) =>
    make("li", {}, picture, words)));
}
