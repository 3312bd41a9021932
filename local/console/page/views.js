// The views of the page: one at a time, named by the address, so that links, reloads and the back button work.

import { byId } from "./dom.js";

const NAMES = ["deliveries", "ledger", "dead-letters", "sources"];

/**
 * Show the view that the address names.
 * @param {Object<string, (rest: string) => void>} shown Told, by name, when a view comes up, with what follows its name.
 */
export function views(shown) {
  function show() {
    const [, name, rest] = /^#?([a-z-]*)\/?(.*)$/s.exec(location.hash);
    const current = NAMES.includes(name) ? name : NAMES[0];
    for (const each of NAMES) byId(`view-${each}`).hidden = each !== current;
    for (const link of document.querySelectorAll("nav a")) {
      if (link.hash === `#${current}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    shown[current]?.(decodeURIComponent(rest));
  }
  addEventListener("hashchange", show);
  show();
}
