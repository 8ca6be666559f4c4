// A load on the line, in one direction, and round trips beside it.

import { Readings, median } from "./readings.js";

/** A browser opens six connections to a server at once. Four carry the load,
    one the round trips, and one is left for other pages. */
const FLOWS = 4;
/** Bytes of one upload: a second or more, also on a fast line. */
const UPLOAD = 32 << 20;
/** Milliseconds between two looks at a counter or at a round trip. */
const PACE = 50;
/** TCP finds its rate in the first milliseconds of a load: they do not count. */
const RAMP = 1000;
/** Windows of this many milliseconds must agree ... */
const WINDOW = 700;
/** ... or the load ends after these. */
const MOST = 4200;
/** The line is observed for these milliseconds without a load, or until there
    are two round trips. */
const IDLE = 700;
/** What waits in front of the line gets these milliseconds to drain. */
const REST = 800;

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** One run against the server that the page came from. */
export class Run {
  /** `tell` hears of each step: the phase, bits per second, milliseconds. */
  constructor(tell) {
    this.tell = tell;
    this.id = Array.from(crypto.getRandomValues(new Uint8Array(12)),
      (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /** Measures all there is to measure, in at most ten seconds. */
  async measure() {
    const idle = await this.idle();
    const download = await this.load("download", idle);
    await this.rest(idle);
    const upload = await this.load("upload", idle);
    return {
      download_bps: download.bps,
      upload_bps: upload.bps,
      idle_latency_ms: idle,
      loaded_latency_ms: { download: download.latency, upload: upload.latency },
      stable: download.stable && upload.stable,
    };
  }

  /** Asks for a small answer: a round trip in milliseconds, and what the
      server has counted of the uploads. */
  async ping() {
    const begun = performance.now();
    const answer = await fetch(this.address("ping"), { cache: "no-store" });
    await refuse(answer);
    const count = await answer.json();
    const taken = performance.now() - begun;
    this.tell({ latency: taken });
    return { taken, ...count };
  }

  /** The median round trip without a load. The first one opens the
      connection and does not count. */
  async idle() {
    this.tell({ phase: "idle" });
    await this.ping();
    const trips = [];
    const end = performance.now() + IDLE;
    while (performance.now() < end || trips.length < 2) {
      const { taken } = await this.ping();
      trips.push(taken);
      await wait(Math.max(0, PACE - taken));
    }
    return median(trips);
  }

  /** Waits until a round trip takes no longer than before the load. */
  async rest(idle) {
    const end = performance.now() + REST;
    while (performance.now() < end) {
      const { taken } = await this.ping();
      if (taken < 1.2 * idle + 5) return;
    }
  }

  /** Loads the line in one direction until its rate is steady. */
  async load(direction, idle) {
    this.tell({ phase: direction });
    const stop = new AbortController();
    const load = { moved: 0, failed: null };
    const flow = direction === "download" ? this.download : this.upload;
    const begun = performance.now();
    for (let flows = 0; flows < FLOWS; flows += 1)
      flow.call(this, load, stop.signal).catch((error) => {
        if (!stop.signal.aborted) load.failed ??= error;
      });
    const readings = new Readings();
    const trips = [];
    const end = begun + MOST;
    // What a browser has taken of an upload has not arrived yet: the server
    // says what has. What has been received the browser knows itself.
    const looking = this.look(direction, readings, load, stop.signal);
    let stable = false;
    try {
      while (!stable && performance.now() < end) {
        const { taken, at_ms, received } = await within(this.ping(),
          end - performance.now());
        if (performance.now() > begun + RAMP) trips.push(taken);
        if (direction === "upload") readings.add(at_ms, received);
        if (load.failed) throw load.failed;
        this.tell({ bps: readings.recent(500) });
        stable = readings.isSteady(WINDOW, RAMP + 2 * idle);
        await wait(Math.max(0, PACE - taken));
      }
    } catch (error) {
      if (error !== late) throw error;
    } finally {
      stop.abort();
      await looking;
    }
    const bps = readings.slope(Math.min(RAMP + 2 * idle,
      readings.seconds * 500));
    if (!bps) throw new Error(`the ${direction} carried too little in ` +
      `${MOST / 1000} seconds for a figure`);
    return { bps, stable, latency: median(trips) ?? idle };
  }

  /** Notes during a download how much has come. */
  async look(direction, readings, load, stopped) {
    while (direction === "download" && !stopped.aborted) {
      readings.add(performance.now(), load.moved);
      await wait(PACE);
    }
  }

  async download(load, signal) {
    while (!signal.aborted) {
      const answer = await fetch(this.address("down"),
        { cache: "no-store", signal });
      await refuse(answer);
      const reader = answer.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        load.moved += value.length;
      }
    }
  }

  async upload(load, signal) {
    const body = noise();
    while (!signal.aborted) {
      const answer = await fetch(this.address("up"),
        { method: "POST", body, signal });
      await refuse(answer);
    }
  }

  address(what) {
    return `speedtest/${what}?test=${this.id}`;
  }
}

const late = new Error("the time of this load is over");

/** The promise's value, or an error when it takes longer. */
function within(promise, ms) {
  const timer = wait(Math.max(0, ms)).then(() => { throw late; });
  // Whichever comes second has nobody who listens.
  promise.catch(() => {});
  timer.catch(() => {});
  return Promise.race([promise, timer]);
}

/** Throws with the server's own words when it did not do what was asked. */
async function refuse(answer) {
  if (answer.ok) return;
  const said = await answer.json().catch(() => ({}));
  throw new Error(said.error ?? `the server answered ${answer.status}`);
}

let made;
/** Bytes that cannot be made smaller on the way. */
function noise() {
  if (!made) {
    const piece = new Uint8Array(1 << 20);
    // No more is given at once.
    for (let at = 0; at < piece.length; at += 65536)
      crypto.getRandomValues(piece.subarray(at, at + 65536));
    made = new Blob(Array(UPLOAD / piece.length).fill(piece));
  }
  return made;
}
