// The certificates of the targets, the one that expires next first.

import { SOON, expiry } from "./card.js";
import { find, icon, make } from "./page.js";

/** From this number of days on, it is time to act. */
const URGENT = 7;
const DAY = 24 * 3600e3;

const date = new Intl.DateTimeFormat("en-GB", { day: "numeric",
  month: "short", year: "numeric" });

/** Shows the certificates of the monitor's status. */
export function showCertificates({ targets, now }) {
  const those = targets.filter(({ certificate_days: days }) => days != null)
    .sort((a, b) => a.certificate_days - b.certificate_days);
  find("#certificates").hidden = those.length === 0;
  const key = those.map(({ name, certificate_days: days }) =>
    `${name} ${days}`).join("\n");
  const list = find("#certificates ul");
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...those.map(({ name, certificate_days: days }) => {
    const state = days <= URGENT ? "down" : days <= SOON ? "degraded" : "up";
    return make("li", { className: state }, icon(state),
      make("b", {}, name), make("span", {}, expiry(days)),
      make("span", { className: "soft" }, date.format(now + days * DAY)));
  }));
}
