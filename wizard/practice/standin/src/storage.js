import fs from 'node:fs/promises';
import path from 'node:path';
import { within } from './deadline.js';
import { describe, node } from './log.js';

/** The directories every application server shares. */
export const SHARED_DIRECTORIES = ['data', 'audit-logs', 'support-tickets', 'artifacts', 'uploads'];

const PROBE_MS = 2000;

/** The shared directories, and whether each takes writes. A hung mount is named, never waited for. */
export class Storage {
  constructor(home) {
    this.home = home;
    this.pending = new Map();
  }

  path(directory, ...rest) {
    return path.join(this.home, directory, ...rest);
  }

  /** Whether some probe has not come back: the process cannot then end in an orderly way. */
  get hung() {
    return this.pending.size > 0;
  }

  /** The state of each directory: ok, or down with what was seen. */
  async check() {
    const states = await Promise.all(SHARED_DIRECTORIES.map((directory) => this.probe(directory)));
    return Object.fromEntries(SHARED_DIRECTORIES.map((name, index) => [name, states[index]]));
  }

  /** Writes and deletes a file. A probe that hangs is not started again, so one thread waits, not many. */
  async probe(directory) {
    let running = this.pending.get(directory);
    if (!running) {
      running = { since: Date.now(), work: this.writeAndDelete(directory) };
      running.work = running.work.finally(() => this.pending.delete(directory));
      this.pending.set(directory, running);
    }
    const left = Math.max(running.since + PROBE_MS - Date.now(), 0);
    const message = `no answer since ${new Date(running.since).toISOString()}, the mount hangs`;
    try {
      return { status: 'ok', ...(await within(left, running.work, message)) };
    } catch (error) {
      return { status: 'down', error: describe(error) };
    }
  }

  async writeAndDelete(directory) {
    const started = performance.now();
    const [shared, home] = await Promise.all([fs.stat(this.path(directory)), fs.stat(this.home)]);
    const file = this.path(directory, `.probe-${node}-${process.pid}`);
    await fs.writeFile(file, node, { mode: 0o640 });
    await fs.unlink(file);
    return { mounted: shared.dev !== home.dev, latencyMs: Math.round(performance.now() - started) };
  }
}
