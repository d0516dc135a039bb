// The review page: pages and filters, decisions, and what the buttons do.

import * as api from "./api.js";
import { Grid } from "./grid.js";
import { listen } from "./keys.js";
import { act, enqueue, hold } from "./queue.js";
import { SourceView } from "./source.js";

const byId = (id) => document.getElementById(id);
const filters = byId("filters");
const help = byId("help");
const source = new SourceView(byId("source"));
const grid = new Grid(byId("grid"), { onmove: moved, onopen: openSource });
const DONE = { keep: "kept", drop: "dropped", "": "undecided" };

let filter = { flag: "*", state: "", domain: "" };
let page = 0;
let pages = 1;
let undecided = 0;

const say = (message) => { byId("status").textContent = message; };
const many = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;

async function load(wanted, cursor = 0, refresh = false) {
  const answer = await api.faces(filter, wanted, refresh);
  ({ page, pages } = answer);
  grid.show(answer.faces, cursor);
  byId("empty").hidden = answer.faces.length > 0;
  byId("page").textContent = `page ${page + 1} of ${pages.toLocaleString("en")}`;
  history.replaceState(null, "", `#${api.query(filter, { page: page + 1 })}`);
  scrollTo(0, 0);
  count(answer.counts);
  grid.focus();
}

function count({ undecided: open, keep, drop }) {
  undecided = open;
  byId("progress").max = open + keep + drop || 1;
  byId("progress").value = keep + drop;
  const [left, kept, dropped, all] = [open, keep, drop, open + keep + drop].map((number) => number.toLocaleString("en"));
  byId("counts").textContent = `${left} undecided · ${kept} kept · ${dropped} dropped · ${all} in all`;
}

function moved() {
  const selected = grid.selected.length;
  byId("selection").textContent = selected ? `${selected} selected` : "";
  if (source.open) openSource();
}

function openSource() {
  const face = grid.face;
  if (!face) return;
  const doubts = face.flags.map((flag) => flag.replaceAll("_", " ")).join(", ");
  source.show(face, [DONE[face.decision], doubts].filter(Boolean).join(" · "));
}

/** Mark the targets as being saved and move on at once; they change when they are on disk. */
function decide(decision, targets = source.open ? [grid.cursor] : grid.targets, next = Math.max(...targets) + 1) {
  if (!targets.length) return;
  const ids = targets.map((index) => grid.faces[index].id);
  const tiles = targets.map((index) => grid.tiles[index]);
  grid.mark(tiles, "pending");
  const job = () => save(ids, decision, tiles);
  if (next < grid.faces.length) enqueue(job);
  else hold(() => job().then(goOn));
  grid.select([]);
  grid.moveTo(Math.min(next, grid.faces.length - 1));
}

async function save(ids, decision, tiles) {
  try {
    const { changed, counts } = await api.decide(filter, ids, decision);
    grid.settle(changed);
    grid.mark(tiles, "");
    count(counts);
    moved();
    say(`${DONE[decision]} ${many(ids.length, "face")}`);
  } catch (error) {
    grid.mark(tiles, "failed");
    throw error;
  }
}

async function goOn() {
  if (page + 1 < pages) await load(page + 1);
  else say(undecided ? `End of the list, ${undecided.toLocaleString("en")} undecided: R shows them first` : "All decided");
}

async function takeBack() {
  const { changed, counts } = await api.undo(filter);
  if (!changed) return say("Nothing to undo");
  const first = grid.settle(changed);
  count(counts);
  grid.select([]);
  if (first >= 0) grid.moveTo(first);
  return say(`took back ${many(changed.length, "decision")}${first < 0 ? " on another page" : ""}`);
}

function turn(step, cursor = 0) {
  const wanted = page + step;
  if (wanted >= 0 && wanted < pages) hold(() => load(wanted, cursor));
}

function move(step, extend = false) {
  const index = grid.cursor + step;
  if (index >= 0 && index < grid.faces.length) {
    if (!extend) grid.select([]);
    grid.moveTo(index, extend);
  } else if (Math.abs(step) === 1 && !extend) turn(step, step > 0 ? 0 : Infinity);
}

function choose() {
  filter = Object.fromEntries(new FormData(filters));
  hold(() => load(0, 0, true));
}

const actions = {
  keep: () => decide("keep"),
  drop: () => decide("drop"),
  rest: () => (grid.undecided.length ? decide("keep", grid.undecided, grid.faces.length) : turn(1)),
  undo: () => hold(takeBack),
  source: () => (source.open ? source.close() : openSource()),
  move,
  back: () => move(-1),
  on: () => move(1),
  refresh: choose,
  previous: () => turn(-1),
  next: () => turn(1),
  help: () => help.showModal(),
  close: () => document.querySelector("dialog[open]")?.close(),
  all: () => { grid.select(grid.tiles.keys()); moved(); },
  none: () => { grid.select([]); moved(); },
  filters: () => filters.elements.flag.focus(),
};

listen(actions, { grid, source, help });
filters.addEventListener("change", () => act(choose));
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (!button) return;
  act(actions[button.dataset.do]);
  if (!document.querySelector("dialog[open]")) grid.focus();
});
for (const dialog of [help, byId("source")]) {
  dialog.addEventListener("close", () => grid.focus());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

/** Fill the filters, and take their values and the page from the address; a reload stays where it was. */
async function start() {
  const { workspace, flags, domains } = await api.about();
  byId("workspace").textContent = workspace;
  document.title = `${workspace} · f2a review`;
  const option = (value, text) => api.element("option", { value }, text);
  filters.elements.flag.append(...flags.map(({ name, count: faces }) => option(name, `${name.replaceAll("_", " ")} (${faces.toLocaleString("en")})`)));
  filters.elements.domain.append(...domains.map((name) => option(name, name)));
  byId("domains").hidden = domains.length < 2;
  const place = new URLSearchParams(location.hash.slice(1));
  for (const { name } of filters.querySelectorAll("select")) {
    filters.elements[name].value = place.get(name) ?? filter[name];
    if (filters.elements[name].selectedIndex < 0) filters.elements[name].selectedIndex = 0;
  }
  filter = Object.fromEntries(new FormData(filters));
  await load(Math.max(0, Number.parseInt(place.get("page") ?? "1", 10) - 1 || 0), 0, !place.has("page"));
}

hold(start);
