// The page: passes each event of the server to the parts that show it, and
// says above all of them how things are.

import { offer, showQuota } from "./desk.js";
import { beginAll, counts, endAll, offerPrinters, takeJob } from "./jobs.js";
import { listen } from "./live.js";
import { find, icon, write } from "./page.js";
import { allPrinters, kindOf, onPrinters, takePrinter } from "./printers.js";
import { refreshRecords } from "./records.js";
import { say, sentence } from "./server.js";
import { zone } from "./time.js";
import { some } from "./words.js";

const ENDED = ["printed", "failed", "cancelled", "uncertain"];
const overall = find("#overall");
const me = find("#me").textContent;

/** Whether all jobs have come, so that the next one is news. */
let isLive = false;

// ANCHOR: events
const events = {
  job(job) {
    const isNews = takeJob(job);
    sumUpSoon();
    if (!isLive || !isNews) return;
    if (ENDED.includes(job.state)) {
      refreshRecords();
      if (job.user === me) {
        showQuota();
        tell(job);
      }
    }
  },
  printer: takePrinter,
  // All jobs have come; what follows are changes.
  ready() {
    endAll();
    if (isLive) return;
    isLive = true;
    sumUpSoon();
  },
  alive() {},
};
// ANCHOR_END: events

/** Tells a person of the end of a job of theirs. */
function tell({ name, state, reason }) {
  if (state === "uncertain") return say(`${name} needs a decision.`, true);
  const why = reason ? `: ${reason}` : "";
  const words = `${name} is ${state}${why}`;
  say(/[.!?]$/.test(words) ? words : `${words}.`, state === "failed");
}

onPrinters((printers) => {
  offer(printers);
  offerPrinters(printers);
  sumUpSoon();
});

let summing = false;
function sumUpSoon() {
  if (summing) return;
  summing = true;
  requestAnimationFrame(() => {
    summing = false;
    sumUp();
  });
}

const SHAPES = { good: "good", busy: "printing", warn: "uncertain",
  bad: "bad", unknown: "unknown" };

/** How things are, in a word and in a sentence. */
function sumUp() {
  const { decide, printing, waiting } = counts();
  const printers = allPrinters();
  const stopped = printers.filter((one) => kindOf(one) === "bad");
  const paused = printers.filter((one) => kindOf(one) === "warn");
  const about = (printer, why) => printers.length > 1
    ? `${printer.title || printer.name}: ${why}` : why;
  const left = waiting ? ` ${some(waiting, "job waits", "jobs wait")}.` : "";
  let [kind, word, words] = ["unknown", "…", "Asking the server …"];
  if (stopped.length)
    [kind, word, words] = ["bad", "Look here", sentence(about(stopped[0],
      stopped[0].message ?? "it does not print"))];
  else if (decide)
    [kind, word, words] = ["warn", "Your turn",
      `${some(decide, "job needs", "jobs need")} a decision.`];
  else if (paused.length)
    [kind, word, words] = ["warn", "Paused",
      sentence(about(paused[0], paused[0].message ?? "it is paused"))];
  else if (printing)
    [kind, word, words] = ["busy", "Printing",
      `${some(printing, "job is", "jobs are")} in print.`];
  else if (printers.length)
    [kind, word, words] = ["good", "Ready", printers.length > 1
      ? `${printers.length} printers are ready.` : "The printer is ready."];
  if (overall.dataset.kind !== kind) {
    overall.dataset.kind = kind;
    overall.className = `state ${kind}`;
    find(".shape", overall).replaceChildren(icon(SHAPES[kind]));
  }
  write(find(".word", overall), word);
  write(find("#sentence"), words + left);
  document.title = `${word} · Print server`;
}

write(find("#zone"), `Times are in ${zone()}.`);
showQuota();

listen({ events, asked: "api/printers", server: "server", found: beginAll });
