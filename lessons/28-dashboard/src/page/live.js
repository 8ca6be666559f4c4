// What the monitor tells by itself: server-sent events.

/** How long nothing may be heard before the page asks: the monitor tells its
    status more often than that, and half-open connections die in silence. */
const SILENCE = 45e3;
const PATIENCE = 5e3;

/**
 * Listens for as long as the page is open. `hear` has a function for each
 * event (`status`, `sample`, `progress`, `alert`), and `found()` and
 * `lost(since, signedOut)` for the connection itself.
 */
export function listen(hear) {
  let source;
  let heard = Date.now();
  let tried = heard;
  let known = false;

  function open() {
    source?.close();
    tried = Date.now();
    source = new EventSource("api/events");
    source.addEventListener("open", () => {
      heard = Date.now();
      known = true;
      hear.found();
    });
    source.addEventListener("error", lose);
    for (const name of ["status", "sample", "progress", "alert"])
      source.addEventListener(name, (event) => {
        heard = Date.now();
        hear[name](JSON.parse(event.data));
      });
  }

  function lose() {
    known = false;
    hear.lost(heard, false);
    // The browser tries again by itself unless the server refused.
    if (source.readyState === EventSource.CLOSED) ask();
  }

  async function ask() {
    tried = Date.now();
    const signal = AbortSignal.timeout(PATIENCE);
    try {
      const answer = await fetch("api/status", { signal });
      // The monitor is there, and its stream says nothing: that one is dead,
      // whatever the browser believes of it.
      if (answer.ok) {
        if (known) hear.lost(heard, false);
        return open();
      }
      if (answer.status === 401) {
        known = false;
        hear.lost(heard, true);
      }
    } catch {
      // No answer is what the next lines tell.
    }
    if (known) hear.lost(heard, false);
    known = false;
    setTimeout(open, PATIENCE);
  }

  setInterval(() => {
    if (Date.now() - Math.max(heard, tried) > SILENCE) ask();
  }, PATIENCE);
  open();
}
