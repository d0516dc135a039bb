// Which key does what.

import { act } from "./jobs.js";

export function listen(actions, { grid, copies, source, help }) {
  const step = (move) => (event) => actions.move(move(), event.shiftKey);
  const everywhere = {
    k: actions.keep,
    d: actions.drop,
    u: actions.undo,
    o: actions.source,
    p: actions.post,
    m: actions.mend,
    n: actions.add,
    "<": actions.tiltLeft,
    ">": actions.tiltRight,
    Enter: actions.source,
    ArrowLeft: step(() => -1),
    ArrowRight: step(() => 1),
    ArrowUp: step(() => -grid.columns),
    ArrowDown: step(() => grid.columns),
    Home: step(() => -grid.cursor),
    End: step(() => grid.faces.length - 1 - grid.cursor),
    PageUp: step(() => -grid.columns * grid.rows),
    PageDown: step(() => grid.columns * grid.rows),
  };
  // Not available while one face fills the view.
  const grids = {
    "shift+k": actions.rest,
    x: actions.alike,
    a: actions.all,
    l: actions.like,
    r: actions.refresh,
    c: actions.copies,
    f: actions.filters,
    "/": actions.search,
    "?": actions.help,
    " ": () => grid.toggle(grid.cursor),
    Escape: actions.none,
  };

  const amongCopies = {
    k: actions.choose,
    Enter: actions.choose,
    t: actions.part,
    "shift+t": actions.dissolve,
    u: actions.undo,
    r: actions.refresh,
    c: actions.copies,
    Escape: actions.copies,
    "?": actions.help,
    ArrowLeft: () => copies.step(-1),
    ArrowRight: () => copies.step(1),
    ArrowUp: () => copies.go(copies.place - 1),
    ArrowDown: () => copies.go(copies.place + 1),
    Home: () => copies.go(0),
    End: () => copies.go(copies.count - 1),
    PageUp: () => copies.page(-1),
    PageDown: () => copies.page(1),
  };

  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.altKey || event.metaKey || help.open) return;
    if (target.matches("select, input")) return void (key === "Escape" && grid.focus());
    if (target.matches("button, a, summary") && [" ", "Enter"].includes(key)) return;
    const name = nameOf(event);
    if (source.drawing) return void drawn(event, name);
    const action = copies.open ? amongCopies[name] : everywhere[name] ?? (source.open ? undefined : grids[name]);
    if (!action) return;
    event.preventDefault();
    act(action, event);
  });

  /** While a box is being drawn, only these keys work. */
  function drawn(event, name) {
    if (name === "Enter") actions.saveBox();
    else if (name === "Escape") actions.cancel();
    else if (!source.key(name)) return;
    event.preventDefault();
  }
}

/** Letters by their key, whatever Caps Lock says. */
function nameOf({ key, shiftKey }) {
  const letter = /^[a-z]$/i.test(key);
  return letter ? (shiftKey ? "shift+" : "") + key.toLowerCase() : key;
}
