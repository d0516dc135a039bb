// The tiles of one page: where the cursor is, what is selected, what each tile shows.

import { Refused, element, picture } from "./api.js";

const MARKS = { keep: "✓", drop: "✕", "": "" };
const WORDS = { keep: "kept", drop: "dropped", "": "undecided" };

export class Grid {
  constructor(box, { onmove, onopen }) {
    this.box = box;
    this.tiles = [];
    this.faces = [];
    this.cursor = 0;
    this.anchor = 0;
    this.onmove = onmove;
    box.addEventListener("click", (event) => this.#click(event));
    box.addEventListener("dblclick", (event) => this.#tileOf(event) >= 0 && onopen());
  }

  /** Show a page of faces with the cursor on one of them. */
  show(faces, cursor) {
    this.faces = faces;
    this.tiles = faces.map(makeTile);
    this.box.replaceChildren(...this.tiles);
    this.cursor = 0;
    this.moveTo(Math.max(0, Math.min(cursor, faces.length - 1)));
  }

  get face() { return this.faces[this.cursor]; }

  get selected() { return this.tiles.flatMap((tile, i) => (isSelected(tile) ? [i] : [])); }

  /** Positions that a decision is about: the selection, or else the cursor. */
  get targets() {
    const selected = this.selected;
    return selected.length || !this.tiles.length ? selected : [this.cursor];
  }

  get undecided() { return this.faces.flatMap((face, i) => (face.decision || this.tiles[i].matches(".pending") ? [] : [i])); }

  /** Put the cursor on a tile; with `extend` select everything from the anchor to it. */
  moveTo(index, extend = false) {
    if (!this.tiles[index]) return;
    this.tiles[this.cursor]?.setAttribute("tabindex", "-1");
    this.cursor = index;
    if (extend) this.select(range(this.anchor, index));
    else this.anchor = index;
    this.focus();
    this.onmove();
  }

  focus() {
    const tile = this.tiles[this.cursor];
    if (!tile) return;
    tile.setAttribute("tabindex", "0");
    if (!document.querySelector("dialog[open]")) tile.focus({ preventScroll: true });
    tile.scrollIntoView({ block: "nearest" });
  }

  select(indices) {
    const wanted = new Set(indices);
    this.tiles.forEach((tile, i) => tile.setAttribute("aria-selected", wanted.has(i)));
  }

  toggle(index) {
    this.tiles[index]?.setAttribute("aria-selected", !isSelected(this.tiles[index]));
    this.anchor = index;
    this.onmove();
  }

  /** How many tiles stand in a row. */
  get columns() {
    const top = this.tiles[0]?.offsetTop;
    const second = this.tiles.findIndex((tile) => tile.offsetTop > top);
    return second < 0 ? this.tiles.length : second;
  }

  /** Mark tiles as "pending" (on their way to the disk) or "failed" (not decided), or as neither. */
  mark(tiles, state) {
    for (const tile of tiles) {
      tile.classList.toggle("pending", state === "pending");
      tile.classList.toggle("failed", state === "failed");
    }
  }

  /** Show what the server has put on disk; the position of the first tile it concerns, or -1. */
  settle(changed) {
    const decisions = new Map(changed.map(({ id, decision }) => [id, decision]));
    const here = this.faces.flatMap((face, i) => (decisions.has(face.id) ? [i] : []));
    for (const i of here) {
      this.faces[i].decision = decisions.get(this.faces[i].id);
      describe(this.tiles[i], this.faces[i]);
    }
    return here.length ? here[0] : -1;
  }

  #tileOf(event) { return this.tiles.indexOf(event.target.closest(".tile")); }

  #click(event) {
    const index = this.#tileOf(event);
    if (index < 0) return;
    if (event.ctrlKey || event.metaKey) this.toggle(index);
    else if (!event.shiftKey) this.select([]);
    this.moveTo(index, event.shiftKey);
  }
}

const isSelected = (tile) => tile.getAttribute("aria-selected") === "true";

function range(from, to) {
  const start = Math.min(from, to);
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => start + i);
}

function makeTile(face) {
  const image = element("img", { alt: "", width: 128, height: 128, draggable: "false" });
  const frame = element("div", { class: "frame" }, image);
  const flags = element("div", { class: "flags" }, ...face.flags.map((flag) => element("span", {}, words(flag))));
  const score = element("span", { class: "score" }, face.score === null ? "" : face.score.toFixed(2));
  const mark = element("span", { class: "mark" });
  const tile = element("div", { class: "tile", role: "option", tabindex: "-1", "aria-selected": "false", "data-id": face.id });
  tile.append(frame, mark, score, flags);
  tile.title = [...face.flags.map(words), face.score === null ? "" : `score ${face.score}`, face.id].filter(Boolean).join("\n");
  image.addEventListener("error", () => explain(frame, image.src));
  image.src = `/crops/${encodeURIComponent(face.id)}?v=${encodeURIComponent(face.version)}`;
  describe(tile, face);
  return tile;
}

const words = (flag) => flag.replaceAll("_", " ");

function describe(tile, face) {
  tile.dataset.decision = face.decision;
  tile.querySelector(".mark").textContent = MARKS[face.decision];
  const score = face.score === null ? [] : [`score ${face.score.toFixed(2)}`];
  tile.setAttribute("aria-label", [WORDS[face.decision], ...face.flags.map(words), ...score].join(", "));
}

/** A picture that does not load says why. */
async function explain(frame, address) {
  let reason = "not a picture";
  try {
    await picture(address);
  } catch (error) {
    if (error instanceof Refused) reason = error.message;
  }
  frame.replaceChildren(element("p", { class: "broken" }, reason));
}
