// The stream of server-sent events, and what to do and to say when it breaks.

import { find, make, write } from "./page.js";
import { timeOfDay } from "./time.js";

/** How long the stream may be silent before the page asks. A server sends
    something more often than that, and a half-open connection is silent. */
const SILENCE = 45e3;
/** How long one request may take, and how long to wait before the next. */
const PATIENCE = 5e3;

/**
 * Listens for as long as the page is open. `events` has a function for each
 * event, by its name. `found()` and `lost()` are about the connection itself,
 * whose state `#news` shows. `asked` is an address that answers quickly while
 * the server is well, and `server` is its name in a sentence.
 */
export function listen({ events, asked, server, found,
  lost: gone = () => {} }) {
  const news = find("#news");
  let source;
  let heard = Date.now();
  let tried = heard;
  let known = false;

  function show(name, words) {
    document.body.classList.toggle("stale", name === "lost");
    news.className = name;
    const shown = find(".words", news);
    if (typeof words === "string") write(shown, words);
    else shown.replaceChildren(...words);
  }

  function lost(since, signedOut) {
    gone();
    if (signedOut) {
      const again = make("a", { href: "./" }, "Sign in again");
      show("lost", ["You are signed out. ", again]);
      return;
    }
    show("lost", `No news since ${timeOfDay(since)}: the ${server} does not ` +
      "answer. Trying again …");
  }

  // ANCHOR: open
  function open() {
    source?.close();
    tried = Date.now();
    source = new EventSource("api/events");
    source.addEventListener("open", () => {
      heard = Date.now();
      known = true;
      show("live", "Live");
      found();
    });
    source.addEventListener("error", lose);
    for (const [name, take] of Object.entries(events))
      source.addEventListener(name, (event) => {
        heard = Date.now();
        take(JSON.parse(event.data));
      });
  }
  // ANCHOR_END: open

  function lose() {
    known = false;
    lost(heard, false);
    // The browser tries again by itself unless the server refused.
    if (source.readyState === EventSource.CLOSED) ask();
  }

  async function ask() {
    tried = Date.now();
    const signal = AbortSignal.timeout(PATIENCE);
    try {
      const answer = await fetch(asked, { signal });
      // The server answers, and its stream is silent: the stream is dead,
      // whatever the browser believes.
      if (answer.ok) {
        if (known) lost(heard, false);
        return open();
      }
      if (answer.status === 401) {
        known = false;
        lost(heard, true);
      }
    } catch {
      // No answer: the next lines deal with it.
    }
    if (known) lost(heard, false);
    known = false;
    setTimeout(open, PATIENCE);
  }

  setInterval(() => {
    if (Date.now() - Math.max(heard, tried) > SILENCE) ask();
  }, PATIENCE);
  open();
}
