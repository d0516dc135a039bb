// A scrolling grid of which only the tiles in sight exist: where the cursor is, and what is selected.
//
// The grid itself has the focus and names the tile under the cursor, so that scrolling cannot lose it.

import { describe, discard, fill, make } from "./tile.js";

const GAP = 10;
const CAPTION = 22; // the flags below a square crop; see review.css
const AHEAD = 2; // rows above and below the window

export class Grid {
  #tiles = new Map(); // by place
  #selected = new Set();
  #saving = new Map(); // by number: "pending" or "failed"
  #anchor = 0;
  #due = false;
  #row = 1;
  #side = 1;

  constructor(box, faces, { onmove, onopen }) {
    this.box = box;
    this.faces = faces;
    this.scroller = box.parentElement;
    this.onmove = onmove;
    this.size = 136;
    this.columns = 1;
    this.cursor = 0;
    this.picking = false; // a tap selects instead of moving the cursor
    this.scroller.addEventListener("scroll", () => this.refresh(), { passive: true });
    new ResizeObserver(() => this.#fit()).observe(this.scroller);
    box.addEventListener("click", (event) => this.#click(event));
    box.addEventListener("dblclick", (event) => placeOf(event) >= 0 && !this.picking && onopen());
  }

  /** Show the faces as they are now, from the top. */
  show(cursor = 0) {
    for (const tile of this.#tiles.values()) discard(tile);
    this.#tiles.clear();
    this.#selected.clear();
    this.cursor = 0;
    this.scroller.scrollTop = 0;
    this.#resize();
    this.moveTo(Math.max(0, Math.min(cursor, this.faces.length - 1)));
  }

  /** Show faces that stand in other places than before. */
  renew() {
    for (const tile of this.#tiles.values()) discard(tile);
    this.#tiles.clear();
    this.#selected.clear();
    this.cursor = Math.max(0, Math.min(this.cursor, this.faces.length - 1));
    this.#resize();
  }

  /** Change the smallest side of a tile, in pixels. */
  resizeTo(size) {
    this.size = size;
    this.#resize();
  }

  get selected() { return [...this.#selected].sort((a, b) => a - b); }

  /** Places that a decision is about: the selection, or else the cursor. */
  get targets() {
    const selected = this.selected;
    return selected.length || !this.faces.length ? selected : [this.cursor];
  }

  /** The places whose rows are wholly in sight. */
  get inSight() {
    const top = this.scroller.scrollTop - this.box.offsetTop;
    const first = Math.max(0, Math.ceil((top - GAP) / this.#row));
    const end = Math.max(first + 1, Math.floor((top + this.scroller.clientHeight + GAP) / this.#row));
    return this.#span(first, end);
  }

  /** How many rows fit into the window. */
  get rows() { return Math.max(1, Math.floor(this.scroller.clientHeight / this.#row)); }

  /** Put the cursor on a place; with `extend` select everything from the anchor to it. */
  moveTo(place, extend = false) {
    if (place < 0 || place >= this.faces.length) return;
    this.cursor = place;
    if (extend) this.select(range(this.#anchor, place));
    else this.#anchor = place;
    this.#reveal();
    this.focus();
    this.onmove();
  }

  focus() {
    if (!document.querySelector("dialog[open]")) this.box.focus({ preventScroll: true });
  }

  select(places) {
    this.#selected = new Set(places);
    this.refresh();
  }

  selectInSight() { this.select(range(this.inSight[0], this.inSight[1] - 1)); }

  /** Scroll so that the cursor's row is the first in sight. */
  toTop() { this.scroller.scrollTop = this.#topOf(this.cursor) - GAP; }

  toggle(place) {
    if (place >= this.faces.length) return;
    if (!this.#selected.delete(place)) this.#selected.add(place);
    this.#anchor = place;
    this.refresh();
    this.onmove();
  }

  /** Mark faces as "pending" (on their way to the disk) or "failed" (not decided), or as neither. */
  mark(numbers, saving) {
    for (const number of numbers) {
      if (saving) this.#saving.set(number, saving);
      else this.#saving.delete(number);
    }
    this.refresh();
  }

  isPending(number) { return this.#saving.get(number) === "pending"; }

  /** Draw what has changed, once before the next frame. */
  refresh() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      this.#draw();
    });
  }

  /** Lay out for a window of another size; what is in sight stays there, the cursor above all. */
  #fit() {
    const [first, end] = this.inSight;
    const side = this.#side;
    this.#layOut();
    if (first <= this.cursor && this.cursor < end) this.#reveal();
    else if (side !== this.#side) this.scroller.scrollTop = this.#topOf(first) - GAP;
  }

  #resize() {
    this.#layOut();
    if (this.faces.length) this.#reveal();
  }

  #layOut() {
    const width = this.box.clientWidth;
    this.columns = Math.max(2, Math.floor((width + GAP) / (this.size + GAP)));
    this.#side = (width + GAP) / this.columns - GAP;
    this.#row = this.#side + CAPTION + GAP;
    this.box.style.height = `${Math.max(0, Math.ceil(this.faces.length / this.columns) * this.#row - GAP)}px`;
    for (const [place, tile] of this.#tiles) this.#put(tile, place);
    this.refresh();
  }

  #span(firstRow, endRow) {
    const end = Math.min(this.faces.length, endRow * this.columns);
    return [Math.min(end, firstRow * this.columns), end];
  }

  #draw() {
    const top = this.scroller.scrollTop - this.box.offsetTop;
    const last = Math.ceil((top + this.scroller.clientHeight) / this.#row);
    const [first, end] = this.#span(Math.max(0, Math.floor(top / this.#row) - AHEAD), last + AHEAD);
    for (const [place, tile] of this.#tiles) {
      if ((place < first || place >= end) && place !== this.cursor) {
        discard(tile);
        this.#tiles.delete(place);
      }
    }
    for (let place = first; place < end; place += 1) this.#show(place);
    if (this.cursor < this.faces.length) this.#show(this.cursor);
    this.box.setAttribute("aria-activedescendant", this.faces.length ? `tile-${this.cursor}` : "");
    this.faces.need(first, end);
  }

  #show(place) {
    let tile = this.#tiles.get(place);
    if (!tile) {
      tile = make(place);
      tile.setAttribute("aria-setsize", this.faces.length);
      this.#tiles.set(place, tile);
      this.#put(tile, place);
      this.box.append(tile);
    }
    const facts = this.faces.facts(place);
    if (facts) fill(tile, facts);
    describe(tile, facts, this.faces.decision(place), this.#saving.get(this.faces.numbers[place]));
    tile.setAttribute("aria-selected", this.#selected.has(place));
    tile.classList.toggle("cursor", place === this.cursor);
  }

  #put(tile, place) {
    const x = (place % this.columns) * (this.#side + GAP);
    const y = Math.floor(place / this.columns) * this.#row;
    tile.style.transform = `translate(${x}px, ${y}px)`;
    tile.style.width = `${this.#side}px`;
    tile.style.height = `${this.#row - GAP}px`;
  }

  /** Scroll so far that the cursor's row is in sight. */
  #reveal() {
    const top = this.#topOf(this.cursor);
    const bottom = top + this.#row;
    if (top - GAP < this.scroller.scrollTop) this.scroller.scrollTop = top - GAP;
    else if (bottom > this.scroller.scrollTop + this.scroller.clientHeight) this.scroller.scrollTop = bottom - this.scroller.clientHeight;
    this.refresh();
  }

  #topOf(place) { return Math.floor(place / this.columns) * this.#row + this.box.offsetTop; }

  #click(event) {
    const place = placeOf(event);
    if (place < 0) return;
    if (event.ctrlKey || event.metaKey || this.picking) this.toggle(place);
    else if (!event.shiftKey) this.select([]);
    this.moveTo(place, event.shiftKey);
  }
}

const placeOf = (event) => Number(event.target.closest(".tile")?.dataset.place ?? -1);

function range(from, to) {
  const start = Math.min(from, to);
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => start + i);
}
