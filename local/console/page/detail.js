// What a row shows when it is opened: why it was refused, or the payload and the published event side by side.

import { el, id, words } from "./dom.js";

/** Explain a delivery of which there is nothing, or not everything, to read. */
export function notRead(delivery) {
  const { outcome, reason, detail } = delivery;
  const why = el("p", {}, el("b", {}, words(reason)), detail ? `: ${detail}` : "");
  switch (outcome) {
    case "refused":
      return [why, el("p", { class: "quiet" }, "Nothing of its body was kept: nothing is believed before the signature holds.")];
    case "unavailable":
      return [why, el("p", { class: "quiet" }, "It was told to come again: providers send it until it is accepted.")];
    case "retrying":
      return [why, el("p", { class: "quiet" }, "It stays in the queue and is tried again.")];
    case "dead":
      return [why, el("p", { class: "quiet" }, "It lies whole in the ", el("a", { href: "#dead-letters" }, "dead-letter queue"), ".")];
    case "duplicate":
      return [el("p", {}, "The provider had sent this event before: nothing was changed and nothing published.")];
    default:
      return delivery.events.length ? [] : [el("p", { class: "quiet" }, "It is stored in the queue, and is read next.")];
  }
}

function panel(title, text, note) {
  return el(
    "figure",
    { class: "panel" },
    el("figcaption", {}, el("b", {}, title), note ? el("span", { class: "quiet" }, note) : null),
    text === null ? el("p", { class: "quiet" }, "not there yet") : el("pre", { tabindex: "0" }, text),
  );
}

/** Show one event: what is recorded and what was published. */
export function eventPair({ event_id: eventId, transaction_id: transactionId, recorded, published }) {
  return el(
    "section",
    { class: "pair" },
    el(
      "p",
      { class: "ids" },
      "event ",
      id(eventId, 48),
      " of ",
      el("a", { href: `#ledger/${encodeURIComponent(transactionId)}` }, id(transactionId, 48)),
    ),
    el(
      "div",
      { class: "panels" },
      panel("Payload", recorded?.payload ?? null, "from the ledger, card numbers masked"),
      panel("Published event", published?.event ?? null, published ? `status ${published.attributes.status}` : null),
    ),
  );
}
