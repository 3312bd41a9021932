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

  /** Make a button of each variant; what comes of it is its title. */
  name(variants) {
    this.#buttons = new Map(
      Object.entries(variants).map(([name, meaning]) => [
        name,
        el(
          "button",
          { type: "button", title: meaning, class: name === "good" ? "primary" : null, onclick: () => this.#send(name) },
          LABELS[name] ?? name,
        ),
      ]),
    );
    byId("send-variants").replaceChildren(...this.#buttons.values());
  }

  /** Offer the sources. */
  offer(sources) {
    this.#sources = sources;
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
