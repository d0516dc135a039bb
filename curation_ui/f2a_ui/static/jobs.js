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

/** Run a job that puts the cursor elsewhere: until it is done, `act` waits. */
export function hold(job) {
  holding += 1;
  enqueue(() => job().finally(() => { holding -= 1; }));
}

/** Do what a key or button says, when the faces that it is meant for are there. */
export function act(action, event) {
  if (holding) enqueue(() => act(action, event));
  else action(event);
}
