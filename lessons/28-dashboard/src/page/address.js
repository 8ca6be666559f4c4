// What the page shows, kept in its address: the range of time and the targets
// whose charts are drawn. So the browser's own buttons and bookmarks work, and
// a chart can be sent to somebody as it is.

/** All that the address can say, in the order in which it does. */
const NAMES = ["range", "from", "to", "target"];

const listeners = [];
/** How many steps lead back within this page. */
let depth = history.state?.depth ?? 0;

/** What the address says, by name. */
export const said = () => new URLSearchParams(location.hash.slice(1));

/** Calls `listener` whenever the address says something else. */
export const onAddress = (listener) => listeners.push(listener);

/** Whether the browser's back button stays on this page. */
export const leadsBack = () => depth > 0;

// ANCHOR: say
/**
 * Says something else from now on. `changes` has a list of values for each
 * name that changes. It is a step that the back button takes back, unless
 * `step` is false.
 */
export function say(changes, step = true) {
  const now = said();
  const next = new URLSearchParams();
  for (const name of NAMES)
    for (const value of changes[name] ?? now.getAll(name))
      next.append(name, value);
  if (next.toString() === now.toString()) return;
  if (step) depth += 1;
  const change = step ? "pushState" : "replaceState";
  history[change]({ depth }, "", `#${next}`);
  if (step) tell();
}
// ANCHOR_END: say

function tell() {
  for (const listener of listeners) listener();
}

addEventListener("popstate", (event) => {
  depth = event.state?.depth ?? 0;
  tell();
});
