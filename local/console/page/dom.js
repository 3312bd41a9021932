// Elements, made of what others wrote: children are text or elements, so that no text is ever read as HTML.

/** Make an element. Properties that begin with "on" are listeners; null ones are left out. */
export function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Find an element of the page by its id. */
export const byId = (id) => document.getElementById(id);

/** Shorten a long id in its middle; the whole of it is the element's title. */
export function id(text, room = 30) {
  const half = Math.floor((room - 1) / 2);
  const short = text.length > room ? `${text.slice(0, room - 1 - half)}…${text.slice(-half)}` : text;
  return el("code", { class: "id", title: text }, short);
}

/** Say something to those who listen to the page. */
export function say(text) {
  byId("said").textContent = text;
}

/** Write words of a name such as wrong_secret. */
export const words = (name) => name.replaceAll("_", " ");

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });

/** Write a moment as the time of day here; the element's title is the whole of it, in UTC. */
export function time(moment) {
  return el("time", { datetime: moment, title: moment }, clock.format(new Date(moment)));
}
