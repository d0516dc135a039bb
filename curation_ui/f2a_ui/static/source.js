// The source image of a face, with its box drawn over it.

import { draw, element, face as askFace, picture } from "./api.js";
import { Box, middle } from "./mend.js";

const CAPTIONS = { source: "from", source_id: "number", artist: "artist", rating: "rating", detector: "detector", crop_rule: "crop", path: "file" };

export class SourceView {
  #loading = new AbortController();
  #shown = "";
  #address = "";
  #facts = null;
  #size = [0, 0];
  #box = null; // while one is drawn
  #redraw = true;
  ready = Promise.resolve(); // when the picture of the newest face is there

  constructor(dialog) {
    this.dialog = dialog;
    this.place = dialog.querySelector("#picture");
    this.facts = dialog.querySelector("#source-facts");
    this.title = dialog.querySelector("#source-title");
    dialog.addEventListener("close", () => this.#clear());
  }

  get open() { return this.dialog.open; }

  /** Open on a face, or go over to it; the newest call wins. */
  async show(face, heading) {
    this.title.textContent = heading;
    if (!this.dialog.open) this.dialog.showModal();
    if (this.#shown === face.id) return;
    this.#clear();
    this.#shown = face.id;
    const { signal } = this.#loading;
    this.place.replaceChildren(element("p", { class: "waiting" }, "loading…"));
    try {
      this.ready = this.#load(face, signal);
      await this.ready;
    } catch (error) {
      if (!signal.aborted) this.place.replaceChildren(element("p", { class: "broken" }, error.message));
    }
  }

  close() { this.dialog.close(); }

  get drawing() { return this.#box !== null; }

  /** Let the user redraw the face's box, or draw the box of a missed face. */
  begin(redraw) {
    const svg = this.place.querySelector("svg");
    if (!svg || this.drawing) return;
    this.#redraw = redraw;
    this.#box = new Box(svg, ...this.#size, redraw ? this.#facts.box : middle(...this.#size), this.#facts.rule, shape);
    svg.classList.add("drawing");
    this.dialog.classList.add("drawing");
  }

  /** Stop drawing; nothing is saved. */
  cancel() {
    this.place.querySelectorAll(".crop, .drawn, .corner").forEach((each) => each.remove());
    this.place.querySelector("svg")?.classList.remove("drawing");
    this.dialog.classList.remove("drawing");
    this.#box = null;
  }

  /** Save the box; returns the changes that the server reports. */
  async save() {
    const answer = await draw(this.#facts.number, this.#box.value, this.#redraw);
    this.cancel();
    return answer;
  }

  /** Whether a key was meant for the box that is drawn. */
  key(name) { return this.#box?.key(name) ?? false; }

  async #load(face, signal) {
    const facts = await askFace(face.id, signal);
    this.#tell(facts);
    const response = await picture(`/sources/${encodeURIComponent(face.id)}`, signal);
    const [width, height] = ["X-Full-Width", "X-Full-Height"].map((name) => Number(response.headers.get(name)));
    const blob = await response.blob();
    if (signal.aborted) return;
    this.#address = URL.createObjectURL(blob);
    this.#facts = facts;
    this.#size = [width, height];
    this.place.replaceChildren(drawing(this.#address, width, height, facts));
  }

  #tell(facts) {
    const known = Object.entries(CAPTIONS).filter(([name]) => facts[name]);
    const parts = known.map(([name, caption]) => element("span", {}, element("b", {}, `${caption} `), facts[name]));
    this.facts.replaceChildren(...parts);
    if (/^https?:\/\//i.test(facts.source_url)) {
      this.facts.append(element("a", { href: facts.source_url, target: "_blank", rel: "noopener noreferrer" }, "open the post"));
    }
  }

  #clear() {
    this.cancel();
    this.#loading.abort();
    this.#loading = new AbortController();
    this.#shown = "";
    this.place.replaceChildren();
    this.facts.replaceChildren();
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = "";
  }
}

/** Boxes are in pixels of the full image; the view box takes care of every scale. */
function drawing(href, width, height, { box, neighbours }) {
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
  svg.setAttribute("aria-label", `The face's box: ${box[2]} by ${box[3]} pixels of ${width} by ${height}`);
  svg.append(shape("image", { href, width, height }));
  for (const other of neighbours) svg.append(rectangle(other, "halo"), rectangle(other, "neighbour"));
  svg.append(rectangle(box, "halo"), rectangle(box, "box"));
  return svg;
}

const rectangle = ([x, y, width, height], kind) => shape("rect", { x, y, width, height, class: kind });

function shape(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
