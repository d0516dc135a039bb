// Saving, undoing and loading views happen one after the other, in the order of the key presses.

let last = Promise.resolve();
let holding = 0;

export function problem(message) {
  const place = document.getElementById("problem");
  place.textContent = message;
  place.hidden = !message;
}

export function enqueue(job) {
  last = last.then(job).then(() => problem(""), (error) => problem(error.message));
}

/** Run a job that moves the cursor; `act` waits until it is done. */
export function hold(job) {
  holding += 1;
  enqueue(() => job().finally(() => { holding -= 1; }));
}

/** Run the action of a key or button once the faces that it applies to are loaded. */
export function act(action, event) {
  if (holding) enqueue(() => act(action, event));
  else action(event);
}
