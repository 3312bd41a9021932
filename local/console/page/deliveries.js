// The list of deliveries: one row each, whose track fills as the delivery travels.

import { read } from "./api.js";
import { byId, el, id, say, time, words } from "./dom.js";
import { eventPair, notRead } from "./detail.js";

const STAGES = ["verify", "queue", "ledger", "topic"];
const MOST_ROWS = 200;

/** Write a time that passed. */
function passed(milliseconds) {
  if (milliseconds === null) return "";
  return milliseconds < 1000 ? `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Tell how each stage stands: done, now, stopped or not reached. */
function standing(delivery) {
  const { outcome, passed } = delivery;
  if (outcome === "refused" || outcome === "unavailable") return ["stopped", "", "", ""];
  // What is further on has passed what lies before, also where the log is behind.
  const known = { accepted: 0, published: 3 }[outcome] ?? 1;
  const last = Math.max(known, ...STAGES.map((stage, position) => (stage in passed ? position : 0)));
  const done = STAGES.map((_, position) => (position <= last ? "done" : ""));
  if (outcome === "dead") done[2] = "stopped";
  else if (outcome === "retrying") done[done[2] === "done" ? 3 : 2] = "waiting";
  else if (outcome === "accepted") done[done.indexOf("")] = "now";
  else if (outcome === "duplicate") done[2] = "same";
  return done;
}

/** Say what became of a delivery: a kind, which decides the colour, a word, and what explains it. */
function verdict(delivery) {
  const { outcome, events, reason, answer, times } = delivery;
  const statuses = [...new Set(events.map((event) => words(event.status)))].join(", ");
  const late = events.some((event) => event.late);
  const often = times > 1 ? ` ×${times}` : "";
  switch (outcome) {
    case "refused":
      return ["bad", `refused ${answer}${often}`, words(reason)];
    case "unavailable":
      return ["bad", `unavailable ${answer}`, words(reason)];
    case "published":
      return [late ? "late" : "good", late ? "published, late" : "published", statuses];
    case "duplicate":
      return ["same", "duplicate", "known already"];
    case "retrying":
      return ["waiting", `failed, try ${delivery.tries}`, delivery.retry_in ? `${words(reason)}, again in ${delivery.retry_in} s` : words(reason)];
    case "dead":
      return ["bad", "dead letter", words(reason)];
    default:
      return ["now", "on its way", statuses];
  }
}

function what(delivery) {
  const [event] = delivery.events;
  const source = delivery.source || "unknown source";
  if (!event) {
    const note = delivery.detail || (delivery.outcome === "accepted" ? "stored, not read yet" : "not read");
    return [el("span", { class: "type" }, el("b", {}, source)), el("span", { class: "id" }, note)];
  }
  const more = delivery.events.length > 1 ? ` and ${delivery.events.length - 1} more` : "";
  return [
    el("span", { class: "type" }, el("b", {}, source), ` ${event.event_type}${more}`),
    id(event.transaction_id, 34),
  ];
}

class Row {
  #summary = el("summary", { class: "row" });
  #stops = STAGES.map((stage) => {
    const ms = el("span", { class: "ms" });
    const spoken = el("span", { class: "hidden" });
    return { stage, ms, spoken, item: el("li", {}, el("span", { class: "dot" }), ms, spoken) };
  });
  #track = el("ol", { class: "track" }, this.#stops.map((stop) => stop.item));
  #detail = el("div", { class: "detail" });
  #details = el("details", { ontoggle: () => this.#open() }, this.#summary, this.#detail);
  element = el("li", {}, this.#details);

  constructor(delivery) {
    this.delivery = delivery;
    this.show(delivery);
  }

  show(delivery) {
    this.delivery = delivery;
    const [kind, word, why] = verdict(delivery);
    this.element.dataset.kind = kind;
    this.element.dataset.key = delivery.key;
    this.#summary.replaceChildren(
      time(delivery.at),
      el("span", { class: "what" }, what(delivery)),
      this.#track,
      el("span", { class: "verdict" }, el("b", { class: "pill" }, word), " ", el("span", { class: "why" }, why)),
    );
    const standings = standing(delivery);
    // A track that is new on the page first shows where it starts, so that the way is seen.
    requestAnimationFrame(() => {
      this.#stops.forEach(({ stage, ms, spoken, item }, position) => {
        item.dataset.state = standings[position];
        ms.textContent = stage in delivery.passed ? passed(delivery.passed[stage]) : "";
        spoken.textContent = standings[position] ? `${stage} ${standings[position]}` : "";
      });
    });
    if (this.#details.open) this.#open();
  }

  async #open() {
    if (!this.#details.open) return;
    const { delivery } = this;
    const notes = notRead(delivery);
    if (!delivery.events.length) {
      this.#detail.replaceChildren(...notes);
      return;
    }
    try {
      const events = await read(`/deliveries/${encodeURIComponent(delivery.key)}`);
      this.#detail.replaceChildren(...notes, ...events.map((event) => eventPair(event)));
    } catch (error) {
      this.#detail.replaceChildren(el("p", {}, error.message));
    }
  }
}

export class Deliveries {
  #rows = new Map();

  /** Show these and no others. */
  replace(deliveries) {
    const known = new Set(deliveries.map((delivery) => delivery.key));
    for (const [key, row] of this.#rows) {
      if (!known.has(key)) {
        row.element.remove();
        this.#rows.delete(key);
      }
    }
    deliveries.forEach((delivery) => this.#put(delivery));
    byId("empty").hidden = deliveries.length > 0;
  }

  update(delivery) {
    this.#put(delivery);
    const [, word, why] = verdict(delivery);
    say(`${delivery.source}: ${word}, ${why}`);
  }

  #put(delivery) {
    const row = this.#rows.get(delivery.key);
    if (row) {
      row.show(delivery);
      return;
    }
    const fresh = new Row(delivery);
    this.#rows.set(delivery.key, fresh);
    byId("rows").prepend(fresh.element);
    byId("empty").hidden = true;
    for (const [key, old] of this.#rows) {
      if (this.#rows.size <= MOST_ROWS) break;
      old.element.remove();
      this.#rows.delete(key);
    }
  }
}
