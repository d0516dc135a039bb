// What the view shows and in which order: the form at the top, and the same in the page's address.

import { element } from "./api.js";
import { words } from "./tile.js";

const START = { flag: "", order: "queue" };

const TEXT = "[type=search], [type=text]";

export class Filters {
  constructor(form, onchange) {
    this.form = form;
    let waiting;
    form.addEventListener("change", ({ target }) => {
      if (target.name === "order") this.near = "";
      // a text field fires `change` only when it loses the focus
      if (target.name && !target.matches(TEXT)) onchange();
    });
    form.addEventListener("input", ({ target }) => {
      clearTimeout(waiting);
      if (target.matches(TEXT)) waiting = setTimeout(onchange, 250);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  /** Fill the lists, and restore the values from the address, so that a reload shows the same. */
  fill({ flags, domains, sources, orders }) {
    const { elements } = this.form;
    const option = (value, text) => element("option", { value }, text);
    elements.flag.append(...flags.map(({ name, count }) => option(name, `${words(name)} (${count.toLocaleString("en")})`)));
    elements.domain.append(...domains.map((name) => option(name, name)));
    elements.source.append(...sources.map((name) => option(name, name)));
    elements.order.append(...orders.map(({ name, title }) => option(name, title)));
    const place = new URLSearchParams(location.hash.slice(1));
    for (const field of this.#fields) {
      field.value = place.get(field.name) ?? START[field.name] ?? "";
      if (field.selectedIndex < 0) field.selectedIndex = 0;
    }
  }

  /** The query for the server; also written into the address. */
  get wanted() {
    const values = this.#fields.filter((field) => field.value && field.validity.valid).map(({ name, value }) => [name, value]);
    history.replaceState(null, "", `#${new URLSearchParams([["flag", ""], ...values].reverse())}`);
    return values;
  }

  /** Whether the order depends on the decisions. */
  get learns() { return !this.near && this.form.elements.order.value === "queue"; }

  /** The number of the face whose most similar faces come first; empty to use the order. */
  get near() { return this.form.elements.near.value; }

  set near(number) { this.form.elements.near.value = number; }

  /** What the page shows: "copies", or faces where it is empty. */
  get mode() { return this.form.elements.mode.value; }

  set mode(mode) { this.form.elements.mode.value = mode; }

  focus() { this.form.elements.flag.focus(); }

  search() { this.form.elements.text.focus(); }

  get #fields() { return [...this.form.elements].filter((field) => field.name); }
}
