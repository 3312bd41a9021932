// The sources and their signing secrets: a rotation, step by step. A secret itself is never shown.

import { act } from "./api.js";
import { byId, el, words } from "./dom.js";

function live({ secrets, signs_with: position }) {
  if (position >= secrets) return `${secrets} live secret${secrets === 1 ? "" : "s"}, signs with none of them`;
  const which = position === 0 ? "the newest" : position === secrets - 1 ? "the oldest" : "an older one";
  return secrets === 1 ? "1 live secret" : `${secrets} live secrets, signs with ${which}`;
}

export class Sources {
  constructor() {
    byId("remove-anyway").addEventListener("click", () => this.#rotate(byId("remove").dataset.source, "remove", true));
  }

  /** Show the sources as they are now; the focus stays on the button that it was on. */
  show(sources, webhookUrl) {
    const focused = document.activeElement?.dataset?.action;
    byId("source-list").replaceChildren(
      ...sources.map((source) =>
        el(
          "li",
          { class: "record" },
          el(
            "span",
            { class: "what" },
            el("span", { class: "type" }, el("b", {}, source.name), source.provider === source.name.replaceAll("-", "_") ? "" : ` ${source.provider}`),
            el("code", { class: "id", title: `${webhookUrl}${source.name}` }, `POST …/${source.name}`),
          ),
          el("span", { class: "live" }, live(source)),
          el(
            "span",
            { class: "steps", role: "group", "aria-label": `Rotate the secret of ${source.name}` },
            this.#button(source, "add", "Add a secret", true),
            this.#button(source, "switch", "Switch sender", source.signs_with > 0),
            this.#button(source, "remove", "Remove oldest", source.secrets > 1),
          ),
        ),
      ),
    );
    if (focused) document.querySelector(`[data-action="${CSS.escape(focused)}"]`)?.focus();
  }

  #button(source, step, label, possible) {
    return el(
      "button",
      {
        type: "button",
        "data-action": `${step} ${source.name}`,
        disabled: !possible,
        onclick: () => this.#rotate(source.name, step, false),
      },
      label,
    );
  }

  async #rotate(source, step, force) {
    const answer = byId("source-answer");
    try {
      answer.textContent = `${source}: ${live(await act("/rotate", { source, step, force }))}`;
    } catch (error) {
      if (step !== "remove" || force) {
        answer.textContent = error.message;
        return;
      }
      byId("remove").dataset.source = source;
      byId("remove-why").textContent = error.message;
      byId("remove").showModal();
    }
  }
}
