// The targets in their groups: what is wrong comes first, and of many only
// that is shown until somebody searches or opens a group.

import { onAddress, said, say } from "./address.js";
import { Card, stateOf } from "./card.js";
import { count } from "./format.js";
import { find, icon, make, write } from "./page.js";

/** Up to this many targets, nobody needs to search. */
const FEW = 12;
/** The states of what is wrong itself: not what lies behind it, and not what
    is being worked on. */
const WRONG = ["down", "degraded"];
/** What is wrong comes first. */
const ORDER = ["down", "degraded", "unreachable", "unknown", "maintenance",
  "up"];
/** Targets without a group, where there are groups. */
const OTHERS = "Other targets";

/** The targets' cards, by name. */
const cards = new Map();
/** The groups, by name. */
const groups = new Map();
/** The series whose charts are drawn: a target's name, or "name@place". */
let chosen = [];
let notify = () => {};

const rank = (target) => (ORDER.indexOf(stateOf(target)) + 1 || 4) - 1;

/** Calls `listener` with the chosen series whenever others are: each with its
    `name`, its `place` and its `target`. */
export function onChoice(listener) {
  notify = listener;
}

/** The target and the place of a series. */
function series(name) {
  if (cards.has(name)) return { name, place: "here", card: cards.get(name) };
  const at = name.lastIndexOf("@");
  const card = cards.get(name.slice(0, at));
  return at > 0 && card && { name, place: name.slice(at + 1), card };
}

/** Shows the targets of the monitor's status. */
export function showTargets({ targets, groups: known, now }) {
  const names = targets.map(({ name }) => name);
  for (const [name, card] of cards)
    if (!names.includes(name)) {
      card.item.remove();
      cards.delete(name);
    }
  let others = false;
  for (const target of targets) {
    const card = cards.get(target.name)
      ?? new Card(target, () => toggle(target.name));
    others ||= card.target.metric !== target.metric;
    cards.set(target.name, card);
    card.show(target, now);
  }
  find("#find-target").hidden = targets.length <= FEW;
  find("#targets").classList.toggle("many", targets.length > FEW);
  // Those in the address count as soon as there are targets to choose from.
  if (chosen.length === 0) chosen = wanted();
  const left = chosen.filter((name) => series(name));
  const first = left.length ? left : names.slice(0, 1);
  arrange(targets, known);
  const same = first.join("\n") === chosen.join("\n");
  if (!same || others || !notify.called) choose(first, false);
}

/** Puts the cards into their groups and in order. */
function arrange(targets, known) {
  const home = new Map(known.flatMap(({ name, targets: members }) =>
    members.map((member) => [member, name])));
  const groupOf = ({ name, group }) =>
    group ?? home.get(name) ?? (known.length ? OTHERS : "");
  const sorted = targets.toSorted((one, other) => rank(one) - rank(other));
  const names = [...new Set(targets.map(groupOf))];
  const worst = (group) => sorted.findIndex((one) => groupOf(one) === group);
  names.sort((one, other) =>
    rank(sorted[worst(one)]) - rank(sorted[worst(other)]));
  const key = JSON.stringify([names, sorted.map((one) =>
    [one.name, groupOf(one)])]);
  if (arrange.key !== key) {
    arrange.key = key;
    // The focus stays where it is, although its card may move.
    const focus = document.activeElement;
    const parts = names.map((name) => {
      const group = groups.get(name) ?? new Group(name);
      const members = sorted.filter((one) => groupOf(one) === name);
      group.cards = members.map((one) => cards.get(one.name));
      group.list.replaceChildren(...group.cards.map(({ item }) => item));
      return group.element;
    });
    for (const name of groups.keys())
      if (!names.includes(name)) groups.delete(name);
    find("#targets").replaceChildren(...parts);
    if (find("#targets").contains(focus)) focus.focus();
  }
  for (const group of groups.values())
    group.showState(known.find(({ name }) => name === group.name)?.state);
  fold();
}

/** Targets that belong together, under a heading that opens and closes. */
class Group {
  constructor(name) {
    this.name = name;
    this.cards = [];
    this.shape = make("span", { className: "shape" });
    this.about = make("span", { className: "soft" });
    this.heading = make("button", { onclick: () => this.toggle() },
      this.shape, make("span", { className: "name" }, name), this.about);
    this.list = make("ul");
    // Where nothing is in a group, there is nothing to open.
    this.element = make("div", { className: "group" },
      ...(name ? [make("h3", {}, this.heading)] : []), this.list);
    groups.set(name, this);
  }

  showState(known) {
    const states = this.cards.map(({ target }) => stateOf(target));
    const state = known ?? ORDER.find((one) => states.includes(one));
    this.element.className = `group ${state}`;
    this.shape.replaceChildren(icon(state));
    const counted = ORDER.map((one) =>
      [states.filter((each) => each === one).length, one]);
    write(this.about, counted.filter(([many]) => many)
      .map(([many, one]) => `${count(many)} ${one}`).join(", "));
  }

  toggle() {
    this.open = this.heading.ariaExpanded !== "true";
    fold();
  }

  /** Hides what need not be seen; a group that somebody opened or closed
      stays as it was put. */
  fold(words, onlyWrong) {
    let shown = 0;
    for (const { item, target } of this.cards) {
      const text = `${target.name} ${target.address} ${stateOf(target)} ${
        target.group ?? ""}`;
      const found = text.toLowerCase().includes(words);
      const matters = WRONG.includes(stateOf(target)) ||
        isChosen(target.name);
      item.hidden = words ? !found
        : !(this.open ?? (matters || !onlyWrong));
      if (!item.hidden) shown += 1;
    }
    this.heading.setAttribute("aria-expanded", shown > 0);
    this.element.hidden = words !== "" && shown === 0;
    return shown;
  }
}

const isChosen = (name) =>
  chosen.some((one) => series(one)?.card.target.name === name);

function fold() {
  const few = cards.size <= FEW;
  const words = few ? "" : find("#find-target [type=search]").value
    .trim().toLowerCase();
  const onlyWrong = !few && find("#only-wrong").checked;
  let shown = 0;
  for (const group of groups.values()) shown += group.fold(words, onlyWrong);
  write(find("#folded"), few ? ""
    : words && !shown ? "No target is called so."
      : `${count(shown)} of ${count(cards.size)} targets are shown.`);
}

function toggle(name) {
  const others = chosen.filter((one) =>
    series(one)?.card.target.name !== name);
  const on = others.length === chosen.length;
  if (on) choose([...others, name]);
  else if (others.length) choose(others);
}

/** Draws the series `next` in place of the series `name`. */
export function exchange(name, next) {
  choose(chosen.map((one) => (one === name ? next : one)));
}

function choose(names, step = true) {
  chosen = names;
  notify.called = true;
  say({ target: names }, step);
  try {
    localStorage.setItem("targets", JSON.stringify(names));
  } catch {
    // A browser that keeps nothing shows the first target next time.
  }
  for (const [name, card] of cards)
    card.button.setAttribute("aria-pressed", isChosen(name));
  notify(names.map(series).map(({ name, place, card }) =>
    ({ name, place, target: card.target })));
}

/** What the address says, or what was chosen in this browser. */
function wanted() {
  const names = said().getAll("target");
  if (names.length) return names;
  try {
    return JSON.parse(localStorage.getItem("targets")) ?? [];
  } catch {
    return [];
  }
}

onAddress(() => {
  const names = said().getAll("target").filter((name) => series(name));
  if (names.length && names.join("\n") !== chosen.join("\n"))
    choose(names, false);
});

/** Takes a sample that has just come. */
export function takeSample({ target, metric, value }) {
  const card = cards.get(target);
  if (card?.target.metric === metric) card.spark.push(value);
}

find("#find-target [type=search]").addEventListener("input", fold);
find("#only-wrong").addEventListener("change", () => {
  for (const group of groups.values()) group.open = undefined;
  fold();
});
