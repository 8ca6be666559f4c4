// A question in a window of its own, with the keyboard inside of it.

import { make } from "./page.js";

/**
 * Asks a person: `fields` are elements to fill in. Comes to true when the
 * person confirms.
 */
export function question(title, fields, confirm) {
  const yes = make("button", { className: "do", value: "yes" }, confirm);
  const no = make("button", { value: "no", formNoValidate: true }, "Back");
  const dialog = make("dialog", { "aria-label": title },
    make("form", { method: "dialog" },
      make("h2", {}, title), ...fields,
      make("div", { className: "buttons" }, yes, no)));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((answer) => {
    dialog.onclose = () => {
      dialog.remove();
      answer(dialog.returnValue === "yes");
    };
  });
}
