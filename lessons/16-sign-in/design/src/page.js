// Small helpers to make and find elements.

export const find = (selector, within = document) =>
  within.querySelector(selector);

/** Makes an element: `make("p", { className: "hint" }, "words", child)`. */
export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** Makes an element of a picture, in SVG's own name space. */
export function draw(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes))
    made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const ICONS = { up: "up", good: "up", degraded: "degraded", down: "down",
  bad: "down", failing: "down", learning: "unknown",
  unreachable: "unreachable", maintenance: "maintenance", silent: "silent",
  // Of jobs and printers.
  printed: "up", printing: "busy", waiting: "clock", held: "held",
  failed: "down", uncertain: "degraded", idle: "up", paused: "held",
  stopped: "down" };

/** The shape that stands for a state. */
export const icon = (state) =>
  draw("svg", { class: "icon", "aria-hidden": "true" },
    draw("use", { href: `#icon-${ICONS[state] ?? "unknown"}` }));

/** A colour of the style sheet, as it is now: light or dark. */
export const colour = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);

/** Sets a text only when it differs, so that nothing is read out twice. */
export function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
