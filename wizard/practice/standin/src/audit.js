import fs from 'node:fs/promises';
import { node } from './log.js';

/**
 * Appends one line to this node's file of the day in audit-logs.
 * One file per node: appends of two NFS clients to one file may overwrite each other.
 */
export async function audit(storage, action, details) {
  const now = new Date().toISOString();
  const line = JSON.stringify({ time: now, node, action, ...details });
  const file = storage.path('audit-logs', `${node}-${now.slice(0, 10)}.jsonl`);
  await fs.appendFile(file, `${line}\n`, { mode: 0o640 });
}
