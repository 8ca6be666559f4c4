// A sparkline: the last minutes of a target in a picture as small as a word.

import { draw } from "./page.js";

const WIDTH = 120;
const HEIGHT = 36;
/** How many results it shows. */
const LONGEST = 120;

/** A line of values; a lost one is a tick at the bottom. */
export class Sparkline {
  constructor() {
    this.values = [];
    this.line = draw("path");
    this.lost = draw("path", { class: "lost" });
    this.element = draw("svg", { class: "spark", "aria-hidden": "true",
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none" },
      this.line, this.lost);
  }

  /** What was before the first value that came live. */
  begin(values) {
    this.values = [...values, ...this.values].slice(-LONGEST);
    this.show();
  }

  push(value) {
    this.values = [...this.values, value].slice(-LONGEST);
    this.show();
  }

  show() {
    const known = this.values.filter((value) => value != null);
    const top = Math.max(...known) * 1.1;
    const x = (index) =>
      (WIDTH - (this.values.length - 1 - index) * WIDTH / LONGEST).toFixed(1);
    let line = "";
    let lost = "";
    let pen = "M";
    this.values.forEach((value, index) => {
      if (value == null) {
        lost += `M${x(index)} ${HEIGHT}v-7`;
        pen = "M";
      } else {
        const y = (HEIGHT - 8) * (1 - value / top) + 1;
        line += `${pen}${x(index)} ${y.toFixed(1)}`;
        pen = "L";
      }
    });
    this.line.setAttribute("d", line);
    this.lost.setAttribute("d", lost);
  }
}
