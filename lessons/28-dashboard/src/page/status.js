// The state of everything, in a word and in a sentence.

import { stateOf } from "./card.js";
import { count } from "./format.js";
import { find, icon, make, write } from "./page.js";

const WORDS = { good: "Good", degraded: "Degraded", down: "Down",
  unknown: "Unknown" };
/** Up to this many targets are named. */
const NAMED = 3;

/** Shows the monitor's status at the top of the page. */
export function showOverall(status) {
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
}

const names = (list) => list.length > NAMED ? `${count(list.length)} targets`
  : list.map(({ name }) => name).join(" and ");
const verb = (list, one, many) => (list.length > 1 ? many : one);

function sentence({ targets, paused }) {
  if (paused) return `No probes just now: ${paused}.`;
  const all = targets.length;
  if (all === 0) return "There are no targets in the configuration.";
  const those = (state) => targets.filter((one) => stateOf(one) === state);
  const parts = [];
  const [down, degraded] = [those("down"), those("degraded")];
  if (down.length)
    parts.push(`${names(down)} ${verb(down, "does", "do")} not answer`);
  const unreachable = those("unreachable");
  if (unreachable.length)
    parts.push(`${names(unreachable)} ${verb(unreachable, "lies", "lie")} ` +
      "behind that");
  if (degraded.length)
    parts.push(`${names(degraded)} ${verb(degraded, "is", "are")} slow or ` +
      "losing packets");
  const planned = those("maintenance");
  if (planned.length)
    parts.push(`${names(planned)} ${verb(planned, "is", "are")} being ` +
      "worked on, as planned");
  if (parts.length) return `${parts.join("; ")}.`;
  const unknown = those("unknown");
  if (unknown.length === all) return "Nothing has answered yet.";
  if (unknown.length)
    return `${names(unknown)} ${verb(unknown, "has", "have")} not answered ` +
      "yet; all others answer as they should.";
  return all === 1 ? `${targets[0].name} answers as it should.`
    : `All ${count(all)} targets answer as they should.`;
}
