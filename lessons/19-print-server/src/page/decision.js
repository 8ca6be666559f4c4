// The decision about an uncertain job: what the printer has confirmed is
// shown, and a person who has looked into the tray says how to go on.

import { make } from "./page.js";
import { choiceOf, pagesOf, some } from "./words.js";

/** More pages than this are not shown. */
const MOST = 60;

export class Decision {
  constructor(row) {
    this.row = row;
    this.element = make("div", { className: "decision" });
  }

  show(job) {
    const { row } = this;
    const isKnown = job.next_page != null && job.page_count > 0;
    const pages = isKnown && pagesOf(job.pages, job.page_count);
    const parts = [];
    this.from = job.next_page;
    this.go = row.other("", () => row.act("POST", "/retry",
      { from: this.from }));
    this.go.className = "do";
    if (pages) parts.push(...this.strip(job, pages));
    this.say();
    const buttons = make("div", { className: "buttons" },
      row.button("All of it is there", "POST", "/printed"),
      row.button("Print all of it again", "POST", "/retry"),
      row.button("Cancel the rest", "DELETE", ""));
    if (isKnown) buttons.prepend(this.go);
    this.element.replaceChildren(...parts, buttons);
  }

  /** The pages, with what is known of each, to choose where to go on. */
  strip(job, pages) {
    const at = pages.indexOf(job.next_page);
    const first = Math.max(0, Math.min(at - MOST / 2, pages.length - MOST));
    const shown = pages.slice(first, first + MOST);
    const name = `from-${job.id}`;
    const items = shown.map((page) => {
      const isOut = pages.indexOf(page) < at;
      const image = make("img", { alt: "", loading: "lazy",
        src: `api/jobs/${job.id}/pages/${page}.png`,
        onerror: () => image.remove() });
      const radio = make("input", { type: "radio", name, value: page,
        checked: page === this.from, onchange: () => {
          this.from = page;
          this.say();
        } });
      const word = isOut ? "confirmed" : "not confirmed";
      return make("label", { className: `page ${isOut ? "out" : "open"}` },
        make("span", { className: "sheet" }, image), radio,
        make("span", { className: "number" }, `${page}`),
        make("span", { className: "word" }, word));
    });
    const sets = job.copies > 1 ? " of the set in hand" : "";
    const out = at > 0 ? choiceOf(pages.slice(0, at)).replaceAll(",", ", ")
      : "no page";
    const noun = at > 1 ? "pages " : at > 0 ? "page " : "";
    return [
      make("p", {}, `The printer has confirmed ${noun}${out}${sets}. Look ` +
        "into the tray, and choose the first page that is missing."),
      make("div", { className: "pages", role: "radiogroup",
        "aria-label": "The first page that is missing" }, ...items),
      ...(shown.length < pages.length
        ? [make("p", { className: "hint" },
          `${some(pages.length, "page")} in all`)] : []),
    ];
  }

  say() {
    const words = `Go on from page ${this.from}`;
    this.go.textContent = words;
    this.go.setAttribute("aria-label", `${words} of ${this.row.job.name}`);
  }
}
