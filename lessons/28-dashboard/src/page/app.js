// The page: passes each event of the monitor to the parts that show it.

import { showAlerts } from "./alerts.js";
import { showCertificates } from "./certificates.js";
import { loadEvents, takeAlert } from "./events.js";
import { zone } from "./format.js";
import { listen } from "./live.js";
import { loadWindows, showMaintenance } from "./maintenance.js";
import { loadOutages } from "./outages.js";
import { find, write } from "./page.js";
import { showPlaces } from "./places.js";
import { beginsAt, onRange, range, showRange } from "./range.js";
import { Smoke, showLegend } from "./smoke.js";
import { loadSpeed, refreshSpeed, showProgress, showSpeed, takeSpeed }
  from "./speed.js";
import { showOverall } from "./status.js";
import { onChoice, showTargets, takeSample } from "./targets.js";

/** The charts of latency, by the name of the series. */
const smokes = new Map();
/** A live range that is empty up to this share of its length is cut. */
const EMPTY = 0.05;

onChoice((chosen) => {
  const scale = find("#scale").value;
  // A target of the same name with another metric is another target.
  const same = (smoke) => ({ name, target }) =>
    name === smoke.name && target.metric === smoke.metric;
  for (const [name, smoke] of smokes)
    if (!chosen.some(same(smoke))) {
      smoke.remove();
      smokes.delete(name);
    }
  for (const one of chosen)
    if (!smokes.has(one.name)) {
      const smoke = new Smoke(one, scale);
      smokes.set(one.name, smoke);
      find("#latency").append(smoke.element);
    }
  loadLatency();
});

find("#scale").addEventListener("change", (event) => {
  for (const smoke of smokes.values()) {
    smoke.rescale(event.target.value);
    smoke.refresh();
  }
});

let wish;
/** Fetches the charts of latency. A monitor that is younger than the range is
    shown from its first sample on. */
async function loadLatency() {
  const mine = (wish = Symbol("the newest choice counts"));
  const all = [...smokes.values()];
  const loadAll = () => Promise.all(all.map((smoke) => smoke.load()));
  beginsAt(-Infinity);
  await loadAll();
  while (mine === wish) {
    const { from, to, live } = range();
    const first = Math.min(...all.map((smoke) => smoke.first()));
    const late = first - from > (to - from) * EMPTY;
    if (!live || !Number.isFinite(first) || !late) return;
    const before = await Promise.all(all.map((smoke) => smoke.before(from)));
    if (before.some(Boolean) || mine !== wish) return;
    beginsAt(first);
    refreshSpeed();
    await loadAll();
  }
}

async function load() {
  loadLatency();
  loadSpeed();
  loadOutages();
  await loadWindows();
  for (const smoke of smokes.values()) smoke.refresh();
}
onRange(load);
showRange();
showLegend();
write(find("#zone"), `Times are in ${zone()}.`);

// ANCHOR: refresh
// Samples come in swarms: the charts are drawn once for all of them.
let drawing = false;
function refreshSoon() {
  if (drawing) return;
  drawing = true;
  setTimeout(() => requestAnimationFrame(() => {
    drawing = false;
    for (const smoke of smokes.values()) smoke.refresh();
  }), 250);
}
// ANCHOR_END: refresh
setInterval(refreshSpeed, 60e3);

// Not every server of this page has a speed test for browsers.
fetch("speedtest", { method: "HEAD" }).then(({ ok }) => {
  find("#browser-test").hidden = !ok;
});

let lost = false;
/** Which targets are down: when that changes, so do the outages. */
let down;

const events = {
  status(status) {
    showOverall(status);
    showAlerts(status);
    showTargets(status);
    showMaintenance(status);
    showCertificates(status);
    showPlaces(status);
    showSpeed(status);
    for (const smoke of smokes.values()) smoke.showStatus(status);
    const now = status.targets.filter(({ state }) => state === "down")
      .map(({ name }) => name).join("\n");
    if (down !== undefined && down !== now) loadOutages();
    down = now;
  },
  // ANCHOR: sample
  sample(sample) {
    takeSample(sample);
    const smoke = smokes.get(sample.target);
    if (smoke?.metric === sample.metric) {
      smoke.take(sample);
      refreshSoon();
    }
    takeSpeed(sample);
  },
  // ANCHOR_END: sample
  progress: showProgress,
  alert: takeAlert,
};

listen({
  events,
  asked: "api/status",
  server: "monitor",
  found() {
    // What was missed meanwhile is in the history.
    if (lost) load();
    lost = false;
    loadEvents();
  },
  lost() {
    lost = true;
  },
});
load();
