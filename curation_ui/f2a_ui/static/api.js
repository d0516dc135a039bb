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

async function post(address, body) {
  const headers = { "X-Page-Token": token, "Content-Type": "application/json" };
  const response = await ask(address, { method: "POST", headers, body: JSON.stringify(body) });
  return response.json();
}

export const about = async () => (await ask("/api/about")).json();
export const faces = async (filter, page, refresh) =>
  (await ask(`/api/faces?${query(filter, refresh ? { page, refresh } : { page })}`)).json();
export const face = async (id, signal) => (await ask(`/api/faces/${encodeURIComponent(id)}`, { signal })).json();
export const picture = (address, signal) => ask(address, { signal });
export const decide = (filter, ids, decision) => post(`/api/decisions?${query(filter)}`, { ids, decision });
export const undo = (filter) => post(`/api/undo?${query(filter)}`, {});

export function query(filter, more = {}) {
  return new URLSearchParams({ ...filter, ...more }).toString();
}

/** An element with attributes and children; text children become text nodes, never markup. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
