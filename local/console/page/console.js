// The page: what the server tells is handed to the parts that show it.

import { act } from "./api.js";
import { DeadLetters } from "./dead_letters.js";
import { Deliveries } from "./deliveries.js";
import { byId, say } from "./dom.js";
import { Ledger } from "./ledger.js";
import { Sending } from "./sending.js";
import { Sources } from "./sources.js";
import { views } from "./views.js";

const deadLetters = new DeadLetters();
const deliveries = new Deliveries();
const ledger = new Ledger();
const sending = new Sending();
const sources = new Sources();

function show(state, text) {
  byId("link").dataset.state = state;
  byId("link").textContent = text;
}

function counts(now) {
  for (const name of ["refused", "queue", "recorded", "published", "dead"]) byId(`count-${name}`).textContent = now[name] ?? 0;
  byId("station-dead").toggleAttribute("data-some", now.dead > 0);
  deadLetters.changed();
  ledger.changed();
}

function state({ sources: configured, away }) {
  sending.offer(configured);
  sources.show(configured, webhookUrl);
  for (const button of awayButtons) button.setAttribute("aria-pressed", button.dataset.service === away);
}

const awayButtons = document.querySelectorAll("button.away");
for (const button of awayButtons) {
  const name = button.parentElement.querySelector("h2").textContent;
  button.title = `Let what is behind ${name} answer nothing, until this is pressed again`;
  button.setAttribute("aria-label", `Outage of ${name}`);
  button.addEventListener("click", () => {
    const isAway = button.getAttribute("aria-pressed") === "true";
    act("/outage", { service: isAway ? "" : button.dataset.service }).catch((error) => say(error.message));
  });
}

let webhookUrl = "";
const told = {
  system(system) {
    webhookUrl = system.webhook_url;
    byId("environment").textContent = system.environment;
    byId("webhook-url").textContent = `${webhookUrl}{source}`;
    sending.name(system.variants);
  },
  state,
  snapshot(snapshot) {
    deliveries.replace(snapshot.deliveries);
    counts(snapshot.counts);
    show("live", "live");
  },
  delivery: (delivery) => deliveries.update(delivery),
  counts,
  ended() {
    stream.close();
    show("ended", "the system has ended");
  },
};

views({
  deliveries: () => [ledger, deadLetters].forEach((view) => view.hide()),
  ledger(transactionId) {
    deadLetters.hide();
    ledger.show(transactionId);
  },
  "dead-letters"() {
    ledger.hide();
    deadLetters.show();
  },
  sources: () => [ledger, deadLetters].forEach((view) => view.hide()),
});

const stream = new EventSource("/events");
for (const [name, tell] of Object.entries(told)) {
  stream.addEventListener(name, (event) => tell(JSON.parse(event.data)));
}
stream.addEventListener("error", () => {
  if (byId("link").dataset.state !== "ended") show("lost", "not connected, trying again");
});
