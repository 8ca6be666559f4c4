// A chart's figures as a table, for those who would rather read than see.

import { count, latency, moment, share } from "./format.js";
import { make } from "./page.js";
import { range } from "./range.js";

const ROWS = 24;
const UNITS = [3600e3, 60e3, 1e3];
const HEADS = ["From", "Probes", "Lost", "Fastest", "Median", "95 % below",
  "Slowest"];

/** Fills itself when it is opened: `ask(from, to, step)` brings columns. */
export class Table {
  constructor(name, ask) {
    this.ask = ask;
    const heads = HEADS.map((words) => make("th", { scope: "col" }, words));
    this.body = make("tbody");
    const table = make("table", {},
      make("thead", {}, make("tr", {}, ...heads)), this.body);
    this.element = make("details", { ontoggle: () => this.refresh() },
      make("summary", {}, `Figures of ${name} as a table`),
      make("div", { className: "table", tabIndex: 0, role: "region",
        "aria-label": `Figures of ${name}` }, table));
  }

  async refresh() {
    if (!this.element.open) return;
    const { from, to } = range();
    const wish = (this.wish = Symbol("the newest answer counts"));
    let columns;
    try {
      columns = await this.ask(from, to, roundUp((to - from) / ROWS));
    } catch (error) {
      if (wish === this.wish) this.say(`No history: ${error.message}`);
      return;
    }
    if (wish !== this.wish) return;
    const rows = columns.times.map((time, index) => {
      const all = columns.count[index];
      const failed = columns.failed[index];
      const figures = ["minimum", "median", "p95", "maximum"].map((name) =>
        columns[name][index] == null ? "–" : latency(columns[name][index]));
      const lost = all ? `${failed} (${share(failed / all)})` : "–";
      const cells = [count(all), lost, ...figures];
      return make("tr", {},
        make("th", { scope: "row" }, moment(time, columns.step)),
        ...cells.map((words) => make("td", {}, words)));
    });
    this.body.replaceChildren(...rows);
  }

  /** Words in place of figures. */
  say(words) {
    this.body.replaceChildren(make("tr", {},
      make("td", { colSpan: HEADS.length }, words)));
  }
}

/** To whole hours, minutes or seconds: of those there are summaries. */
function roundUp(step) {
  const unit = UNITS.find((one) => one <= step) ?? 1e3;
  return Math.ceil(step / unit) * unit;
}
