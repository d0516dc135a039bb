// One tile: a face's crop, its mark, its score and its flags.

import { Refused, element, picture as ask } from "./api.js";

const MARKS = { keep: "✓", drop: "✕", "": "" };
const TILTS = { left: "↖ tilted", right: "tilted ↗", "": "" };
export const WORDS = { keep: "kept", drop: "dropped", "": "undecided" };
export const words = (flag) => flag.replaceAll("_", " ");

/** An empty tile for one place of the list. */
export function make(place) {
  const tile = element("div", { class: "tile", role: "option", id: `tile-${place}`, "data-place": place, "data-decision": "" });
  tile.setAttribute("aria-posinset", place + 1);
  tile.setAttribute("aria-label", "loading");
  tile.append(element("div", { class: "frame" }), ...["mark", "score", "tilt"].map((name) => element("span", { class: name })), element("div", { class: "flags" }));
  return tile;
}

/** Put a face into it, once. */
export function fill(tile, facts) {
  if (tile.dataset.id) return;
  tile.dataset.id = facts.id;
  picture(tile.querySelector(".frame"), facts);
  tile.querySelector(".flags").replaceChildren(...facts.flags.map((flag) => element("span", {}, words(flag))));
  tile.querySelector(".score").textContent = facts.score === null ? "" : facts.score.toFixed(2);
}

/** Put a face's crop into a frame. */
export function picture(frame, { id, version }) {
  const image = element("img", { alt: "", draggable: "false" });
  image.addEventListener("error", () => image.src && explain(frame, image.src));
  image.src = `/crops/${encodeURIComponent(id)}?v=${encodeURIComponent(version)}`;
  frame.replaceChildren(image);
}

/** Show its decision, and whether it is still being saved. */
export function describe(tile, facts, decision, saving) {
  tile.dataset.decision = decision;
  tile.querySelector(".mark").textContent = MARKS[decision];
  tile.classList.toggle("pending", saving === "pending");
  tile.classList.toggle("failed", saving === "failed");
  if (!facts) return;
  tile.querySelector(".tilt").textContent = TILTS[facts.tilt];
  const said = facts.tilt ? [`tilted ${facts.tilt}`] : [];
  const who = decision && facts.by ? ` by ${facts.by}` : "";
  const score = facts.score === null ? [] : [`score ${facts.score.toFixed(2)}`];
  tile.setAttribute("aria-label", [WORDS[decision] + who, ...said, ...facts.flags.map(words), ...score].join(", "));
  tile.title = [WORDS[decision] + who, ...said, ...facts.flags.map(words), ...score, facts.id].join("\n");
}

/** Stop what is still loading. */
export function discard(tile) {
  tile.querySelector("img")?.removeAttribute("src");
  tile.remove();
}

/** Show why a picture does not load. */
async function explain(frame, address) {
  let reason = "not a picture";
  try {
    await ask(address);
  } catch (error) {
    if (error instanceof Refused) reason = error.message;
  }
  frame.replaceChildren(element("p", { class: "broken" }, reason));
}
