// The chart: axes, a cursor by mouse and by keys, zoom, size.

import { colour, make } from "./page.js";
import { move, zoom } from "./range.js";

/** A drag that is narrower, in pixels, was meant as a click. */
const SLIP = 8;
const SECOND = 1e3, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE;
const DAY = 24 * HOUR, MONTH = 28 * DAY, YEAR = 365 * DAY;

// uPlot's form: from this step on; the label; the label at a new year,
// month, day, hour, minute, second; how the two are put together.
const none = null;
const day = "\n{D} {MMM}";
const TIMES = [
  [YEAR, "{YYYY}", none, none, none, none, none, none, 1],
  [MONTH, "{MMM}", "\n{YYYY}", none, none, none, none, none, 1],
  [DAY, "{D} {MMM}", "\n{YYYY}", none, none, none, none, none, 1],
  [MINUTE, "{HH}:{mm}", day, none, day, none, none, none, 1],
  [SECOND, "{HH}:{mm}:{ss}", day, none, day, none, none, none, 1],
  [1, "{ss}.{fff} s", none, none, none, none, none, none, 1],
];

const axis = (more) => ({
  stroke: () => colour("soft"),
  font: "12px system-ui, sans-serif",
  grid: { stroke: () => colour("grid"), width: 1 },
  ticks: { stroke: () => colour("grid"), width: 1, size: 4 },
  ...more,
});

const charts = new Set();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const chart of charts) chart.plot?.redraw(false);
});

/**
 * A chart over time, with its heading, a summary of what it shows, and a
 * line that says what is under the cursor.
 *
 * `say(index)` returns the words for a point; `options` are uPlot's, with
 * `height` in CSS pixels.
 */
export class Chart {
  constructor({ title, options, height, say }) {
    this.options = options;
    this.height = height;
    this.say = say;
    this.summary = make("span", { className: "summary" });
    this.readOut = make("output", { className: "read-out" });
    this.place = make("div", { className: "chart", tabIndex: 0,
      role: "application", "aria-roledescription": "chart",
      "aria-label": `${title}: chart. Arrow keys move the cursor.` });
    this.figure = make("figure", {},
      make("figcaption", {}, make("h3", {}, title), this.summary),
      this.place, this.readOut);
    this.place.addEventListener("keydown", (event) => this.key(event));
    this.place.addEventListener("focus", () => {
      this.readOut.setAttribute("aria-live", "polite");
    });
    this.place.addEventListener("blur", () => {
      this.readOut.setAttribute("aria-live", "off");
      this.mark(null);
      this.plot?.setCursor({ left: -10, top: -10 });
    });
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(this.place);
    charts.add(this);
  }

  /** Shows this data, in uPlot's form, from `from` to `to`. */
  show(data, { from, to }) {
    this.shown = { min: from, max: to };
    if (this.plot) this.plot.setData(data, true);
    else this.plot = this.build(data);
  }

  /** Begins anew with other options. */
  rebuild(options) {
    const data = this.plot?.data;
    this.plot?.destroy();
    this.options = options;
    this.plot = data && this.build(data);
  }

  remove() {
    this.watcher.disconnect();
    this.plot?.destroy();
    this.figure.remove();
    charts.delete(this);
  }

  build(data) {
    const { series, scales, axes, hooks } = this.options;
    return new uPlot({
      width: this.place.clientWidth,
      height: this.height,
      ms: 1,
      legend: { show: false },
      padding: [10, 12, 0, 0],
      scales: {
        x: { time: true, range: () => [this.shown.min, this.shown.max] },
        ...scales,
      },
      axes: [axis({ values: TIMES, space: 60, size: 40 }),
        ...axes.map((one) => axis({ size: 64, ...one }))],
      series: [{}, ...series],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false },
        // Charts move their cursors together, but zoom only once.
        sync: { key: "time", filters: {
          pub: (type) => type === "mousemove" || type === "mouseleave",
        } },
      },
      hooks: {
        ...hooks,
        setCursor: [(plot) => this.showPoint(plot)],
        setSelect: [(plot) => this.select(plot)],
      },
    }, data, this.place);
  }

  resize() {
    const width = this.place.clientWidth;
    if (this.plot && width > 0 && width !== this.plot.width)
      this.plot.setSize({ width, height: this.height });
  }

  showPoint(plot) {
    const { idx, left } = plot.cursor;
    const there = left >= 0 && idx != null;
    this.readOut.textContent = there ? this.say(idx) : "";
  }

  select(plot) {
    const { left, width } = plot.select;
    if (width < SLIP) return;
    plot.setSelect({ left: 0, width: 0 }, false);
    zoom(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const at = this.plot?.data[0][this.plot.cursor.idx];
    const keys = {
      ArrowLeft: () => this.step(-1, event.shiftKey),
      ArrowRight: () => this.step(1, event.shiftKey),
      Enter: () => this.zoomToMark(),
      Escape: () => (this.marked ? this.mark(null) : move("back")),
      "+": () => move("in", at),
      "=": () => move("in", at),
      "-": () => move("out", at),
      PageUp: () => move("earlier"),
      PageDown: () => move("later"),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  /** Moves the cursor to the next point, and marks on the way. */
  step(by, marking) {
    const times = this.plot?.data[0] ?? [];
    if (times.length === 0) return;
    const { idx, left } = this.plot.cursor;
    const from = left >= 0 && idx != null ? idx : times.length - 1;
    const to = Math.min(Math.max(from + by, 0), times.length - 1);
    const place = this.plot.valToPos(times[to], "x");
    this.plot.setCursor({ left: place, top: 10 });
    if (!marking) return this.mark(null);
    this.mark([this.marked?.[0] ?? times[from], times[to]]);
  }

  zoomToMark() {
    const times = this.marked?.toSorted(ascending);
    this.mark(null);
    if (times) zoom(...times);
  }

  mark(times) {
    this.marked = times;
    const [from, to] = (times ?? [0, 0]).toSorted(ascending);
    const left = times ? this.plot.valToPos(from, "x") : 0;
    const right = times ? this.plot.valToPos(to, "x") : 0;
    const height = this.plot?.over.clientHeight;
    this.plot?.setSelect({ left, width: right - left, top: 0, height },
      false);
  }
}

const ascending = (a, b) => a - b;
