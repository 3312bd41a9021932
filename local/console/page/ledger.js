// The ledger: payments by their last change, and one payment's history.

import { read } from "./api.js";
import { byId, el, id, time, words } from "./dom.js";

const PAUSE_MILLISECONDS = 400;

function status(item) {
  return el("b", { class: "status" }, words(item.status));
}

function event(item) {
  return el(
    "li",
    {},
    el(
      "details",
      {},
      el(
        "summary",
        { class: "record" },
        time(item.occurred_at),
        el("span", { class: "what" }, el("span", { class: "type" }, item.event_type), id(item.event_id, 40)),
        el("span", { class: "status" }, words(item.status)),
        el("span", { class: "amount" }, item.amount_text),
      ),
      el(
        "div",
        { class: "detail" },
        el("p", { class: "ids" }, "delivery ", id(item.delivery_id, 40), " received ", time(item.received_at)),
        item.payload === undefined ? null : el("pre", { tabindex: "0" }, item.payload),
      ),
    ),
  );
}

export class Ledger {
  #transactions = [];
  #open = "";
  #shown = false;
  #soon = 0;

  constructor() {
    byId("ledger-find").addEventListener("input", () => this.#list());
  }

  /** Show the ledger, and one of its payments. */
  show(transactionId) {
    this.#shown = true;
    this.#open = transactionId;
    this.#refresh();
  }

  hide() {
    this.#shown = false;
  }

  /** Something was recorded: look again, soon. */
  changed() {
    if (!this.#shown) return;
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => this.#refresh(), PAUSE_MILLISECONDS);
  }

  async #refresh() {
    try {
      this.#transactions = await read("/transactions");
      this.#list();
      await this.#history();
    } catch (error) {
      byId("ledger-history").replaceChildren(el("p", {}, error.message));
    }
  }

  #list() {
    const wanted = byId("ledger-find").value.trim();
    const found = this.#transactions.filter((each) => each.transaction_id.includes(wanted));
    byId("ledger-list").replaceChildren(
      ...found.map((each) =>
        el(
          "li",
          {},
          el(
            "a",
            {
              class: "record",
              href: `#ledger/${encodeURIComponent(each.transaction_id)}`,
              "aria-current": each.transaction_id === this.#open ? "true" : null,
            },
            el("span", { class: "what" }, id(each.transaction_id, 34), el("span", { class: "quiet" }, each.source, " ", time(each.received_at))),
            status(each),
            el("span", { class: "amount" }, each.amount),
          ),
        ),
      ),
    );
    byId("ledger-none").hidden = found.length > 0;
    byId("ledger-none").textContent = this.#transactions.length ? "No payment has this in its id." : "The ledger is empty.";
  }

  async #history() {
    const place = byId("ledger-history");
    if (!this.#open) {
      place.replaceChildren(el("p", { class: "quiet" }, "Choose a payment to see its history."));
      return;
    }
    const items = await read(`/transaction?id=${encodeURIComponent(this.#open)}`);
    const state = items.find((item) => item.record === "state");
    const events = items.filter((item) => item.record !== "state");
    const opened = [...place.querySelectorAll("details")].findIndex((each) => each.open);
    place.replaceChildren(
      el("h3", {}, id(this.#open, 48)),
      el("p", {}, state?.status ? ["is ", status(state), " ", state.amount_text] : "has no state: nothing has moved it yet"),
      el("ol", { class: "records" }, events.map(event)),
    );
    if (opened >= 0) place.querySelectorAll("details")[opened].open = true;
  }
}
