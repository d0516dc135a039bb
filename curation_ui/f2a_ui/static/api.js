// Talking to the server. Everything it sends is text from outside: it only ever becomes textContent.

const token = document.querySelector('meta[name="page-token"]').content;

export class Refused extends Error {}

async function ask(address, options = {}) {
  let response;
  try {
    response = await fetch(address, { redirect: "error", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("The server does not answer: run f2a-review again and open the address it prints.");
  }
  if (!response.ok) throw new Refused(await response.text());
  return response;
}

const get = async (address, signal) => (await ask(address, { signal })).json();

async function post(address, body) {
  const headers = { "X-Page-Token": token, "Content-Type": "application/json" };
  const response = await ask(address, { method: "POST", headers, body: JSON.stringify(body) });
  return response.json();
}

export const about = () => get("/api/about");
export const tiles = (numbers) => get(`/api/tiles?faces=${numbers.join(",")}`);
export const changes = (since) => get(`/api/changes?since=${since}`);
export const face = (id, signal) => get(`/api/faces/${encodeURIComponent(id)}`, signal);
export const picture = (address, signal) => ask(address, { signal });
export const decide = (faces, decision) => post("/api/decisions", { faces, decision });
export const tilt = (faces, side) => post("/api/tilts", { faces, tilt: side });
export const draw = (face, box, redraw) => post("/api/boxes", { face, box, redraw });
export const queue = () => get("/api/queue");
export const alike = (faces) => get(`/api/alike?faces=${faces.join(",")}`);
export const copies = (first) => get(`/api/copies?first=${first}`);
export const regroup = (group, face, word) => post("/api/copies", { group, face, word });
export const undo = () => post("/api/undo", {});

/** The faces of a view, each packed with its decision; see the server's /api/view. */
export async function view(wanted) {
  const bytes = await (await ask(`/api/view?${new URLSearchParams(wanted)}`)).arrayBuffer();
  return new Uint32Array(bytes);
}

/** An element with attributes and children; text children become text nodes, never markup. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
