// Copies side by side, one group after the other: which face is kept in place of the others, and which are not copies.

import * as api from "./api.js";
import { enqueue, hold } from "./jobs.js";
import { picture, words } from "./tile.js";

const SAYS = { kept: "kept", variant: "variant, kept", alike: "like a copy, but kept: you removed it from another group", copy: "copy", apart: "not a copy, kept", dropped: "dropped in the review" };
const DONE = { choose: "kept in place of the others", part: "no longer a copy: kept", dissolve: "group dissolved: all are kept" };

const many = (count) => count.toLocaleString("en");

export class Copies {
  #groups = [];
  #first = 0;
  #window = 1;
  #group = 0; // of the cursor, in the window
  #member = 0;
  count = 0;

  constructor(box, { onmove, say }) {
    Object.assign(this, { box, onmove, say });
    box.addEventListener("click", (event) => this.#click(event));
  }

  get open() { return document.body.dataset.mode === "copies"; }

  /** Where the cursor is among all groups, from 0 on. */
  get place() { return this.#first + this.#group; }

  /** The same in words. */
  get where() { return this.count ? `group ${many(this.place + 1)} of ${many(this.count)}` : ""; }

  focus() {
    if (!document.querySelector("dialog[open]")) this.box.focus({ preventScroll: true });
  }

  /** Load some groups, with the cursor on one of them; how many there are, in words. */
  async show(place = 0, member = 0) {
    const first = place - (place % this.#window);
    const { count, window, groups } = await api.copies(first);
    Object.assign(this, { count });
    this.#window = window;
    if (place % window !== place - first) return this.show(place, member); // the first call does not know the window yet
    this.#first = first;
    this.#groups = groups;
    this.box.replaceChildren(...groups.map((group, i) => this.#drawn(group, i)));
    this.#put(place - first, member);
    this.focus();
    return count ? `${many(count)} group${count === 1 ? "" : "s"} of copies and variants` : "no copies or variants";
  }

  /** Reload after an undo or others' decisions; returns whether something has changed. */
  async reload() {
    const before = this.#groups.map((group) => JSON.stringify(group));
    await this.show(this.place, this.#member);
    const changed = this.#groups.findIndex((group, i) => JSON.stringify(group) !== before[i]);
    if (changed >= 0) this.#put(changed, 0);
    return changed >= 0;
  }

  /** Move by faces; at the end of a group to the next one. */
  step(by) {
    const member = this.#member + by;
    const last = (this.#groups[this.#group]?.members.length ?? 1) - 1;
    if (member < 0) this.go(this.place - 1, Infinity);
    else if (member > last) this.go(this.place + 1);
    else this.#put(this.#group, member);
  }

  /** Go to a group. */
  go(place, member = 0) {
    if (place < 0 || place >= this.count) return;
    if (place >= this.#first && place < this.#first + this.#groups.length) this.#put(place - this.#first, member);
    else hold(() => this.show(place, member));
  }

  page(by) { this.go(Math.max(0, Math.min(this.place + by * this.#window, this.count - 1))); }

  /** Decide about the face under the cursor, or its group; shown once it is on disk. */
  word(word) {
    const [at, member] = [this.#group, this.#member];
    const group = this.#groups[at];
    if (!group) return;
    this.#tile(at, member).classList.add("pending");
    enqueue(async () => {
      try {
        const told = await api.regroup(group.name, word === "dissolve" ? "" : group.members[member].id, word);
        const here = this.#groups.findIndex(({ name }) => name === told.name);
        if (here >= 0) this.#renew(told, here);
        this.say(DONE[word]);
      } finally {
        this.box.querySelectorAll(".pending").forEach((tile) => tile.classList.remove("pending"));
      }
    });
    if (word !== "part") this.go(this.place + 1);
    else if (member + 1 < group.members.length) this.step(1);
  }

  #renew(group, at) {
    this.#groups[at] = group;
    this.box.children[at].replaceWith(this.#drawn(group, at));
    this.#put(this.#group, this.#member);
  }

  #drawn({ members }, at) {
    const number = this.#first + at + 1;
    const label = `Group ${many(number)} of ${many(this.count)}, ${members.length} faces`;
    const made = api.element("div", { role: "group", class: "copies", "aria-label": label });
    made.append(...members.map((member, i) => drawn(member, `copy-${at}-${i}`)));
    return made;
  }

  #tile(group, member) { return document.getElementById(`copy-${group}-${member}`); }

  #put(group, member) {
    if (!this.#groups.length) return;
    this.#group = Math.min(group, this.#groups.length - 1);
    this.#member = Math.min(member, this.#groups[this.#group].members.length - 1);
    this.box.querySelectorAll(".cursor").forEach((tile) => this.#mark(tile, false));
    const tile = this.#tile(this.#group, this.#member);
    this.#mark(tile, true);
    this.box.setAttribute("aria-activedescendant", tile.id);
    tile.parentElement.scrollIntoView({ block: "nearest" });
    tile.scrollIntoView({ block: "nearest" });
    this.onmove();
  }

  #mark(tile, on) {
    tile.classList.toggle("cursor", on);
    tile.setAttribute("aria-selected", on);
  }

  #click(event) {
    const tile = event.target.closest(".copy");
    if (!tile) return;
    const [, group, member] = tile.id.split("-").map(Number);
    this.#put(group, member);
    this.focus();
  }
}

function drawn({ id, version, state, score, reason, detail, size }, place) {
  const made = api.element("div", { role: "option", class: "copy", id: place, "data-id": id, "data-state": state, "aria-selected": "false" });
  const frame = api.element("div", { class: "frame" });
  picture(frame, { id, version });
  const pixels = size[0] === null ? "" : `${size[0]} × ${size[1]} px`;
  const facts = [pixels, score === null ? "" : `score ${score.toFixed(2)}`].filter(Boolean).join(", ");
  const why = state === "copy" ? [words(reason), detail].filter(Boolean).join(": ") : ""; // of a kept face it would be out of date
  const lines = [["state", SAYS[state]], ["size", facts], ["why", why]].filter(([, text]) => text);
  made.append(frame, ...lines.map(([kind, text]) => api.element("p", { class: kind }, text)));
  made.setAttribute("aria-label", lines.map(([, text]) => text).join("; "));
  made.title = id;
  return made;
}
