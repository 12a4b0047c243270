// When to come back after a close, and how long to wait: docs/protocol.md, "Coming back".

const FIRST_MS = 1000;
const CAP_MS = 30000;
// Codes of RFC 6455 after which trying again would end the same way.
const STAY_AWAY = new Set([1000, 1003, 1008, 1009]);

export function shouldComeBack(code) {
  if (code < 3000) return !STAY_AWAY.has(code);
  return !((code >= 3500 && code <= 3999) || (code >= 4500 && code <= 4999));
}

// Exponential back-off with full jitter: after the n-th failure in a row (from 0) somewhere between
// 1 s and twice the range before, never over 30 s. Thousands of pages that lost one node do not
// all come back in one second.
export function waitMs(failures, random = Math.random) {
  const ceiling = Math.min(CAP_MS, FIRST_MS * 2 ** (failures + 1));
  return FIRST_MS + random() * (ceiling - FIRST_MS);
}
