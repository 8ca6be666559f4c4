// Requests to the server, and what the page says about them.

import { find, make } from "./page.js";

const said = find("#said");
/** How long good news stay. Bad news stay until the next word. */
const STAY = 8e3;
let silence;

/** Says something, until the next word, and good news for a moment only. */
export function say(words, bad = false) {
  clearTimeout(silence);
  said.replaceChildren(words);
  said.className = bad ? "notice bad" : "notice good";
  said.hidden = !words;
  if (!bad) silence = setTimeout(() => say(""), STAY);
}

export function sayToSignIn() {
  const again = make("a", { href: "." }, "Sign in again");
  clearTimeout(silence);
  said.replaceChildren("You are signed out. ", again, ".");
  said.className = "notice bad";
  said.hidden = false;
}

/**
 * Asks the server: `ask("POST", "api/jobs", { copies: 2 })`. The answer is
 * what the JSON says, or null when there is none. What goes wrong is said on
 * the page, unless `quiet`, and thrown.
 */
export async function ask(method, path, body, { quiet, headers } = {}) {
  const options = { method, headers: { ...headers } };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  try {
    const answer = await fetch(path, options).catch(() => {
      throw new Error("The server does not answer.");
    });
    if (answer.status === 401) {
      sayToSignIn();
      throw new SignedOut("signed out");
    }
    if (answer.status === 204) return null;
    const reply = await answer.json();
    if (!answer.ok) throw failure(answer.status, reply);
    return reply;
  } catch (error) {
    if (!quiet && !(error instanceof SignedOut)) say(error.message, true);
    throw error;
  }
}

class SignedOut extends Error {}

function failure(status, reply) {
  const words = reply?.error ?? `the server answered ${status}`;
  return Object.assign(new Error(sentence(words)), { status });
}

/** Begins with a capital letter, and ends with a full stop. */
export const sentence = (words) =>
  words && words[0].toUpperCase() + words.slice(1) +
    (/[.!?]$/.test(words) ? "" : ".");

/** Does something that may fail, when the page has said so already. */
export const tried = (work) => work.catch(() => undefined);

/**
 * Sends a file, and tells `progress` (0 to 1) how far it is. `fetch` cannot
 * say that yet.
 */
export function upload(path, file, progress) {
  const form = new FormData();
  form.set("file", file);
  const request = new XMLHttpRequest();
  const sent = new Promise((done, failed) => {
    request.upload.onprogress = ({ loaded, total }) =>
      progress(total ? loaded / total : 0);
    request.onload = () => {
      if (request.status === 401) sayToSignIn();
      const reply = parsed(request.responseText);
      if (request.status < 300) done(reply);
      else failed(failure(request.status, reply));
    };
    request.onerror = () => failed(new Error("The server does not answer."));
    request.onabort = () => failed(new Error("It was not sent."));
    request.open("POST", path);
    request.send(form);
  });
  return { sent, stop: () => request.abort() };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
