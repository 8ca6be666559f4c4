// The card of one target: its state, its last answer, the last minutes.

import { ask } from "./columns.js";
import { count, duration, latency, moment, share } from "./format.js";
import { icon, make, write } from "./page.js";
import { Sparkline } from "./sparkline.js";

/** From this number of days on, the end of a certificate is shown. */
export const SOON = 30;
/** How far back the small picture of a card goes. */
const MINUTES = 10;
const PARTS = ["name", "word", "address", "value", "loss", "places", "why"];

/** The state as a person sees it: planned work is a state of its own. */
export const stateOf = ({ state, maintenance }) =>
  maintenance && state !== "up" ? "maintenance" : state;

export class Card {
  /** `choose()` is called when the card is pressed. */
  constructor(target, choose) {
    this.target = target;
    this.spark = new Sparkline();
    this.parts = Object.fromEntries(PARTS.map((name) =>
      [name, make("span", { className: name })]));
    const { name, word, address, value, loss, places, why } = this.parts;
    this.icon = make("span", { className: "shape" });
    const figures = make("span", { className: "figures" }, value, loss);
    this.button = make("button", { className: "target", onclick: choose,
      "aria-pressed": "false" }, this.icon, name, word, address, figures,
      this.spark.element, places, why);
    this.item = make("li", {}, this.button);
    onceSeen(this.spark.element, () => this.begin());
  }

  show(target, now) {
    const shown = stateOf(target);
    if (shown !== this.shown) {
      this.icon.replaceChildren(icon(shown));
      this.button.className = `target ${shown}`;
    }
    this.shown = shown;
    this.target = target;
    const { kind, method, address, state, since, error } = target;
    const how = method ?? kind;
    const long = state === "up" || !since ? ""
      : ` for ${duration(now - since)}`;
    const asked = target.last != null;
    write(this.parts.name, target.name);
    write(this.parts.word, shown === "maintenance"
      ? `maintenance, ${state}` : state + long);
    write(this.parts.address, `${address} · ${how}`);
    write(this.parts.value, asked ? answer(target) : "–");
    // A page that answers with an error is not lost.
    const lost = kind === "ping" ? "lost" : "failed";
    write(this.parts.loss,
      asked ? `${share(target.loss)} ${lost}` : "not asked");
    this.showPlaces(target.places);
    write(this.parts.why, why(target, error));
    this.button.title = asked ? `last asked ${moment(target.last, 1)}` : "";
  }

  /** Where it answers and where it does not, if several places ask. */
  showPlaces(places) {
    const key = places.map(({ place, state, value }) =>
      `${place} ${state} ${latency(value)}`).join("\n");
    if (this.seen === key) return;
    this.seen = key;
    this.parts.places.replaceChildren(...places.map(
      ({ place, state, value }) => make("span", { className: state },
        icon(state), make("span", {}, `${place}: `, value == null
          ? state : latency(value)))));
  }

  /** The last minutes, once the picture can be seen. */
  async begin() {
    const { metric, name } = this.target;
    const to = Date.now();
    try {
      const { median } = await ask(metric, name, to - MINUTES * 60e3, to);
      this.spark.begin(median);
    } catch {
      // The line then begins with the next sample.
    }
  }
}

/** What a person should know about it, in words. */
function why({ state, behind, maintenance, certificate_days: days }, error) {
  const words = [];
  if (state === "unreachable")
    words.push(`It lies behind ${behind ?? "what is down"}.`);
  else if (error && state !== "up") words.push(error);
  if (maintenance) words.push(`Planned work: ${maintenance}.`);
  if (days != null && days <= SOON) words.push(expiry(days));
  return words.join(" · ");
}

/** When a certificate expires, in words. */
export const expiry = (days) => days < 0 ? "The certificate has expired."
  : days < 1 ? "The certificate expires today."
    : `The certificate expires in ${count(Math.floor(days))} ${
      days < 2 ? "day" : "days"}.`;

/** The round trip, or what came instead: a status is an answer. */
function answer({ value, state, http_status: status, error }) {
  if (value != null) return latency(value);
  if (state === "unreachable") return "–";
  const said = status ?? /answers (\d{3})\b/.exec(error ?? "")?.[1];
  return said ? `HTTP ${said}` : latency(null);
}

function onceSeen(element, act) {
  const watcher = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watcher.disconnect();
    act();
  });
  watcher.observe(element);
}
