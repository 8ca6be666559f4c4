// The desk: files are dropped, looked at, and printed.

import { Choice } from "./choice.js";
import { find, make, write } from "./page.js";
import { ask, say, sentence, tried, upload } from "./server.js";
import { size, some } from "./words.js";

const desk = find("#desk");
const ticket = find("#ticket");
const list = find("#documents");
const button = find("#print");

/** The documents on the desk. */
const documents = new Set();
let printers = [];

/** Takes files from wherever they come. */
export function take(files) {
  if (!desk) return;
  for (const file of files) new Document(file);
}

class Document {
  constructor(file) {
    this.file = file;
    this.key = newKey();
    this.name = make("h3", {}, file.name);
    this.facts = make("span", { className: "soft" }, size(file.size));
    this.bar = make("progress", { max: 1, value: 0,
      "aria-label": `Sending ${file.name}` });
    this.body = make("div", { className: "body" }, this.bar);
    const away = make("button", { type: "button", className: "away",
      "aria-label": `Take ${file.name} away`, onclick: () => this.remove() },
    "×");
    this.element = make("li", { className: "document" },
      make("div", { className: "head" }, this.name, this.facts, away),
      this.body);
    documents.add(this);
    list.append(this.element);
    refresh();
    this.send();
  }

  async send() {
    this.sending = upload("api/previews", this.file, (share) => {
      this.bar.value = share;
      if (share < 1) return;
      // All of it is there, and is looked through.
      this.bar.removeAttribute("value");
      write(this.facts, `${size(this.file.size)}, looking at it …`);
    });
    try {
      this.show(await this.sending.sent);
    } catch (error) {
      if (!documents.has(this)) return;
      this.failed = true;
      write(this.facts, size(this.file.size));
      this.body.replaceChildren(
        make("p", { className: "notice bad" }, error.message));
      say(error.message, true);
    }
    refresh();
  }

  show(preview) {
    this.preview = preview;
    const { id, pages, notes, incomplete, bytes } = preview;
    write(this.facts, `${some(pages, "page")}, ${size(bytes)}`);
    this.choice = new Choice(pages,
      (page) => `api/previews/${id}/pages/${page}.png`, () => {
        // Another choice is another job.
        this.key = newKey();
        refresh();
      });
    const findings = notes.map((note) =>
      make("p", { className: `notice ${incomplete ? "warn" : "unknown"}` },
        sentence(note)));
    this.body.replaceChildren(this.choice.element, ...findings);
  }

  get isReady() {
    return Boolean(this.choice && this.choice.value !== null);
  }

  /** Makes it a job. The same key twice is the same job. */
  async print(order) {
    const headers = { "Idempotency-Key": this.key };
    const wish = { ...order, pages: this.choice.value };
    const send = () => ask("POST", "api/jobs",
      { ...wish, preview: this.preview.id }, { headers, quiet: true });
    try {
      return await send();
    } catch (error) {
      if (error.status !== 404) throw error;
      // The server has forgotten it meanwhile; the page still has the file.
      this.preview = await upload("api/previews", this.file, () => {}).sent;
      return send();
    }
  }

  remove() {
    const next = this.element.nextElementSibling ??
      this.element.previousElementSibling;
    this.sending?.stop();
    if (this.preview) tried(ask("DELETE", `api/previews/${this.preview.id}`,
      undefined, { quiet: true }));
    this.forget();
    (find(".away", next ?? desk) ?? find("#file")).focus();
  }

  forget() {
    documents.delete(this);
    this.element.remove();
    refresh();
  }
}

/** Not `randomUUID`, which browsers have only over TLS. */
const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** What the ticket says, in the words of the API. */
function order() {
  const fields = Object.fromEntries(new FormData(ticket));
  const wish = {};
  for (const [name, value] of Object.entries(fields)) {
    const isHidden = find(`[name="${name}"]`, ticket).closest("[hidden]");
    if (value !== "" && name !== "when" && !isHidden) wish[name] = value;
  }
  if (fields.when === "held") wish.hold = "true";
  return wish;
}

let printing = false;
async function printAll() {
  if (printing || !ticket.reportValidity()) return;
  printing = true;
  refresh();
  const wish = order();
  const printed = [];
  for (const ready of [...documents].filter((one) => one.isReady)) {
    try {
      const job = await ready.print(wish);
      printed.push(`${job.name} is job ${job.id}`);
      ready.forget();
    } catch (error) {
      say(error.message, true);
      printing = false;
      refresh();
      return;
    }
  }
  printing = false;
  // A PIN is for one time.
  ticket.elements.pin.value = "";
  say(`${printed.join(", ")}.`);
  refresh();
  find("#file").focus();
}

function refresh() {
  const ready = [...documents].filter((one) => one.isReady);
  desk.classList.toggle("empty", documents.size === 0);
  find("#order").hidden = documents.size === 0;
  const withPin = ticket.elements.when.value === "pin";
  find("#pin").hidden = !withPin;
  ticket.elements.pin.required = withPin;
  find("#pin-at").hidden = !withPin || !chosen()?.secure_print;
  const { copies, duplex, "number-up": perSide } = ticket.elements;
  let pages = 0;
  let sheets = 0;
  for (const { choice } of ready) {
    const sides = Math.ceil(choice.chosen.size / Number(perSide.value || 1));
    pages += choice.chosen.size;
    sheets += duplex.value === "false" ? sides : Math.ceil(sides / 2);
  }
  sheets *= Number(copies.value) || 1;
  const waits = [...documents].some((one) => !one.choice && !one.failed);
  button.disabled = printing || waits || ready.length === 0;
  write(button, printing ? "Sending …" : "Print");
  write(find("#sum"), ready.length === 0
    ? (waits ? "Looking at the pages …" : "No page is chosen.")
    : `${some(pages, "page")} on ${some(sheets, "sheet")}`);
  list.classList.toggle("grey", ticket.elements.color.value === "false");
}

/** Offers what each printer can do, and no more. */
export function offer(all) {
  if (!desk) return;
  printers = all;
  const select = ticket.elements.printer;
  const known = [...select.options].map(({ value, text }) => value + text);
  const texts = printers.map(({ name, title, state }) => {
    const how = state === "stopped" ? " (stopped)" : "";
    return { value: name, text: (title || name) + how };
  });
  if (texts.map(({ value, text }) => value + text).join() !== known.join()) {
    const chosen = select.value;
    select.replaceChildren(...texts.map(({ value, text }) =>
      make("option", { value }, text)));
    const first = printers.find((one) => one.is_default) ?? printers[0];
    select.value = texts.some(({ value }) => value === chosen) ? chosen
      : first?.name;
  }
  find("#printer").hidden = printers.length < 2;
  fit();
}

ticket?.elements.printer.addEventListener("change", fit);

/** The printer that is chosen, once the server has told of it. */
function chosen() {
  const { value } = ticket.elements.printer;
  return printers.find(({ name }) => name === value);
}

function fit() {
  const printer = chosen();
  if (!printer) return;
  const { color, stapler, punch, papers, departments } = printer;
  const department = ticket.elements.department;
  find("#department").hidden = departments.length === 0;
  const known = [...department.options].map(({ value }) => value);
  if (known.join("\n") !== ["", ...departments].join("\n"))
    department.replaceChildren(make("option", { value: "" }, "the usual one"),
      ...departments.map((name) => make("option", { value: name }, name)));
  find("#colors").hidden = color === false;
  find("#staple").hidden = !stapler;
  find("#punch").hidden = !punch;
  const select = ticket.elements.media;
  for (const option of select.options)
    option.hidden = option.disabled = Boolean(option.value && papers?.length &&
      !papers.includes(option.value));
  if (select.selectedOptions[0]?.disabled) select.value = "";
  refresh();
}

/** How much of a month's pages is left, if there is a limit. */
export async function showQuota() {
  if (!desk) return;
  const quota = await tried(
    ask("GET", "api/records/quota", undefined, { quiet: true }));
  const line = find("#quota");
  line.hidden = quota?.quota == null;
  if (line.hidden) return;
  write(line, `${some(quota.left, "page")} of ${quota.quota} left this month`);
}

if (desk) {
  const input = find("#file");
  input.onchange = () => {
    take(input.files);
    input.value = "";
  };
  // Counted, as each element under the pointer is entered and left.
  let over = 0;
  const show = () => document.body.classList.toggle("dropping", over > 0);
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragenter", (event) => {
    if (hasFiles(event)) over++;
    show();
  });
  document.addEventListener("dragleave", (event) => {
    if (hasFiles(event)) over = Math.max(0, over - 1);
    show();
  });
  document.addEventListener("drop", (event) => {
    over = 0;
    show();
    event.preventDefault();
    take(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) take(event.clipboardData.files);
  });
  ticket.addEventListener("input", refresh);
  ticket.addEventListener("submit", (event) => {
    event.preventDefault();
    printAll();
  });
  refresh();
}
// Elsewhere a dropped file would take the place of the page.
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => event.preventDefault());
