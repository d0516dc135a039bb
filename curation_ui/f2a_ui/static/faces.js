// The faces of the current view: their order, their decisions, and what their tiles show, loaded as needed.

import * as api from "./api.js";

const DECISIONS = ["", "keep", "drop"];
const CHUNK = 240; // tiles a request

export class Faces {
  #facts = new Map(); // by number
  #places = new Int32Array(0); // by number
  #wanted = null;
  #loading = false;

  constructor(onload) {
    this.onload = onload;
    this.numbers = new Uint32Array(0);
    this.codes = new Uint8Array(0);
  }

  /** Load a view; its order stays the same until the next call. */
  async open(wanted) {
    const packed = await api.view(wanted);
    this.#arrange(packed.map((value) => value >>> 2), Uint8Array.from(packed, (value) => value & 3));
  }

  #arrange(numbers, codes) {
    this.numbers = numbers;
    this.codes = codes;
    this.#places = new Int32Array(this.numbers.reduce((most, number) => Math.max(most, number + 1), 0)).fill(-1);
    this.numbers.forEach((number, place) => { this.#places[number] = place; });
  }

  get length() { return this.numbers.length; }

  /** Where a face is in the view, or -1. */
  place(number) { return this.#places[number] ?? -1; }

  decision(place) { return DECISIONS[this.codes[place]]; }

  /** The facts of a tile; undefined while they are loading. */
  facts(place) { return this.#facts.get(this.numbers[place]); }

  /** As `facts`, after waiting for it. */
  async known(place) {
    const number = this.numbers[place];
    if (!this.#facts.has(number)) await this.#fetch([number]);
    return this.#facts.get(number);
  }

  get counts() {
    const counts = { undecided: 0, keep: 0, drop: 0 };
    for (const code of this.codes) counts[DECISIONS[code] || "undecided"] += 1;
    return counts;
  }

  /** Apply saved changes; returns the places in this view. A redrawn face replaces the old one in its place. */
  settle(changed, cursor = 0) {
    const places = [];
    this.#replace(changed, cursor);
    for (const { number, decision, by, tilt } of changed) {
      const facts = this.#facts.get(number);
      if (facts) Object.assign(facts, { by, tilt });
      const place = this.place(number);
      if (place < 0) continue;
      this.codes[place] = DECISIONS.indexOf(decision);
      places.push(place);
    }
    return places;
  }

  /** Add the faces whose boxes were drawn, and remove those that they replace. */
  #replace(changed, cursor) {
    const list = [...this.numbers];
    const codes = [...this.codes];
    const gone = changed.filter(({ number, instead }) => instead !== null && this.place(number) >= 0);
    if (!gone.length && changed.every(({ number, added }) => !added || this.place(number) >= 0)) return;
    for (const { number, instead } of gone) {
      const at = list.indexOf(number);
      if (instead >= 0 && !list.includes(instead)) list[at] = instead;
      else [list, codes].forEach((each) => each.splice(at, 1));
    }
    for (const { number, instead, added } of changed) {
      if (!added || instead !== null || list.includes(number)) continue;
      list.splice(cursor + 1, 0, number);
      codes.splice(cursor + 1, 0, 0);
    }
    this.#arrange(Uint32Array.from(list), Uint8Array.from(codes));
  }

  /** Load the tiles of these places. Of several calls in a row only the last one runs. */
  need(first, end) {
    this.#wanted = [first, end];
    if (!this.#loading) this.#load();
  }

  async #load() {
    this.#loading = true;
    while (this.#wanted) {
      const missing = [...this.numbers.subarray(...this.#wanted)].filter((number) => !this.#facts.has(number));
      this.#wanted = null;
      try {
        if (missing.length) await this.#fetch(missing.slice(0, CHUNK));
      } catch {
        break; // the tiles stay empty until scrolling loads them again
      }
      if (missing.length) this.onload();
    }
    this.#loading = false;
  }

  async #fetch(numbers) {
    for (const facts of await api.tiles(numbers)) this.#facts.set(facts.number, facts);
  }
}
