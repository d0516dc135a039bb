// Drawing a box on the source image: drag it, drag a corner, or use the arrow keys and + and -.

const STEP = 0.01; // of the image's shorter side, for one key press
const SMALLEST = 8; // pixels
const CORNER = matchMedia("(pointer: coarse)").matches ? 14 : 8; // pixels of the screen

/** A square that can be moved and resized over a drawing; it keeps inside the image. */
export class Box {
  #pointer = null;

  constructor(svg, width, height, [x, y, w, h], rule, shape) {
    Object.assign(this, { svg, width, height, rule });
    const side = Math.max(w, h);
    this.square = { x: x + (w - side) / 2, y: y + (h - side) / 2, side };
    this.crop = shape("rect", { class: "crop" });
    this.frame = shape("rect", { class: "drawn" });
    this.corners = ["nw", "ne", "sw", "se"].map((name) => shape("circle", { class: `corner ${name}` }));
    svg.append(this.crop, this.frame, ...this.corners);
    svg.addEventListener("pointerdown", (event) => this.#grab(event));
    svg.addEventListener("pointermove", (event) => this.#drag(event));
    svg.addEventListener("pointerup", () => { this.#pointer = null; });
    this.#put();
  }

  /** In whole pixels of the full image. */
  get value() {
    const { x, y, side } = this.square;
    return [x, y, side, side].map(Math.round);
  }

  /** Whether a key was meant for the box. */
  key(name) {
    const step = Math.max(1, STEP * Math.min(this.width, this.height));
    const moves = { ArrowLeft: [-step, 0, 0], ArrowRight: [step, 0, 0], ArrowUp: [0, -step, 0], ArrowDown: [0, step, 0], "+": [-step, -step, 2 * step], "-": [step, step, -2 * step] };
    if (!moves[name]) return false;
    const [x, y, side] = moves[name];
    this.#set(this.square.x + x, this.square.y + y, this.square.side + side);
    return true;
  }

  #grab(event) {
    const corner = this.corners.indexOf(event.target);
    if (corner < 0 && event.target !== this.frame) return;
    event.preventDefault();
    this.svg.setPointerCapture(event.pointerId);
    this.#pointer = { corner, from: this.#at(event), square: { ...this.square } };
  }

  #drag(event) {
    if (!this.#pointer) return;
    const { corner, from, square } = this.#pointer;
    const [dx, dy] = this.#at(event).map((value, axis) => value - from[axis]);
    if (corner < 0) return void this.#set(square.x + dx, square.y + dy, square.side);
    const [left, top] = [corner % 2 === 0, corner < 2];
    const grown = Math.max(SMALLEST - square.side, ((left ? -dx : dx) + (top ? -dy : dy)) / 2);
    this.#set(square.x - (left ? grown : 0), square.y - (top ? grown : 0), square.side + grown);
  }

  #at({ clientX, clientY }) {
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    return [x, y];
  }

  #set(x, y, side) {
    const size = Math.max(SMALLEST, Math.min(side, this.width, this.height));
    const inside = (value, most) => Math.max(0, Math.min(value, most - size));
    this.square = { x: inside(x, this.width), y: inside(y, this.height), side: size };
    this.#put();
  }

  #put() {
    const { x, y, side } = this.square;
    const r = CORNER / this.svg.getScreenCTM().a;
    place(this.frame, { x, y, width: side, height: side });
    this.corners.forEach((corner, i) => place(corner, { cx: x + (i % 2) * side, cy: y + (i > 1) * side, r }));
    const wide = Math.min(side * this.rule.padding, this.width, this.height);
    const left = Math.max(0, Math.min(x + side / 2 - wide / 2, this.width - wide));
    const top = Math.max(0, Math.min(y + side / 2 - this.rule.lift * side - wide / 2, this.height - wide));
    place(this.crop, { x: left, y: top, width: wide, height: wide });
  }
}

/** The initial box for a missed face: a third of the image, in its middle. */
export function middle(width, height) {
  const side = Math.min(width, height) / 3;
  return [(width - side) / 2, (height - side) / 2, side, side];
}

const place = (shape, values) => { for (const [name, value] of Object.entries(values)) shape.setAttribute(name, value); };
