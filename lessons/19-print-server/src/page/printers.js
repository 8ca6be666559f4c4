// The printers: how each is, what it has left, and whether jobs go to it.

import { question } from "./dialog.js";
import { find, icon, make, write } from "./page.js";
import { ask, sentence, tried } from "./server.js";
import { some } from "./words.js";

const list = find("#printers");
const mayOperate = list.dataset.operate === "true";
const cards = new Map();

const WORDS = { good: "ready", busy: "printing", bad: "stopped",
  warn: "paused" };
const SHAPES = { good: "good", busy: "printing", bad: "bad", warn: "paused" };

/** How a printer is: `good`, `busy`, `bad` when it needs somebody, or `warn`
    when a person has to say that it goes on. */
export function kindOf({ state, reasons }) {
  if (reasons?.includes("paused")) return "warn";
  return { idle: "good", printing: "busy" }[state] ?? "bad";
}

class Card {
  constructor(printer) {
    this.icon = make("span", { className: "shape" });
    this.name = make("h3");
    this.word = make("span", { className: "word" });
    this.about = make("p", { className: "soft" });
    this.why = make("p", { className: "why" });
    this.supplies = make("ul", { className: "supplies" });
    this.panel = make("a", { target: "_blank", rel: "noopener",
      hidden: true }, "Front panel");
    this.panel.className = "panel";
    this.button = make("button", { hidden: !mayOperate,
      onclick: () => this.switch() });
    this.element = make("li", { className: "printer" },
      make("div", { className: "head" }, this.icon, this.name, this.word),
      this.about, this.why, this.supplies,
      make("div", { className: "buttons" }, this.button, this.panel));
    list.append(this.element);
    this.show(printer);
  }

  show(printer) {
    this.printer = printer;
    const { name, title, location, message, paused, jobs } = printer;
    const kind = kindOf(printer);
    if (this.kind !== kind) {
      this.kind = kind;
      this.element.className = `printer ${kind}`;
      this.icon.replaceChildren(icon(SHAPES[kind]));
      write(this.word, WORDS[kind]);
    }
    write(this.name, title || name);
    const waits = jobs ? some(jobs, "job") : "no jobs";
    write(this.about, [location, waits, this.paper()].filter(Boolean)
      .join(" · "));
    write(this.why, sentence(message ?? ""));
    this.showSupplies(printer.supplies ?? []);
    this.panel.hidden = !printer.panel;
    if (printer.panel) this.panel.href = printer.panel;
    this.panel.setAttribute("aria-label", `Front panel of ${name}`);
    // What stands still for want of paper goes on by itself.
    this.button.hidden = !mayOperate || (Boolean(paused) && kind !== "warn");
    const verb = kind === "warn" ? "Resume" : "Pause";
    write(this.button, verb);
    this.button.setAttribute("aria-label", `${verb} ${title || name}`);
    this.button.className = kind === "warn" ? "do" : "";
  }

  paper() {
    return (this.printer.papers ?? []).join(", ");
  }

  showSupplies(supplies) {
    const { reasons } = this.printer;
    const toner = reasons?.includes("toner-empty") ? "A toner is empty"
      : reasons?.includes("toner-low-warning") ? "A toner is low"
        : "No toner is low";
    const key = JSON.stringify([supplies, toner]);
    if (key === this.key) return;
    this.key = key;
    const isKnown = supplies.some(({ level }) => level != null);
    const parts = supplies.map(({ name, color, level }) => {
      const fill = make("span", { className: `fill ink-${color}` });
      // The level is a width, which only a script may set here.
      fill.style.width = `${level ?? 100}%`;
      if (level == null)
        return make("li", { className: "ink", title: name }, fill);
      return make("li", { className: "level", title: name },
        make("span", { className: "bar", role: "meter", "aria-label": name,
          "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": level },
        fill), make("span", { className: "soft" }, `${level} %`));
    });
    // Most printers say no more than that.
    if (supplies.length && !isKnown)
      parts.push(make("li", { className: "soft" }, toner));
    this.supplies.classList.toggle("unsaid", !isKnown);
    this.supplies.replaceChildren(...parts);
  }

  async switch() {
    const { name, title } = this.printer;
    const path = `api/printers/${encodeURIComponent(name)}`;
    if (this.kind === "warn")
      return this.take(ask("POST", `${path}/resume`));
    const reason = make("input", { maxLength: 200,
      placeholder: "for example: the toner is changed" });
    const label = make("label", {}, "Why? Everybody who prints reads it. ",
      reason);
    if (await question(`Pause ${title || name}`, [label],
      "Pause"))
      this.take(ask("POST", `${path}/pause`, { reason: reason.value }));
  }

  async take(answer) {
    const printer = await tried(answer);
    if (printer) takePrinter(printer);
  }
}

let notify = () => {};

/** Calls `act` with all printers whenever one has changed. */
export function onPrinters(act) {
  notify = act;
}

/** Takes what the server says of a printer. */
export function takePrinter(printer) {
  const card = cards.get(printer.name);
  if (card) card.show(printer);
  else cards.set(printer.name, new Card(printer));
  notify(allPrinters());
}

export const allPrinters = () =>
  [...cards.values()].map(({ printer }) => printer);
