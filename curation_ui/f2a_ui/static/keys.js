// Which key does what.

import { act } from "./queue.js";

export function listen(actions, { grid, source, help }) {
  const step = (move) => (event) => actions.move(move(), event.shiftKey);
  const everywhere = {
    k: actions.keep,
    d: actions.drop,
    u: actions.undo,
    o: actions.source,
    Enter: actions.source,
    ArrowLeft: step(() => -1),
    ArrowRight: step(() => 1),
    ArrowUp: step(() => -grid.columns),
    ArrowDown: step(() => grid.columns),
    Home: step(() => -grid.cursor),
    End: step(() => grid.faces.length - 1 - grid.cursor),
    PageUp: actions.previous,
    PageDown: actions.next,
  };
  // What makes no sense while one face fills the view.
  const grids = {
    "shift+k": actions.rest,
    a: actions.all,
    r: actions.refresh,
    f: actions.filters,
    "?": actions.help,
    " ": () => grid.toggle(grid.cursor),
    Escape: actions.none,
  };

  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.altKey || event.metaKey || help.open) return;
    if (target.matches("select")) return void (key === "Escape" && grid.focus());
    if (target.matches("button, a") && [" ", "Enter"].includes(key)) return;
    const name = nameOf(event);
    const action = everywhere[name] ?? (source.open ? undefined : grids[name]);
    if (!action) return;
    event.preventDefault();
    act(action, event);
  });
}

/** Letters by their key, whatever Caps Lock says. */
function nameOf({ key, shiftKey }) {
  const letter = /^[a-z]$/i.test(key);
  return letter ? (shiftKey ? "shift+" : "") + key.toLowerCase() : key;
}
