// The page: what the server tells is handed to the parts that show it.

import { byId } from "./dom.js";
import { Deliveries } from "./deliveries.js";
import { Sending } from "./sending.js";

const deliveries = new Deliveries();
const sending = new Sending();

function show(state, text) {
  byId("link").dataset.state = state;
  byId("link").textContent = text;
}

function depths({ queue_url: queue, dlq_url: dead }) {
  byId("depth-queue").textContent = queue ?? 0;
  byId("depth-dead").textContent = dead ?? 0;
  byId("station-dead").toggleAttribute("data-some", dead > 0);
}

const told = {
  system(system) {
    byId("environment").textContent = system.environment;
    byId("webhook-url").textContent = `${system.webhook_url}{source}`;
    sending.offer(system.sources, system.variants);
  },
  snapshot(snapshot) {
    deliveries.replace(snapshot.deliveries);
    depths(snapshot.depths);
    show("live", "live");
  },
  delivery: (delivery) => deliveries.update(delivery),
  depths,
  sources: (sources) => sending.offer(sources),
  ended() {
    stream.close();
    show("ended", "the system has ended");
  },
};

const stream = new EventSource("/events");
for (const [name, tell] of Object.entries(told)) {
  stream.addEventListener(name, (event) => tell(JSON.parse(event.data)));
}
stream.addEventListener("error", () => {
  if (byId("link").dataset.state !== "ended") show("lost", "not connected, trying again");
});
