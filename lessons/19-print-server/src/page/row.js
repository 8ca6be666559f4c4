// The row of a job: what it is, how far it is, what is wrong, and what a
// person can do about it.

import { Decision } from "./decision.js";
import { question } from "./dialog.js";
import { draw, find, icon, make, write } from "./page.js";
import { ask, say, sentence, tried } from "./server.js";
import { firstPageOf, order, some, when } from "./words.js";

/** For how long after the end of a job its document may still be there. */
const KEPT = 50 * 60e3;
const ENDED = ["printed", "failed", "cancelled"];

export class Row {
  /** The printers, for the names of those that jobs go to. */
  static printers = [];

  constructor(job, me) {
    this.me = me;
    this.picture = make("span", { className: "thumb", ariaHidden: "true" },
      draw("svg", {}, draw("use", { href: "#icon-document" })));
    this.name = make("span", { className: "name" });
    this.about = make("span", { className: "soft about-job" });
    this.bar = make("progress", { hidden: true });
    this.reasons = make("div", { className: "reasons" });
    this.icon = make("span", { className: "shape" });
    this.state = make("span", { className: "state" });
    this.far = make("span", { className: "soft far" });
    this.actions = make("div", { className: "actions" });
    this.element = make("li", { id: `job-${job.id}` }, this.picture,
      make("div", { className: "what" }, this.name, this.about, this.bar,
        this.reasons),
      make("div", { className: "how" }, this.icon, this.state, this.far),
      this.actions);
    this.show(job);
  }

  show(job) {
    const before = this.job;
    this.job = job;
    write(this.name, job.name);
    if (before?.state !== job.state) {
      this.icon.replaceChildren(icon(job.state));
      write(this.state, job.state);
    }
    const kind = { printed: "good", printing: "busy", failed: "bad",
      uncertain: "warn", held: job.incomplete ? "warn" : "unknown" };
    this.element.className = `job ${kind[job.state] ?? "unknown"}`;
    this.tell();
    this.showProgress();
    this.showReasons();
    this.showPicture();
    // What is typed into them outlives what does not concern them.
    const { state, needs_pin, incomplete, next_page, printed, kept_until } = job;
    const far = state === "uncertain" ? `${next_page} ${printed}` : "";
    const key = [state, needs_pin, incomplete, far, kept_until,
      Row.printers.length].join();
    if (key === this.key) return;
    this.key = key;
    this.showActions();
  }

  /** Who, when, what and where, in a line. */
  tell() {
    const { job } = this;
    const who = job.user || (job.claimed_user && `“${job.claimed_user}”`);
    const printer = Row.printers.find(({ name }) => name === job.printer);
    const where = Row.printers.length > 1 &&
      (printer?.title || job.printer);
    const words = [who, when(ENDED.includes(job.state) ? job.changed_at
      : job.queued_at), order(job), where];
    write(this.about, words.filter(Boolean).join(" · "));
  }

  showProgress() {
    const { state, sides, printed, sent } = this.job;
    const isShown = state === "printing" && sides > 0;
    this.bar.hidden = !isShown;
    if (isShown) {
      this.bar.max = sides;
      this.bar.value = printed;
      this.bar.setAttribute("aria-label", `Pages of ${this.job.name}`);
    }
    write(this.far, isShown ? `${printed} of ${sides}`
      : state === "printing" && sent ? some(sent, "page") : "");
  }

  showReasons() {
    const { reason, notes } = this.job;
    const told = (note) => reason?.includes(note);
    const words = [reason, ...notes.filter((note) => !told(note))]
      .filter(Boolean).map(sentence);
    const old = [...this.reasons.children].map((one) => one.textContent);
    if (words.join("\n") === old.join("\n")) return;
    this.reasons.replaceChildren(...words.map((one, at) =>
      make("p", { className: at === 0 && reason ? "reason" : "note" }, one)));
  }

  showPicture() {
    const { id, sides, state, changed_at, kept_until, pages } = this.job;
    const until = kept_until ?? changed_at + KEPT;
    const mayBe = sides > 0 && !(ENDED.includes(state) && Date.now() > until);
    if (!mayBe || this.image) return;
    this.image = make("img", { alt: "", loading: "lazy",
      src: `api/jobs/${id}/pages/${firstPageOf(pages)}.png`,
      onerror: () => this.image.remove() });
    this.picture.append(this.image);
  }

  showActions() {
    const { job } = this;
    const hadFocus = this.actions.contains(document.activeElement);
    const parts = [];
    this.element.classList.toggle("open", job.state === "uncertain");
    if (job.needs_pin) parts.push(this.pin());
    else if (job.state === "held")
      parts.push(this.button(job.incomplete ? "Print anyway" : "Release",
        "POST", "/release"));
    if (job.state === "waiting")
      parts.push(this.button("Hold", "POST", "/hold"));
    if (["waiting", "held"].includes(job.state) && Row.printers.length > 1)
      parts.push(this.other("Move …", () => this.move()));
    if (job.state === "printed" && job.kept_until > Date.now())
      parts.push(this.button("Print again", "POST", "/reprint"));
    if (["failed", "cancelled"].includes(job.state))
      parts.push(this.button("Print again", "POST", "/retry"));
    if (!["printed", "cancelled", "uncertain"].includes(job.state))
      parts.push(this.button("Cancel", "DELETE", ""));
    if (job.state === "uncertain") {
      this.decision ??= new Decision(this);
      this.decision.show(job);
      parts.push(this.decision.element);
    } else this.decision = undefined;
    this.actions.replaceChildren(...parts);
    if (hadFocus) find("button, input", this.actions)?.focus();
  }

  button(words, method, path, body) {
    return this.other(words, () => this.act(method, path, body));
  }

  other(words, onclick) {
    return make("button", { onclick, "aria-label":
      `${words.replace(" …", "")} ${this.job.name}` }, words);
  }

  /** Asks the server for something about this job. */
  act(method, path, body) {
    return tried(ask(method, `api/jobs/${this.job.id}${path}`, body));
  }

  /** A form for the PIN of a held job. */
  pin() {
    const { name } = this.job;
    const pin = make("input", { type: "password", inputMode: "numeric",
      required: true, autocomplete: "off", pattern: "[0-9]{4,16}",
      title: "4 to 16 digits", size: 6 });
    const release = make("button", { "aria-label": `Release ${name}` },
      "Release");
    return make("form", { className: "pin", onsubmit: async (event) => {
      event.preventDefault();
      const body = { pin: pin.value };
      pin.value = "";
      if (await this.act("POST", "/release", body))
        say(`${name} is released.`);
      else pin.focus();
    } }, make("label", {}, "PIN ", pin), release);
  }

  async move() {
    const others = Row.printers.filter(({ name }) => name !== this.job.printer);
    const select = make("select", {}, ...others.map(({ name, title }) =>
      make("option", { value: name }, title || name)));
    const label = make("label", {}, "To the printer ", select);
    if (await question(`Move ${this.job.name}`, [label], "Move"))
      this.act("POST", "/move", { printer: select.value });
  }
}
