// The page of the speed test: a button, the figures, and what to do with them.

import { Run } from "./load.js";
import { find, write } from "./page.js";

const PHASES = { idle: "The line at rest …", download: "Download …",
  upload: "Upload …" };
const GRADES = { A: "hardly any delay under load",
  B: "little delay under load", C: "noticeable delay under load",
  D: "much delay under load", F: "far too much delay under load" };
/** The grades that the server names, each with the added milliseconds that it
    stays below. */
const LIMITS = find("main").dataset.limits.split(", ").map((limit) => {
  const [grade, ms] = limit.split(" ");
  return [grade, Number(ms)];
});

let result;

find("#start").addEventListener("click", async () => {
  find("#start").disabled = true;
  find("#keep").hidden = true;
  for (const figure of document.querySelectorAll("dd b")) write(figure, "–");
  write(find("#grade-words"), "");
  write(find("#warning"), "");
  let phase;
  const run = new Run((step) => {
    if (step.phase) {
      phase = step.phase;
      say(PHASES[phase]);
    }
    if (step.bps) write(find(`#${phase} b`), rate(step.bps));
    if (step.latency) write(find(`#${phase}-latency b`), time(step.latency));
  });
  try {
    show(await run.measure());
    say("Done.");
  } catch (error) {
    say(`No result: ${error.message}. Try again, nearer to the access point.`,
      true);
  }
  find("#start").disabled = false;
  write(find("#start"), "Test again");
});

function show(found) {
  result = found;
  const { idle_latency_ms: idle, loaded_latency_ms: loaded } = found;
  write(find("#download b"), rate(found.download_bps));
  write(find("#upload b"), rate(found.upload_bps));
  write(find("#idle-latency b"), time(idle));
  write(find("#download-latency b"), time(loaded.download));
  write(find("#upload-latency b"), time(loaded.upload));
  const grade = gradeOf(Math.max(loaded.download, loaded.upload) - idle);
  write(find("#grade b"), grade);
  write(find("#grade-words"), GRADES[grade]);
  write(find("#warning"), found.stable ? "" : "The rate was not steady: the " +
    "line carries about this much, and something else may use it, too.");
  find("#keep").hidden = "unable" in find("#keep").dataset;
  find("#kept").checked = false;
  write(find("#kept-words"), "");
}

const gradeOf = (added) =>
  LIMITS.find(([, limit]) => added < limit)?.[0] ?? "F";

// A tick keeps the result, with the place's name.
find("#keep").addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = find("#place").value.trim();
  if (!name || !find("#kept").checked) {
    write(find("#kept-words"), "Say where you are, and tick the box.");
    return;
  }
  const answer = await fetch("speedtest/results", { method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name, ...result }) }).catch(() => null);
  const said = await answer?.json().catch(() => ({}));
  if (answer?.ok) find("#keep").hidden = true;
  if (answer?.ok) say(`Kept in the history as “browser: ${name}”.`);
  else write(find("#kept-words"), `Not kept: ${
    said?.error ?? "the server does not answer"}.`);
});

function say(words, bad = false) {
  write(find("#said"), words);
  find("#said").classList.toggle("bad", bad);
}

function rate(bps) {
  const [unit, size] = bps >= 1e9 ? ["Gbit/s", 1e9] : bps >= 1e6
    ? ["Mbit/s", 1e6] : ["kbit/s", 1e3];
  return `${(bps / size).toPrecision(3)} ${unit}`;
}

function time(ms) {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}
