// The queue: its estimate of the remaining bad faces, and faces similar to those that were just dropped.

import * as api from "./api.js";

const PAUSE = 200; // milliseconds without a drop, so that several drops in a row are not delayed
const MANY = 100; // dropped at once; with more, nothing is suggested

export class Queue {
  #offered = [];
  #waiting = 0;

  constructor(left, offer) {
    this.left = left;
    this.offer = offer;
  }

  /** Say how many bad faces may be left. */
  async count() {
    const { sampled, bad, least, likely, most, unseen } = await api.queue();
    const number = (value) => value.toLocaleString("en");
    this.left.hidden = !sampled || !unseen;
    this.left.textContent = `about ${number(likely)} bad left (${number(least)} to ${number(most)})`;
    this.left.title = `Among ${number(unseen)} undecided faces, right nine times in ten. `
      + `Of ${number(sampled)} faces drawn at random, ${number(bad)} were dropped.`;
  }

  /** Soon after faces were dropped, show those like them; an offer is not worth an error message. */
  suggest(dropped) {
    this.clear();
    if (dropped.length <= MANY) this.#waiting = setTimeout(() => this.#ask(dropped).catch(() => {}), PAUSE);
  }

  async #ask(dropped) {
    const asked = this.#waiting;
    const numbers = await api.alike(dropped);
    const tiles = numbers.length ? await api.tiles(numbers) : [];
    if (!tiles.length || asked !== this.#waiting) return;
    this.#offered = numbers;
    this.offer.querySelector("span").textContent = `Drop these ${numbers.length} as well?`;
    this.offer.querySelector("div").replaceChildren(...tiles.map(picture));
    this.offer.hidden = false;
  }

  /** The faces that are offered now; they are offered once. */
  take() {
    const numbers = this.#offered;
    this.clear();
    return numbers;
  }

  clear() {
    clearTimeout(this.#waiting);
    this.#waiting = 0;
    this.#offered = [];
    this.offer.hidden = true;
  }
}

function picture({ id, version }) {
  const src = `/crops/${encodeURIComponent(id)}?v=${encodeURIComponent(version)}`;
  return api.element("img", { src, alt: "", width: 64, height: 64 });
}
