// Polls for decisions made in other windows or by other users.

import * as api from "./api.js";
import { problem } from "./jobs.js";

const SOON = 1500; // milliseconds
const LATER = 10_000; // while the server does not answer

/** Poll for changes since a version while the page is open and visible. */
export function follow(version, onchange) {
  let failed = false;
  const ask = async () => {
    try {
      const { version: now, changed } = await api.changes(version);
      version = now;
      if (failed) problem("");
      failed = false;
      if (changed.length) onchange(changed);
    } catch (error) {
      failed = true;
      problem(error.message);
    }
  };
  const again = async () => {
    if (!document.hidden) await ask();
    setTimeout(again, failed ? LATER : SOON);
  };
  setTimeout(again, SOON);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
}
