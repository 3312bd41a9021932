// The dead-letter queue: what lies there and why, and the way back.

import { act, read } from "./api.js";
import { byId, el, id, time, words } from "./dom.js";

function letter(each, redrive) {
  return el(
    "li",
    {},
    el(
      "details",
      {},
      el(
        "summary",
        { class: "record" },
        time(each.sent_at),
        el(
          "span",
          { class: "what" },
          el("span", { class: "type" }, el("b", {}, each.source), ` ${words(each.cause)}`),
          el("span", { class: "quiet" }, each.today ? `still cannot be read: ${each.today}` : "can be read now"),
        ),
      ),
      el(
        "div",
        { class: "detail" },
        each.detail ? el("p", {}, each.detail) : null,
        el("p", { class: "ids" }, "delivery ", id(each.delivery_id ?? "none", 40), ", kept until ", el("time", {}, each.expires_at)),
        el("pre", { tabindex: "0" }, each.payload),
      ),
    ),
    el("button", { type: "button", onclick: (click) => redrive(click, [each.message_id]) }, "Redrive"),
  );
}

export class DeadLetters {
  #shown = false;

  constructor() {
    byId("redrive-all").addEventListener("click", (click) => this.#redrive(click, []));
  }

  show() {
    this.#shown = true;
    this.#refresh();
  }

  hide() {
    this.#shown = false;
  }

  /** The queue's depth has changed. */
  changed() {
    if (this.#shown) this.#refresh();
  }

  async #refresh() {
    const letters = await read("/dead-letters");
    byId("dead-list").replaceChildren(...letters.map((each) => letter(each, (click, names) => this.#redrive(click, names))));
    byId("dead-none").hidden = letters.length > 0;
    byId("redrive-all").disabled = letters.length === 0;
  }

  async #redrive(click, names) {
    const answer = byId("dead-answer");
    click.currentTarget.disabled = true;
    answer.textContent = "sending back";
    try {
      const { sent, skipped, stopped } = await act("/redrive", { names });
      answer.textContent = `${sent} sent back${skipped ? `, ${skipped} taken by somebody else` : ""}${stopped ? `, stopped: ${stopped}` : ""}`;
    } catch (error) {
      answer.textContent = error.message;
    }
    await this.#refresh();
  }
}
