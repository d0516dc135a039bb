// The page: a photo comes in by hand, by mouse or from the clipboard; its faces come out.

import { Refused, translate } from "./api.js";
import { Faces } from "./faces.js";
import { savePhoto } from "./in_place.js";
import { save } from "./sheet.js";

const byId = (id) => document.getElementById(id);
const { photo: noun, made, maxBytes } = document.body.dataset;
const faces = new Faces(byId("results"), { made, onchange: offerSave });

let photo = null;
let running = new AbortController();

const say = (message) => { byId("status").textContent = message; };
const many = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

function state(name) { document.body.dataset.state = name; }

function fail(message) {
  byId("problem").textContent = message;
  byId("problem").hidden = !message;
  if (!message) return;
  say("");
  byId("results").hidden = true;
  state("empty");
}

/** Translate a photo; a newer one takes its place at any time. */
async function show(file, whole = false) {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  photo = file;
  fail("");
  if (file.size > maxBytes) return fail(`This ${noun} is larger than ${Math.floor(maxBytes / 2 ** 20)} MB: make it smaller first.`);
  state("busy");
  say(whole ? "Taking the centre…" : "Looking for faces…");
  try {
    await receive(file, whole, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    if (!(error instanceof Refused)) console.error(error);
    fail(error instanceof Refused ? error.message : "Something went wrong with the answer: try again.");
  }
  return undefined;
}

async function receive(file, whole, signal) {
  const began = performance.now();
  let found = null;
  for await (const line of translate(file, whole, signal)) {
    if (signal.aborted) return;
    if (found) faces.settle(line);
    else found = lay(file, line, whole);
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  state("done");
  say(found ? `Done: ${many(found, "face")} in ${seconds} s.` : `No face found in this ${noun}.`);
}

function lay(file, line, whole) {
  const found = line.faces.length;
  faces.lay(file, line);
  byId("results").hidden = false;
  byId("nobody").hidden = found > 0;
  byId("whole").hidden = whole;
  byId("caption").textContent = found > 1 ? "Choose a box to hide or show its face." : "";
  offerSave();
  if (found) say(`${many(found, "face")} found…`);
  return found;
}

/** The buttons that have something to do. */
function offerSave() {
  const none = faces.pairs.length < 1;
  byId("save").hidden = none;
  byId("in-photo").hidden = !faces.any;
  byId("save-photo").hidden = none || byId("in-photo").getAttribute("aria-pressed") === "false";
}

function togglePhoto() {
  const inPlace = byId("results").classList.toggle("in-place");
  byId("in-photo").setAttribute("aria-pressed", String(inPlace));
  offerSave();
}

/** The first file of a drop or a paste. */
function take(transfer, event) {
  const [file] = transfer.files;
  if (file) {
    event.preventDefault();
    show(file);
  } else if (event.type === "drop") {
    event.preventDefault();
    fail("That was a link or a text rather than a file: save the picture first, then drop it here.");
  }
}

byId("file").addEventListener("change", ({ target }) => {
  const [file] = target.files;
  target.value = ""; // so that the same file can be chosen again
  if (file) show(file);
});
byId("whole").addEventListener("click", () => show(photo, true));
byId("save").addEventListener("click", () => save(faces.pairs));
byId("in-photo").addEventListener("click", togglePhoto);
byId("save-photo").addEventListener("click", () => savePhoto(faces.photo, faces.patches));
document.addEventListener("paste", (event) => take(event.clipboardData, event));
document.addEventListener("drop", (event) => {
  document.body.classList.remove("dragging");
  take(event.dataTransfer, event);
});
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dragging");
});
document.addEventListener("dragleave", ({ relatedTarget }) => {
  if (!relatedTarget) document.body.classList.remove("dragging"); // out of the window
});
