import os from 'node:os';

/** The host name this node answers under. */
export const node = os.hostname();

/** Writes one JSON line to standard output; callers pass no secrets. */
export function log(level, message, details = {}) {
  const line = { time: new Date().toISOString(), level, message, node, ...details };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** What may be told of an error: its code and its first line, never the connection string. */
export function describe(error) {
  const text = String(error?.message || error?.errors?.[0]?.message || error).split('\n')[0];
  return error?.code && !text.includes(error.code) ? `${error.code}: ${text}` : text;
}
