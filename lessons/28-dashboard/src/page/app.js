// The page: passes each event of the monitor to the parts that show it.

import { loadEvents, takeAlert } from "./events.js";
import { zone } from "./format.js";
import { listen } from "./live.js";
import { find, write } from "./page.js";
import { onRange, showRange } from "./range.js";
import { Smoke, showLegend } from "./smoke.js";
import { loadSpeed, refreshSpeed, showProgress, showSpeed, takeSpeed }
  from "./speed.js";
import { onChoice, showStatus, takeSample } from "./targets.js";

/** The charts of latency, by target. */
const smokes = new Map();

onChoice((targets) => {
  const scale = find("#scale").value;
  // A target of the same name with another metric is another target.
  const same = (smoke) => ({ name, metric }) =>
    name === smoke.name && metric === smoke.metric;
  for (const [name, smoke] of smokes)
    if (!targets.some(same(smoke))) {
      smoke.remove();
      smokes.delete(name);
    }
  for (const target of targets)
    if (!smokes.has(target.name)) {
      const smoke = new Smoke(target, scale);
      smokes.set(target.name, smoke);
      find("#latency").append(smoke.element);
      smoke.load();
    }
});

find("#scale").addEventListener("change", (event) => {
  for (const smoke of smokes.values()) {
    smoke.rescale(event.target.value);
    smoke.refresh();
  }
});

function load() {
  for (const smoke of smokes.values()) smoke.load();
  loadSpeed();
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

let lost = false;

const events = {
  status(status) {
    showStatus(status);
    showSpeed(status);
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
