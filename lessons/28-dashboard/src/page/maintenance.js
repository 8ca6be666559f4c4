// Maintenance windows and silences: the list, how they are made and removed,
// and when windows are open, for the charts.

import { endSilence, saying, tellTrouble } from "./alerts.js";
import { moment } from "./format.js";
import { find, icon, make } from "./page.js";
import { range } from "./range.js";
import { dialog, request } from "./request.js";

const HOUR = 3600e3;

/** When windows are open in the range that is shown. */
let occurrences = [];

/** Fetches when windows are open in the range that is shown. */
export async function loadWindows() {
  const { from, to } = range();
  const query = `from=${Math.floor(from)}&to=${Math.ceil(to)}`;
  try {
    occurrences = await request(`api/windows?${query}`);
  } catch {
    // The charts are then drawn without them.
    occurrences = [];
  }
}

/** The windows of a target in the range that is shown: name, from, to. */
export const windowsOf = (target) => occurrences.filter(({ targets }) =>
  targets.length === 0 || targets.includes(target));

let all = { targets: [], groups: [] };

const open = dialog("#window", async ({ title, from, to, what }) => {
  const chosen = (kind) => [...what.selectedOptions]
    .filter((one) => one.dataset.kind === kind).map(({ value }) => value);
  const body = { name: title.value, targets: chosen("target"),
    groups: chosen("group"), from: Date.parse(from.value),
    to: Date.parse(to.value) };
  await request("api/windows", { method: "POST", body });
});

find("#plan").addEventListener("click", () => {
  const { from, to, what } = find("#window form").elements;
  const now = Date.now();
  from.value = local(now);
  to.value = local(now + HOUR);
  const options = (kind, list) => list.map(({ name }) => {
    const option = make("option", { value: name }, name);
    option.dataset.kind = kind;
    return option;
  });
  const part = (label, list) =>
    list.length ? [make("optgroup", { label }, ...list)] : [];
  what.replaceChildren(...part("Groups", options("group", all.groups)),
    ...part("Targets", options("target", all.targets)));
  open();
});

/** A moment as a field for date and time holds it, in this browser's zone. */
function local(ms) {
  const offset = new Date(ms).getTimezoneOffset() * 60e3;
  return new Date(ms - offset).toISOString().slice(0, 16);
}

/** Shows the windows and silences of the monitor's status. */
export function showMaintenance(status) {
  all = status;
  const key = JSON.stringify([status.windows, status.silences]);
  if (showMaintenance.key === key) return;
  const first = showMaintenance.key === undefined;
  showMaintenance.key = key;
  const rows = [...status.windows.map(windowRow),
    ...status.silences.map(silenceRow)];
  const none = make("li", { className: "soft" }, "None is planned.");
  const held = find("#windows").contains(document.activeElement);
  find("#windows").replaceChildren(...(rows.length ? rows : [none]));
  // Whoever has removed something with the keyboard goes on from there.
  if (held) find("#plan").focus();
  // A chart that has just been drawn knows of them already.
  if (!first) loadWindows();
}

function windowRow({ id, name, targets, from, to, running, from_file: fixed,
  repeats }) {
  const about = [targets.length ? targets.join(", ") : "all targets",
    ...(repeats ? [repeats] : []),
    ...(fixed ? ["from the configuration"] : [])].join(" · ");
  const when = running ? `open until ${moment(to)}`
    : `${moment(from)} – ${moment(to)}`;
  const remove = async () => {
    const path = `api/windows/${encodeURIComponent(id)}`;
    try {
      await request(path, { method: "DELETE" });
    } catch ({ message }) {
      tellTrouble(`The window was not removed: ${message}.`);
    }
  };
  const button = make("button", { onclick: remove,
    "aria-label": `Remove: ${name}` }, "Remove");
  return row(running ? "maintenance" : "unknown", name, when, about,
    fixed ? [] : [button]);
}

function silenceRow({ id, alert, target, until, words, by }) {
  const about = [alert && `“${alert}”`, target && `of ${target}`]
    .filter(Boolean).join(" ") || "every alert";
  const button = make("button", { onclick: () => endSilence(id),
    "aria-label": `End the silence: ${about}` }, "End");
  return row("silent", "Silence", `until ${moment(until)}`,
    about + saying({ words, by }), [button]);
}

const row = (state, name, when, about, buttons) =>
  make("li", { className: state === "maintenance" ? state : "unknown" },
    icon(state), make("b", {}, name), make("span", {}, when),
    make("span", { className: "soft" }, about), ...buttons);
