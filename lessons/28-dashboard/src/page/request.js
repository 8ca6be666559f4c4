// Requests to the monitor, and a dialog that asks for what one needs.

import { find, write } from "./page.js";

/** Asks the monitor for JSON, or to do something. Its own words are the error
    when it does not. */
export async function request(path, { method = "GET", body } = {}) {
  const answer = await fetch(path, body === undefined ? { method }
    : { method, body: JSON.stringify(body),
      headers: { "content-type": "application/json" } });
  const reply = answer.status === 204 ? {}
    : await answer.json().catch(() => ({}));
  if (answer.ok) return reply;
  throw new Error(reply.error ?? `the monitor answered ${answer.status}`);
}

/**
 * Makes a dialog work. `send(form)` makes the request; the dialog closes when
 * it succeeds, and says why when it does not. Returns the function that opens
 * it.
 */
export function dialog(selector, send) {
  const element = find(selector);
  const form = find("form", element);
  const error = find("[role=alert]", element);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = find("button.do", form);
    button.disabled = true;
    try {
      await send(form.elements);
      element.close();
    } catch ({ message }) {
      write(error, `This was not done: ${message}.`);
    } finally {
      button.disabled = false;
    }
  });
  find("[data-close]", element).onclick = () => element.close();
  return () => {
    write(error, "");
    element.showModal();
  };
}
