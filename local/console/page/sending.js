// The form that sends samples.

import { act } from "./api.js";
import { byId, el, words } from "./dom.js";

const LABELS = {
  good: "Good",
  duplicate: "Duplicate",
  forge: "Forged",
  late: "Late",
  stale: "Stale",
  tamper: "Tampered",
  poison: "Poison",
};

export class Sending {
  #sources = [];
  #buttons = new Map();

  constructor() {
    byId("send-source").addEventListener("change", () => this.#offerKinds());
    byId("send").addEventListener("submit", (event) => event.preventDefault());
  }

  /** Offer the sources; the variants and what they mean are told once. */
  offer(sources, variants) {
    this.#sources = sources;
    if (variants) {
      for (const [name, meaning] of Object.entries(variants)) {
        const button = el(
          "button",
          { type: "button", title: meaning, class: name === "good" ? "primary" : null, onclick: () => this.#send(name) },
          LABELS[name] ?? name,
        );
        this.#buttons.set(name, button);
      }
      byId("send-variants").replaceChildren(...this.#buttons.values());
    }
    const select = byId("send-source");
    const names = sources.map((source) => source.name);
    if (names.join() !== [...select.options].map((option) => option.value).join()) {
      const chosen = names.includes("stripe") ? "stripe" : names[0];
      select.replaceChildren(...names.map((name) => el("option", { value: name, selected: name === chosen }, name)));
      this.#offerKinds();
    }
  }

  get #source() {
    return this.#sources.find((source) => source.name === byId("send-source").value);
  }

  #offerKinds() {
    const { kinds, variants } = this.#source;
    const chosen = kinds.includes("succeeded") ? "succeeded" : kinds[0];
    byId("send-kind").replaceChildren(
      ...kinds.map((kind) => el("option", { value: kind, selected: kind === chosen }, words(kind))),
    );
    for (const [name, button] of this.#buttons) button.disabled = !variants.includes(name);
  }

  async #send(variant) {
    const source = byId("send-source").value;
    const kind = byId("send-kind").value;
    const answer = byId("send-answer");
    answer.textContent = "sending";
    try {
      const { answers } = await act("/send", { source, kind, variant });
      answer.textContent = `${source} ${words(kind)}, ${LABELS[variant].toLowerCase()}: answered ${answers.join(", then ")}`;
    } catch (error) {
      answer.textContent = error.message;
    }
  }
}
