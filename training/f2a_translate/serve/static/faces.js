// The faces of a photo: a box over each, and a card with source and result beside them.

import { address } from "./api.js";

export class Faces {
  #addresses = [];

  /** onchange is called when a face is shown or hidden, or its result arrives. */
  constructor(results, { made, onchange }) {
    this.results = results;
    this.stage = results.querySelector("#stage");
    this.list = results.querySelector("#faces");
    this.made = made;
    this.onchange = onchange;
    this.faces = [];
    this.photo = null;
  }

  /** The pairs of images that are shown. */
  get pairs() { return this.#shown.map(({ pair }) => pair); }

  /** The faces that are shown, each an image and the square of the photo that it replaces; the surest first. */
  get patches() { return this.#shown.map(({ patch, square }) => ({ patch, square })); }

  /** Whether there is any result, shown or not. */
  get any() { return this.faces.some(({ pair }) => pair); }

  get #shown() { return this.faces.filter(({ card, pair }) => pair && !card.hidden); }

  clear() {
    this.#addresses.forEach((one) => URL.revokeObjectURL(one));
    this.#addresses = [];
    this.faces = [];
    this.stage.replaceChildren();
    this.list.replaceChildren();
  }

  /** Lay out a photo and its boxes; what the browser cannot show, a TIFF for example, is left out. */
  lay(photo, { width, height, faces }) {
    this.clear();
    const image = element("img", { alt: "", src: this.#keep(URL.createObjectURL(photo)) });
    this.results.classList.remove("blind");
    image.addEventListener("error", () => this.results.classList.add("blind"));
    this.stage.append(image);
    this.photo = { image, width, height };
    this.faces = faces.map((face, index) => this.#add(face, index + 1));
  }

  /** Fill in a face that is done. */
  settle({ face: index, source, result, patch, problem }) {
    const face = this.faces[index];
    if (problem) return this.#refuse(face, problem);
    face.pair = [source, result].map((data) => this.#keep(address(data)));
    const [before, after] = face.pair;
    this.#patch(face, this.#keep(address(patch)));
    const arrow = element("span", { class: "arrow", "aria-hidden": "true" }, "→");
    const [from, to] = [
      element("img", { src: before, alt: `Face ${index + 1} as it is` }),
      element("img", { src: after, class: "result", alt: `Face ${index + 1} as ${this.made}` }),
    ];
    face.body.replaceChildren(from, arrow, to);
    const name = `f2a-face-${index + 1}.png`;
    face.title.append(element("a", { href: after, download: name, "aria-label": `Save face ${index + 1}` }, "Save"));
    return this.onchange();
  }

  #add({ box, square, problem }, number) {
    const button = element("button", { type: "button", class: "box", "aria-pressed": "true", "aria-label": `Face ${number}` },
      element("span", { "aria-hidden": "true" }, number));
    place(button, box, this.photo);
    const title = element("h2", {}, element("span", {}, `Face ${number}`));
    const body = element("div", { class: "pair" }, ...waiting());
    const card = element("li", { class: "card" }, title, body);
    const face = { button, card, title, body, square, pair: null, patch: null };
    button.addEventListener("click", () => this.#toggle(face));
    card.addEventListener("pointerenter", () => button.classList.add("lit"));
    card.addEventListener("pointerleave", () => button.classList.remove("lit"));
    this.stage.append(button);
    this.list.append(card);
    if (problem) this.#refuse(face, problem);
    return face;
  }

  /** Lay the translated face over the photo, below those that are surer, and below all boxes. */
  #patch(face, src) {
    const [left, top, side] = face.square;
    face.patch = element("img", { class: "patch", alt: "", src });
    face.patch.hidden = face.card.hidden;
    place(face.patch, [left, top, side, side], this.photo);
    this.photo.image.after(face.patch);
  }

  #toggle({ button, card, patch }) {
    card.hidden = !card.hidden;
    if (patch) patch.hidden = card.hidden;
    button.setAttribute("aria-pressed", String(!card.hidden));
    this.onchange();
  }

  #refuse({ card, body }, problem) {
    body.remove();
    card.append(element("p", {}, problem));
  }

  #keep(one) {
    this.#addresses.push(one);
    return one;
  }
}

function waiting() {
  return [element("div", { class: "waiting" }), element("span", { class: "arrow", "aria-hidden": "true" }, "→"), element("div", { class: "waiting" })];
}

function place(one, [x, y, w, h], { width, height }) {
  const percent = (part, whole) => `${(100 * part) / whole}%`;
  Object.assign(one.style, { left: percent(x, width), top: percent(y, height), width: percent(w, width), height: percent(h, height) });
}

/** An element with attributes and children; text children become text nodes, never markup. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
