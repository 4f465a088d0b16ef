// Idempotency keys. Not crypto.randomUUID(): browsers have it on HTTPS and loopback only.

export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
