// The choice of pages: small pictures that can be pressed, and the same as
// text. With the keyboard the arrows go from page to page.

import { find, make } from "./page.js";
import { choiceOf, pagesOf } from "./words.js";

/** How many pages are shown at first, and more with each press. */
const SHOWN = 48;
const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -1e9, End: 1e9 };

export class Choice {
  /** `picture(page)` is the address of a page's picture. */
  constructor(pages, picture, changed) {
    this.all = pages;
    this.picture = picture;
    this.changed = changed;
    this.chosen = new Set(pagesOf("", pages));
    this.last = 1;
    this.grid = make("div", { className: "pages", role: "group",
      "aria-label": "Pages to print", onkeydown: (event) => this.move(event) });
    this.text = make("input", { placeholder: "all", autocomplete: "off",
      size: 12, oninput: () => this.read() });
    this.more = make("button", { type: "button",
      onclick: () => this.show(this.grid.children.length + 2 * SHOWN) });
    const all = make("button", { type: "button",
      onclick: () => this.choose(pagesOf("", pages)) }, "All");
    const none = make("button", { type: "button",
      onclick: () => this.choose([]) }, "None");
    this.element = make("div", { className: "choice" }, this.grid, this.more,
      make("div", { className: "row" },
        make("label", {}, "Pages ", this.text), all, none));
    this.element.classList.toggle("single", pages === 1);
    this.show(SHOWN);
  }

  /** The choice as the server takes it; "" for all, null when it is none. */
  get value() {
    if (this.chosen.size === 0) return null;
    return this.chosen.size === this.all ? "" : choiceOf(this.sorted);
  }

  get sorted() {
    return [...this.chosen].sort((one, other) => one - other);
  }

  show(most) {
    const upTo = Math.min(most, this.all);
    for (let page = this.grid.children.length + 1; page <= upTo; page++)
      this.grid.append(this.button(page));
    const left = this.all - upTo;
    this.more.hidden = left === 0;
    this.more.textContent = `Show more of the ${left} pages left`;
  }

  button(page) {
    const image = make("img", { src: this.picture(page), alt: "",
      loading: "lazy", onerror: () => image.remove() });
    const made = make("button", { type: "button", className: "page",
      tabIndex: page === 1 ? 0 : -1, "aria-pressed": this.chosen.has(page),
      "aria-label": `Page ${page}`,
      onclick: (event) => this.press(page, event.shiftKey) },
    make("span", { className: "sheet" }, image),
    make("span", { className: "number" }, `${page}`));
    return made;
  }

  press(page, wholeRange) {
    const on = !this.chosen.has(page);
    const first = wholeRange ? Math.min(this.last, page) : page;
    const last = wholeRange ? Math.max(this.last, page) : page;
    for (let one = first; one <= last; one++)
      if (on) this.chosen.add(one);
      else this.chosen.delete(one);
    this.last = page;
    this.focus(page);
    this.choose(this.sorted);
  }

  /** A choice made by pages; the text follows. */
  choose(pages) {
    this.chosen = new Set(pages);
    this.text.value = this.value ?? "none";
    if (this.chosen.size === this.all) this.text.value = "";
    this.text.setCustomValidity("");
    this.mark();
  }

  /** A choice made by text; the pages follow. */
  read() {
    const pages = pagesOf(this.text.value, this.all);
    this.text.setCustomValidity(pages ? ""
      : `write for example 3-7,10; there are ${this.all} pages`);
    this.chosen = new Set(pages ?? []);
    this.mark();
  }

  mark() {
    for (const [at, button] of [...this.grid.children].entries())
      button.setAttribute("aria-pressed", this.chosen.has(at + 1));
    this.changed();
  }

  move(event) {
    const at = [...this.grid.children].indexOf(document.activeElement);
    const step = STEPS[event.key] ??
      (event.key === "ArrowDown" ? this.across()
        : event.key === "ArrowUp" ? -this.across() : 0);
    if (at < 0 || !step) return;
    event.preventDefault();
    const last = this.grid.children.length - 1;
    this.focus(Math.max(0, Math.min(at + step, last)) + 1);
  }

  /** How many pages lie beside each other. */
  across() {
    const pages = [...this.grid.children];
    const top = pages[0]?.offsetTop;
    const below = pages.findIndex((page) => page.offsetTop !== top);
    return below < 0 ? pages.length : below;
  }

  focus(page) {
    const old = find("[tabindex='0']", this.grid);
    if (old) old.tabIndex = -1;
    const next = this.grid.children[page - 1];
    if (!next) return;
    next.tabIndex = 0;
    next.focus();
  }
}
