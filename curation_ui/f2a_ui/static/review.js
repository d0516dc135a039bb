// The review page: what keys and buttons do, and what the page says about it.

import * as api from "./api.js";
import { Copies } from "./copies.js";
import { Faces } from "./faces.js";
import { Filters } from "./filters.js";
import { Grid } from "./grid.js";
import { act, enqueue, hold } from "./jobs.js";
import { listen } from "./keys.js";
import { follow } from "./live.js";
import { Queue } from "./doubts.js";
import { settings } from "./settings.js";
import { SourceView } from "./source.js";
import { WORDS, words } from "./tile.js";

const byId = (id) => document.getElementById(id);
const help = byId("help");
const source = new SourceView(byId("source"));
const faces = new Faces(() => { grid.refresh(); moved(); });
const grid = new Grid(byId("grid"), faces, { onmove: moved, onopen: openSource });
const filters = new Filters(byId("filters"), () => act(load));
const copies = new Copies(byId("copies"), { onmove: moved, say });
const queue = new Queue(byId("left"), byId("alike"));
let name = "";

function say(message) { byId("status").textContent = message; }
const number = (value) => value.toLocaleString("en");
const many = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;

/** Reload the view: undecided faces first. */
function load() {
  hold(async () => {
    const { wanted } = filters;
    document.body.dataset.mode = filters.mode;
    if (copies.open) return void (byId("counts").textContent = await copies.show());
    await faces.open(wanted);
    byId("empty").hidden = faces.length > 0;
    byId("grid").hidden = !faces.length;
    grid.show();
    count();
    await queue.count();
  });
}

function count() {
  if (copies.open) return;
  const { undecided, keep, drop } = faces.counts;
  byId("progress").max = faces.length || 1;
  byId("progress").value = keep + drop;
  byId("counts").textContent = `${number(undecided)} undecided · ${number(keep)} kept · ${number(drop)} dropped · ${number(faces.length)} in all`;
}

function moved() {
  if (copies.open) return void (byId("place").textContent = copies.where);
  const selected = grid.selected.length;
  byId("selection").textContent = selected ? `${number(selected)} selected` : "";
  byId("place").textContent = faces.length ? `${number(grid.cursor + 1)} of ${number(faces.length)}` : "";
  if (source.open) openSource();
}

async function openSource() {
  if (!faces.length) return;
  const place = grid.cursor;
  const facts = await faces.known(place);
  if (place !== grid.cursor) return;
  const doubts = facts.flags.map(words).join(", ");
  source.show(facts, [WORDS[faces.decision(place)], doubts].filter(Boolean).join(" · "));
}

/** The page at the source of the face under the cursor. */
async function openPost() {
  if (!faces.length) return;
  const { post } = await faces.known(grid.cursor);
  if (/^https?:\/\//i.test(post)) window.open(post, "_blank", "noopener,noreferrer");
  else say("This face's image has no page");
}

/** Mark the targets as being saved and move on at once; they change when they are on disk. */
function decide(decision, targets = source.open ? [grid.cursor] : grid.targets, next = Math.max(...targets) + 1) {
  if (!targets.length || !faces.length) return;
  const numbers = targets.map((place) => faces.numbers[place]);
  grid.mark(numbers, "pending");
  enqueue(() => save(numbers, decision, next >= faces.length));
  grid.select([]);
  grid.moveTo(Math.min(next, faces.length - 1));
}

async function save(numbers, decision, last) {
  try {
    const { changed } = await api.decide(numbers, decision);
    grid.mark(numbers, "");
    settle(changed);
    if (decision === "drop") queue.suggest(numbers);
    else queue.clear();
    say(last ? ending() : `${WORDS[decision]} ${many(numbers.length, "face")}`);
  } catch (error) {
    grid.mark(numbers, "failed");
    throw error;
  }
}

function settle(changed) {
  const before = faces.numbers;
  const places = faces.settle(changed, grid.cursor);
  if (faces.numbers !== before) grid.renew();
  grid.refresh();
  count();
  moved();
  return places;
}

function ending() {
  const { undecided } = faces.counts;
  return undecided ? `End of the list, ${number(undecided)} undecided: R shows them first` : "All decided";
}

async function takeBack() {
  const { changed } = await api.undo();
  queue.clear();
  if (!changed) return say("Nothing to undo");
  const places = settle(changed);
  if (copies.open) return say(await copies.reload() ? "undone" : "undone: a decision that is not shown here");
  grid.select([]);
  if (places.length) grid.moveTo(Math.min(...places));
  return say(`undid ${many(changed.length, "decision")}${places.length ? "" : " that this view does not show"}`);
}

/** Mark the targets as tilted to a side; if they all are, as not tilted. */
function tilt(side) {
  if (!faces.length) return;
  const places = source.open ? [grid.cursor] : grid.targets;
  const already = places.every((place) => faces.facts(place)?.tilt === side);
  enqueue(async () => {
    settle((await api.tilt(places.map((place) => faces.numbers[place]), already ? "" : side)).changed);
    say(`${already ? "not tilted" : `tilted to the ${side}`}: ${many(places.length, "face")}`);
  });
}

/** Redraw the box of the face in the source view, or draw the box of a missed face. */
async function mend(redraw) {
  await openSource();
  await source.ready.catch(() => {}); // the view shows the error
  source.begin(redraw);
}

/** Save the box to the log; its face is cropped and kept. */
function saveBox() {
  hold(async () => {
    const { number: drawn, changed } = await source.save();
    settle(changed);
    if (faces.place(drawn) >= 0) grid.moveTo(faces.place(drawn));
    say("box saved, its face kept");
  });
}

/** The faces most like the one under the cursor first, until the list is refreshed. */
function like() {
  if (!faces.length) return;
  filters.near = faces.numbers[grid.cursor];
  load();
  say("most like this face first; R: the order above");
}

function refresh() {
  if (copies.open) return void hold(() => copies.reload());
  filters.near = "";
  load();
}

/** Keep what is in sight and undecided, and go on to what follows. */
function keepRest() {
  const [first, end] = grid.inSight;
  const open = [];
  for (let place = first; place < end; place += 1) {
    if (!faces.codes[place] && !grid.isPending(faces.numbers[place])) open.push(place);
  }
  if (open.length) decide("keep", open, end);
  else grid.moveTo(Math.min(end, faces.length - 1));
  grid.toTop();
  if (filters.learns) load();
}

/** Drop the suggested faces; they may be anywhere in the view, or outside it. */
function dropAlike() {
  const numbers = queue.take();
  if (!numbers.length) return;
  grid.mark(numbers, "pending");
  enqueue(() => save(numbers, "drop", false));
}

function move(step, extend = false) {
  const place = Math.max(0, Math.min(grid.cursor + step, faces.length - 1));
  if (Math.abs(step) === grid.columns && place !== grid.cursor + step) return;
  if (!extend) grid.select([]);
  grid.moveTo(place, extend);
}

function pick() {
  grid.picking = !grid.picking;
  byId("pick").setAttribute("aria-pressed", grid.picking);
}

/** Apply others' decisions; our own that are being saved are updated by their own responses. */
function others(changed) {
  settle(changed.filter((one) => !grid.isPending(one.number)));
  if (copies.open) enqueue(() => copies.reload());
  const theirs = changed.filter(({ by }) => by !== name);
  if (theirs.length) say(`${theirs[0].by || "somebody"} decided about ${many(theirs.length, "face")}`);
}

const actions = {
  keep: () => decide("keep"),
  drop: () => decide("drop"),
  rest: keepRest,
  alike: dropAlike,
  undo: () => hold(takeBack),
  source: () => (source.open ? source.close() : openSource()),
  post: openPost,
  tiltLeft: () => tilt("left"),
  tiltRight: () => tilt("right"),
  mend: () => mend(true),
  add: () => mend(false),
  saveBox,
  cancel: () => source.cancel(),
  move,
  back: () => move(-1),
  on: () => move(1),
  refresh,
  like,
  pick,
  copies: () => { filters.mode = copies.open ? "" : "copies"; load(); },
  ...Object.fromEntries(["choose", "part", "dissolve"].map((word) => [word, () => copies.word(word)])),
  help: () => help.showModal(),
  close: () => document.querySelector("dialog[open]")?.close(),
  all: () => { grid.selectInSight(); moved(); },
  none: () => { grid.select([]); moved(); },
  filters: () => filters.focus(),
  search: () => filters.search(),
};

const focus = () => (copies.open ? copies : grid).focus();
listen(actions, { grid, copies, source, help });
settings(grid);
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (!button) return;
  act(actions[button.dataset.do]);
  if (!document.querySelector("dialog[open]")) focus();
});
for (const dialog of [help, byId("source")]) {
  dialog.addEventListener("close", focus);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

hold(async () => {
  const about = await api.about();
  ({ name } = about);
  byId("workspace").textContent = about.workspace;
  document.title = `${about.workspace} · f2a review`;
  byId("domains").hidden = about.domains.length < 2;
  byId("sources").hidden = about.sources.length < 2;
  filters.fill(about);
  load();
  follow(about.version, others);
});
