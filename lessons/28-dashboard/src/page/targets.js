// The state of everything: the word at the top, the alerts, each target.

import { ask } from "./columns.js";
import { count, duration, latency, moment, share } from "./format.js";
import { find, icon, make, write } from "./page.js";
import { Sparkline } from "./sparkline.js";

const WORDS = { good: "Good", degraded: "Degraded", down: "Down",
  unknown: "Unknown" };
/** Up to this many targets, nobody needs to search. */
const FEW = 12;
/** From this number of days on, the end of a certificate is shown. */
const SOON = 30;
/** How far back the small picture of a card goes. */
const MINUTES = 10;

/** The targets' cards, by name. */
const cards = new Map();
let chosen = remembered();
let notify = () => {};

/** Calls `listener` with the chosen targets whenever others are. */
export function onChoice(listener) {
  notify = listener;
}

/** Shows the monitor's status. */
export function showStatus(status) {
  const overall = find("#overall");
  overall.className = `state ${status.state}`;
  const word = WORDS[status.state] ?? status.state;
  if (find(".word", overall).textContent !== word) {
    overall.replaceChildren(icon(status.state),
      make("span", { className: "word" }, word));
  }
  document.title = `${word} – ${status.name}`;
  write(find("#name"), status.name);
  write(find("#sentence"), sentence(status));
  find("#trouble").hidden = !status.trouble;
  write(find("#trouble"), status.trouble ?? "");
  showAlerts(status);
  showTargets(status);
}

function sentence({ targets, paused }) {
  if (paused) return `No probes just now: ${paused}.`;
  const not = (state) => targets.filter((target) => target.state === state);
  const [down, degraded] = [not("down"), not("degraded")];
  const names = (list) => list.length > 3 ? `${list.length} targets`
    : list.map(({ name }) => name).join(" and ");
  const parts = [];
  const verb = (list, one, many) => (list.length > 1 ? many : one);
  if (down.length)
    parts.push(`${names(down)} ${verb(down, "does", "do")} not answer`);
  if (degraded.length) {
    const is = verb(degraded, "is", "are");
    parts.push(`${names(degraded)} ${is} slow or losing packets`);
  }
  if (parts.length) return `${parts.join("; ")}.`;
  const all = targets.length;
  if (all === 0) return "There are no targets in the configuration.";
  const unknown = not("unknown");
  if (unknown.length === all) return "Nothing has answered yet.";
  if (unknown.length)
    return `${names(unknown)} ${verb(unknown, "has", "have")} not answered ` +
      "yet; all others answer as they should.";
  return all === 1 ? `${targets[0].name} answers as it should.`
    : `All ${all} targets answer as they should.`;
}

function showAlerts({ alerts, notifiers, now }) {
  const row = (state, name, words, when) => make("li",
    { className: state === "failing" ? "bad" : "unknown" }, icon(state),
    make("b", {}, name), make("span", { className: "words" }, words),
    make("span", { className: "soft" }, when));
  const failing = alerts.filter(({ state }) => state === "failing");
  const learning = alerts.filter(({ state }) => state === "learning");
  const rows = failing.map(({ name, target, since, words }) =>
    row("failing", name, words.includes(target) ? words
      : `${target}: ${words}`, `for ${duration(now - since)}`));
  // Learning is no trouble: one line for all of it.
  for (const name of new Set(learning.map((one) => one.name))) {
    const those = learning.filter((one) => one.name === name);
    const words = those.length === 1 ? those[0].words
      : `what is usual of ${those.map(({ target }) => target).join(", ")}`;
    rows.push(row("learning", name, words, "learning"));
  }
  // An alert that reaches nobody is trouble of its own.
  for (const { name, failed, waiting, last_error: error, last_lost: lost }
    of notifiers) {
    if (error && waiting)
      rows.push(row("failing", name, `nobody is told yet: ${error.words}`,
        `notices that wait: ${count(waiting)}`));
    // One that reached nobody stays, although others get through.
    if (lost)
      rows.push(row("failing", name,
        `nobody was told on ${moment(lost.at, 1)}: ${lost.words}`,
        `notices lost: ${count(failed)}`));
  }
  const key = rows.map((one) => one.textContent).join();
  if (find("#alerts").dataset.key === key) return;
  find("#alerts").dataset.key = key;
  find("#alerts").replaceChildren(...rows);
}

/** What is wrong comes first. */
const ORDER = ["down", "degraded", "unknown", "up"];

function showTargets({ targets, now }) {
  const names = targets.map(({ name }) => name);
  for (const [name, card] of cards)
    if (!names.includes(name)) {
      card.item.remove();
      cards.delete(name);
    }
  let others = false;
  for (const target of targets) {
    const card = cards.get(target.name) ?? new Card(target);
    others ||= card.target.metric !== target.metric;
    card.show(target, now);
  }
  find("#find-target").hidden = targets.length <= FEW;
  arrange(targets);
  const left = chosen.filter((name) => cards.has(name));
  const first = left.length ? left : names.slice(0, 1);
  if (first.join() !== chosen.join() || others || !notify.called) choose(first);
}

/** Puts the cards in order, and of many shows those that say something. */
function arrange(targets) {
  const rank = ({ state }) => (ORDER.indexOf(state) + 1 || 1) - 1;
  const sorted = [...targets].sort((one, other) => rank(one) - rank(other));
  const names = sorted.map(({ name }) => name);
  const key = names.join("\n");
  if (arrange.key !== key) {
    arrange.key = key;
    // The focus stays where it is, although its card may move.
    const focus = document.activeElement;
    find("#targets").append(...names.map((name) => cards.get(name).item));
    if (find("#targets").contains(focus)) focus.focus();
  }
  fold();
}

let unfolded = false;
/** Of many targets, hides those that are well, unless they are asked for. */
function fold() {
  const wanted = find("#find-target input").value.toLowerCase();
  let well = 0;
  for (const { item, target } of cards.values()) {
    const words = `${target.name} ${target.address} ${target.state}`;
    const found = words.toLowerCase().includes(wanted);
    const plain = target.state === "up" && !chosen.includes(target.name);
    if (plain) well += 1;
    const folds = cards.size > FEW && !unfolded && !wanted && plain;
    item.hidden = !found || (folds && well > FEW);
  }
  const more = find("#all-targets");
  more.hidden = cards.size <= FEW || well <= FEW;
  write(more, unfolded ? "Show less" : `Show all ${cards.size}`);
  more.setAttribute("aria-expanded", unfolded);
}

find("#all-targets").addEventListener("click", () => {
  unfolded = !unfolded;
  fold();
});

function choose(names) {
  chosen = names;
  notify.called = true;
  try {
    localStorage.setItem("targets", JSON.stringify(names));
  } catch {
    // A browser that keeps nothing shows the first target next time.
  }
  for (const [name, card] of cards)
    card.button.setAttribute("aria-pressed", names.includes(name));
  notify(names.map((name) => cards.get(name).target));
}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem("targets")) ?? [];
  } catch {
    return [];
  }
}

/** Takes a sample that has just come. */
export function takeSample({ target, metric, value }) {
  const card = cards.get(target);
  if (card?.target.metric === metric) card.spark.push(value);
}

class Card {
  constructor(target) {
    this.target = target;
    this.spark = new Sparkline();
    const part = (name) => make("span", { className: name });
    this.parts = Object.fromEntries(
      ["name", "word", "address", "value", "loss", "why"].map((name) =>
        [name, part(name)]));
    const { name, word, address, value, loss, why } = this.parts;
    this.icon = make("span", {}, icon(target.state));
    const figures = make("span", { className: "figures" }, value, loss);
    this.button = make("button", { className: "target",
      onclick: () => this.toggle(), "aria-pressed": "false" },
      this.icon, name, word, address, figures, this.spark.element, why);
    this.item = make("li", {}, this.button);
    cards.set(target.name, this);
    find("#targets").append(this.item);
    onceSeen(this.item, () => this.begin());
  }

  show(target, now) {
    if (target.state !== this.target.state || !this.button.dataset.state)
      this.icon.replaceChildren(icon(target.state));
    this.target = target;
    this.button.dataset.state = target.state;
    this.button.className = `target ${target.state}`;
    const { kind, method, address, state, since, error } = target;
    const how = method ?? kind;
    const long = state === "up" || !since ? ""
      : ` for ${duration(now - since)}`;
    const asked = target.last != null;
    write(this.parts.name, target.name);
    write(this.parts.word, state + long);
    write(this.parts.address, `${address} · ${how}`);
    write(this.parts.value, asked ? answer(target) : "–");
    // A page that answers with an error is not lost.
    const lost = kind === "ping" ? "lost" : "failed";
    write(this.parts.loss,
      asked ? `${share(target.loss)} ${lost}` : "not asked");
    const days = target.certificate_days;
    const soon = days == null || days > SOON ? ""
      : `The certificate expires in ${count(days)} days.`;
    write(this.parts.why, error && state !== "up" ? error : soon);
    this.button.title = asked ? `last asked ${moment(target.last, 1)}` : "";
  }

  /** The last minutes, once the card can be seen. */
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

  toggle() {
    const { name } = this.target;
    const others = chosen.filter((one) => one !== name);
    const on = others.length === chosen.length;
    if (on) choose([...others, name]);
    else if (others.length) choose(others);
  }
}

/** The round trip, or what came instead: a status is an answer. */
function answer({ value, error }) {
  const status = value == null && /answers (\d{3})\b/.exec(error ?? "");
  return status ? `HTTP ${status[1]}` : latency(value);
}

function onceSeen(element, act) {
  const watcher = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watcher.disconnect();
    act();
  });
  watcher.observe(element);
}

find("#find-target input").addEventListener("input", fold);
