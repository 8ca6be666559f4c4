// The alerts that are not quiet, and what a person can say about each: that
// nobody is to be told for a while, or that somebody sees to it.

import { count, duration, moment } from "./format.js";
import { find, icon, make, write } from "./page.js";
import { dialog, request } from "./request.js";

const rows = new Map();
/** The alert that a dialog is about. */
let asked;
let silences = [];

const openSilence = dialog("#silence", async ({ scope, minutes, words }) => {
  const body = { minutes: Number(minutes.value), words: words.value };
  if (scope.value !== "target") body.alert = asked.name;
  if (scope.value !== "alert") body.target = asked.target;
  await request("api/silences", { method: "POST", body });
});

const openAcknowledge = dialog("#acknowledge", async ({ words }) => {
  const { name: alert, target, metric } = asked;
  const body = { alert, target, metric, words: words.value };
  await request("api/acknowledgements", { method: "POST", body });
});

/** Shows the alerts of the monitor's status. */
export function showAlerts(status) {
  silences = status.silences;
  const shown = [...failing(status), ...learning(status), ...untold(status)];
  const keys = shown.map(({ key }) => key);
  for (const [key, row] of rows)
    if (!keys.includes(key)) {
      row.item.remove();
      rows.delete(key);
    }
  shown.forEach((one, index) => {
    const row = rows.get(one.key) ?? new Row(one.key);
    row.show(one);
    // A row that stands right is not moved: the focus may be in it.
    const list = find("#alerts");
    if (list.children[index] !== row.item)
      list.insertBefore(row.item, list.children[index]);
  });
}

function failing({ alerts, targets, now }) {
  const those = alerts.filter(({ state }) => state === "failing");
  const planned = new Map(targets.map(({ name, maintenance }) =>
    [name, maintenance]));
  return those.map((alert) => {
    const { name, target, metric, since, words, causes } = alert;
    const named = words.includes(target) ? words : `${target}: ${words}`;
    const more = causes ? `; ${count(causes)} ${causes === 1 ? "target lies"
      : "targets lie"} behind it` : "";
    return { key: [name, target, metric].join("\n"), state: "failing", name,
      words: named + more, when: `for ${duration(now - since)}`, alert,
      work: planned.get(target) };
  });
}

/** Learning is no trouble: one line for all of a rule. */
function learning({ alerts }) {
  const those = alerts.filter(({ state }) => state === "learning");
  return [...new Set(those.map(({ name }) => name))].map((name) => {
    const same = those.filter((one) => one.name === name);
    const words = same.length === 1 ? same[0].words
      : `what is usual of ${same.map(({ target }) => target).join(", ")}`;
    return { key: `learning\n${name}`, state: "learning", name, words,
      when: "learning" };
  });
}

/** An alert that reaches nobody is trouble of its own. */
function untold({ notifiers }) {
  const found = [];
  for (const { name, failed, waiting, last_error: error, last_lost: lost }
    of notifiers) {
    if (error && waiting)
      found.push({ key: `waiting\n${name}`, state: "failing", name,
        words: `nobody is told yet: ${error.words}`,
        when: `notices that wait: ${count(waiting)}` });
    // One that reached nobody stays, although others get through.
    if (lost)
      found.push({ key: `lost\n${name}`, state: "failing", name,
        words: `nobody was told on ${moment(lost.at, 1)}: ${lost.words}`,
        when: `notices lost: ${count(failed)}` });
  }
  return found;
}

/** The silence that covers an alert. */
const silenceOf = ({ name, target }) => silences.find((one) =>
  (one.alert ?? name) === name && (one.target ?? target) === target);

/** Who said something, and what. */
export const saying = ({ by, words }) =>
  `${words ? `: “${words}”` : ""}${by ? ` (${by})` : ""}`;

class Row {
  constructor(key) {
    const part = (tag, name) => make(tag, { className: name });
    this.icon = part("span", "shape");
    this.name = part("b", "name");
    this.words = part("span", "words");
    this.when = part("span", "soft");
    this.said = part("span", "said");
    this.buttons = part("span", "buttons");
    this.item = make("li", {}, this.icon, this.name, this.words, this.when,
      this.said, this.buttons);
    rows.set(key, this);
  }

  show({ state, name, words, when, alert, work }) {
    const quiet = work || alert?.silenced_until || alert?.acknowledged;
    const look = state !== "failing" ? "unknown" : quiet ? "bad quiet" : "bad";
    if (this.item.className !== look) {
      this.item.className = look;
      this.icon.replaceChildren(icon(state));
    }
    write(this.name, name);
    write(this.words, words);
    write(this.when, when);
    if (alert) this.showAnswer(alert, work);
  }

  /** What a person has said about it, and can say. */
  showAnswer(alert, work) {
    this.alert = alert;
    const { silenced_until: until, acknowledged } = alert;
    const silence = until && silenceOf(alert);
    const said = work ? [`Planned work: ${work}`] : [];
    if (until)
      said.push(`Silent until ${moment(until)}${silence ? saying(silence)
        : ""}`);
    if (acknowledged)
      said.push(`Acknowledged ${moment(acknowledged.at)}` +
        saying(acknowledged));
    write(this.said, said.join(" · "));
    const offered = [...(silence ? ["End silence"] : until ? [] : ["Silence"]),
      ...(acknowledged ? [] : ["Acknowledge"])];
    if (this.offered === offered.join()) return;
    const focused = this.buttons.contains(document.activeElement);
    this.offered = offered.join();
    this.buttons.replaceChildren(...offered.map((words) => make("button", {
      onclick: () => this.answer(words),
      "aria-label": `${words}: ${alert.name}, ${alert.target}` }, words)));
    if (focused) this.buttons.firstChild?.focus();
  }

  async answer(words) {
    asked = this.alert;
    const { name, target } = asked;
    if (words === "End silence") return endSilence(silenceOf(asked).id);
    for (const about of document.querySelectorAll("dialog [data-about]"))
      write(about, `${name}: ${target}`);
    const scope = find("#silence [name=scope]");
    scope.replaceChildren(...[
      ["both", `“${name}” of ${target}`],
      ["target", `everything about ${target}`],
      ["alert", `“${name}” of every target`],
    ].map(([value, label]) => make("option", { value }, label)));
    if (words === "Silence") openSilence();
    else openAcknowledge();
  }
}

/** Ends a silence; what it covers is told again. */
export async function endSilence(id) {
  const path = `api/silences/${encodeURIComponent(id)}`;
  try {
    await request(path, { method: "DELETE" });
  } catch ({ message }) {
    tellTrouble(`The silence was not ended: ${message}.`);
  }
}

/** Says that a press of a button had no effect, and why. */
export function tellTrouble(words) {
  write(find("#not-done"), words);
  find("#not-done").hidden = false;
}
find("#not-done").addEventListener("click", (event) => {
  event.currentTarget.hidden = true;
});
