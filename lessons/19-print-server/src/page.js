"use strict";
const form = document.getElementById("form");
const said = document.getElementById("said");
const jobs = document.getElementById("jobs");
const records = document.getElementById("records");

const say = (words, bad) => {
  said.textContent = words;
  said.classList.toggle("bad", bad);
};

function signInAgain() {
  const link = document.createElement("a");
  link.href = "/";
  link.textContent = "sign in again";
  said.replaceChildren("You are signed out: ", link, ".");
  said.classList.add("bad");
}

async function ask(path, options) {
  try {
    const answer = await fetch(path, options);
    if (answer.status === 401) return signInAgain();
    const reply = await answer.json();
    if (!answer.ok) throw new Error(reply.error);
    return reply;
  } catch (error) {
    say(error.message, true);
  }
}

async function print(file) {
  const order = new FormData(form);
  order.set("file", file);
  say(`Sending ${file.name} …`, false);
  const job = await ask("/api/jobs", { method: "POST", body: order });
  if (job) say(`${job.name} is job ${job.id}.`, false);
}

// Whoever may not print has no form.
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  print(document.getElementById("file").files[0]);
});
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  form?.classList.add("over");
});
document.addEventListener("dragleave", () => form?.classList.remove("over"));
document.addEventListener("drop", async (event) => {
  event.preventDefault();
  form?.classList.remove("over");
  if (form)
    for (const file of event.dataTransfer.files) await print(file);
});

const element = (tag, text, name) => {
  const made = document.createElement(tag);
  made.textContent = text ?? "";
  if (name) made.className = name;
  return made;
};

const button = (job, words, method, path) => {
  const made = element("button", words);
  made.setAttribute("aria-label", `${words} ${job.name}`);
  made.onclick = () => ask(`/api/jobs/${job.id}${path}`, { method });
  return made;
};

// A form for the PIN of a held job. What was typed outlives changes of the row.
const pins = new Map();
const pinForm = (job) => {
  if (pins.has(job.id)) return pins.get(job.id);
  const made = element("form", "", "pin");
  const label = element("label", "PIN ");
  const pin = element("input");
  Object.assign(pin, { type: "password", inputMode: "numeric", required: true,
    autocomplete: "off", pattern: "[0-9]{4,16}", title: "4 to 16 digits" });
  label.append(pin);
  const release = element("button", "Release");
  release.setAttribute("aria-label", `Release ${job.name}`);
  made.append(label, release);
  made.onsubmit = async (event) => {
    event.preventDefault();
    const body = JSON.stringify({ pin: pin.value });
    const headers = { "Content-Type": "application/json" };
    pin.value = "";
    const path = `/api/jobs/${job.id}/release`;
    const released = await ask(path, { method: "POST", headers, body });
    if (released) say(`${job.name} is released.`, false);
  };
  pins.set(job.id, made);
  return made;
};

// Whether jobs are sent to the printer, and the way to go on if they are not.
async function showPrinter() {
  const [printer] = (await ask("/api/printers")) ?? [];
  const halt = document.getElementById("halt");
  halt.hidden = !printer?.paused;
  if (halt.hidden) return;
  const resume = element("button", "Resume");
  resume.onclick = async () => {
    await ask(`/api/printers/${printer.name}/resume`, { method: "POST" });
    showPrinter();
  };
  halt.replaceChildren(`The queue is paused: ${printer.paused}. `, resume);
}

function show(job) {
  const row = element("tr");
  row.id = `job-${job.id}`;
  const state = element("td", "", "state-cell");
  state.append(element("span", job.state, `state ${job.state}`));
  if (job.reason) state.append(element("span", job.reason, "reason"));
  const told = (note) => job.reason?.includes(note);
  for (const note of job.notes)
    if (!told(note)) state.append(element("span", note, "reason"));
  const pages = element("td", "", "number");
  if (job.state === "printing" && job.sides) {
    const bar = element("progress");
    bar.max = job.sides;
    bar.value = job.printed;
    bar.setAttribute("aria-label", `pages of ${job.name}`);
    pages.append(bar, " ");
  }
  pages.append(job.sides ? `${job.printed} of ${job.sides}` : "");
  const actions = element("td", "", "number");
  if (job.needs_pin) actions.append(pinForm(job), " ");
  else if (job.state === "held")
    actions.append(
      button(job, job.incomplete ? "Print anyway" : "Release", "POST",
        "/release"), " ");
  if (job.state === "waiting")
    actions.append(button(job, "Hold", "POST", "/hold"), " ");
  if (job.state === "uncertain")
    actions.append(button(job, "It is printed", "POST", "/printed"), " ");
  if (["failed", "uncertain", "cancelled"].includes(job.state))
    actions.append(button(job, "Print again", "POST", "/retry"), " ");
  if (!["printed", "cancelled"].includes(job.state))
    actions.append(button(job, "Cancel", "DELETE", ""));
  const name = element("td", job.name, "name");
  const whose = job.user || job.claimed_user;
  if (whose)
    name.append(element("span", job.user ? whose : `“${whose}”`, "reason"));
  if (job.pages) name.append(element("span", `pages ${job.pages}`, "reason"));
  row.append(element("td", job.id, "number"), name, state, pages, actions);
  const old = document.getElementById(row.id);
  if (old) old.replaceWith(row);
  else jobs.prepend(row);
}

async function showRecords() {
  const newest = (await ask("/api/records?limit=20")) ?? [];
  records.replaceChildren(...newest.map((record) => {
    const row = element("tr");
    const time = new Date(record.ended_at).toLocaleString();
    const state = element("td", record.state, `state ${record.state}`);
    const pages = element("td", `${record.pages}`, "number");
    row.append(element("td", time), element("td", record.user || "nobody"),
      element("td", record.name ?? "", "name"), state, pages);
    return row;
  }));
}

const ended = ["printed", "failed", "cancelled", "uncertain"];
let printerTimer;
let recordsTimer;
function listen() {
  const news = new EventSource("/api/events");
  news.addEventListener("job", (event) => {
    const job = JSON.parse(event.data);
    show(job);
    if (job.state !== "held") pins.delete(job.id);
    if (ended.includes(job.state)) {
      clearTimeout(recordsTimer);
      recordsTimer = setTimeout(showRecords, 300);
    }
    clearTimeout(printerTimer);
    printerTimer = setTimeout(showPrinter, 200);
  });
  news.addEventListener("open", () => say("", false));
  news.addEventListener("error", async () => {
    say("The server does not answer; trying again …", true);
    // Closed means that the server said no: a browser does not ask twice.
    if (news.readyState !== EventSource.CLOSED) return;
    const answer = await fetch("/api/jobs").catch(() => null);
    if (answer?.status === 401) signInAgain();
    else setTimeout(listen, 3000);
  });
}
listen();
