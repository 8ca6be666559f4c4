// A chart of pages a day, or a month: a bar for each, in colour and in grey.

import { draw } from "./page.js";
import { some } from "./words.js";

const WIDTH = 720;
const HEIGHT = 160;
/** Room for the words beside and below the bars. */
const LEFT = 40;
const RIGHT = 14;
const BELOW = 24;
const ABOVE = 10;

const form = (options) => new Intl.DateTimeFormat("en-GB", options);
const withDay = form({ day: "numeric", month: "short" });
const withMonth = form({ month: "short" });

/** A round number of pages that is at least this. */
function roundUp(most) {
  const scale = 10 ** Math.floor(Math.log10(Math.max(most, 4)));
  return [1, 1.5, 2, 3, 4, 5, 10].map((step) => step * scale)
    .find((step) => step >= most);
}

const nameOf = (of, by) => (by === "day" ? withDay : withMonth)
  .format(new Date(by === "day" ? `${of}T12:00` : `${of}-15T12:00`));

/** The sums as a picture; `by` says what each is about. */
export function bars(sums, by) {
  const most = roundUp(Math.max(...sums.map(({ pages }) => pages)));
  const step = (WIDTH - LEFT - RIGHT) / sums.length;
  const tall = HEIGHT - BELOW - ABOVE;
  const height = (pages) => pages / most * tall;
  const text = (x, y, words, anchor) =>
    draw("text", { x, y, "text-anchor": anchor }, words);
  const parts = [];
  for (const share of [0, 0.5, 1]) {
    const y = ABOVE + tall - share * tall;
    parts.push(draw("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y }));
    if (Number.isInteger(most * share))
      parts.push(text(LEFT - 8, y + 4, `${most * share}`, "end"));
  }
  const every = by === "day" ? 5 : 1;
  for (const [at, sum] of sums.entries()) {
    const { of, pages, color_pages } = sum;
    const [x, width] = [LEFT + at * step + step * 0.15, step * 0.7];
    const base = ABOVE + tall;
    const grey = height(pages - color_pages);
    const color = height(color_pages);
    const name = nameOf(of, by);
    const bar = draw("g", {}, draw("title", {},
      `${name}: ${some(pages, "page")}, ${color_pages} in colour`),
    // The whole height answers to the pointer.
    draw("rect", { class: "space", x: LEFT + at * step, y: ABOVE, width: step,
      height: tall }),
    draw("rect", { class: "in-color", x, y: base - color, width,
      height: color, rx: Math.min(2, color / 2) }),
    draw("rect", { class: "in-grey", x, y: base - color - grey, width,
      height: grey, rx: Math.min(2, grey / 2) }));
    parts.push(bar);
    if ((sums.length - 1 - at) % every === 0)
      parts.push(text(x + width / 2, HEIGHT - 6, name, "middle"));
  }
  const all = sums.reduce((total, { pages }) => total + pages, 0);
  return draw("svg", { class: "bars", viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img", "aria-label": `${some(all, "page")} in ` +
      `${some(sums.length, by)}; the table below has the figures` }, ...parts);
}
