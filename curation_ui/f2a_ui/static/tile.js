// One tile: a face's crop, its mark, its score and its flags.

import { Refused, element, picture } from "./api.js";

const MARKS = { keep: "✓", drop: "✕", "": "" };
export const WORDS = { keep: "kept", drop: "dropped", "": "undecided" };
export const words = (flag) => flag.replaceAll("_", " ");

/** An empty tile for one place of the list. */
export function make(place) {
  const tile = element("div", { class: "tile", role: "option", id: `tile-${place}`, "data-place": place, "data-decision": "" });
  tile.setAttribute("aria-posinset", place + 1);
  tile.setAttribute("aria-label", "loading");
  tile.append(element("div", { class: "frame" }), element("span", { class: "mark" }), element("span", { class: "score" }), element("div", { class: "flags" }));
  return tile;
}

/** Put a face into it, once. */
export function fill(tile, facts) {
  if (tile.dataset.id) return;
  tile.dataset.id = facts.id;
  const image = element("img", { alt: "", draggable: "false" });
  const frame = tile.querySelector(".frame");
  image.addEventListener("error", () => image.src && explain(frame, image.src));
  image.src = `/crops/${encodeURIComponent(facts.id)}?v=${encodeURIComponent(facts.version)}`;
  frame.replaceChildren(image);
  tile.querySelector(".flags").replaceChildren(...facts.flags.map((flag) => element("span", {}, words(flag))));
  tile.querySelector(".score").textContent = facts.score === null ? "" : facts.score.toFixed(2);
}

/** Show its decision, and whether that is still on its way to the disk. */
export function describe(tile, facts, decision, saving) {
  tile.dataset.decision = decision;
  tile.querySelector(".mark").textContent = MARKS[decision];
  tile.classList.toggle("pending", saving === "pending");
  tile.classList.toggle("failed", saving === "failed");
  if (!facts) return;
  const who = decision && facts.by ? ` by ${facts.by}` : "";
  const score = facts.score === null ? [] : [`score ${facts.score.toFixed(2)}`];
  tile.setAttribute("aria-label", [WORDS[decision] + who, ...facts.flags.map(words), ...score].join(", "));
  tile.title = [WORDS[decision] + who, ...facts.flags.map(words), ...score, facts.id].join("\n");
}

/** Stop what is still loading. */
export function discard(tile) {
  tile.querySelector("img")?.removeAttribute("src");
  tile.remove();
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
