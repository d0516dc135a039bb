// Talking to the server.

export class Refused extends Error {}

const AWAY = "The server does not answer: run f2a-train serve again.";

/** Send a photo; yields the photo's line, then a line for each face that is done. */
export async function* translate(photo, whole, signal) {
  const response = await ask(`/api/translate${whole ? "?whole=1" : ""}`, {
    method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: photo, signal,
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read().catch(lost);
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) yield JSON.parse(line);
  }
}

async function ask(address, options) {
  const response = await fetch(address, { redirect: "error", ...options }).catch(lost);
  if (!response.ok) throw new Refused(sentence(response.status, await response.text()));
  return response;
}

function lost(error) {
  throw error.name === "AbortError" ? error : new Refused(AWAY);
}

function sentence(status, reason) {
  if (status !== 422) return `This did not work: ${reason}`;
  return `This cannot be used: ${reason}. JPEG, PNG, WebP, GIF, BMP and TIFF pictures work.`;
}

/** An object URL for a PNG in Base64. */
export function address(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
}
