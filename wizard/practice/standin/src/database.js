import pg from 'pg';
import { describe, log } from './log.js';

const CONNECT_MS = 3000;
const QUERY_MS = 8000;
const READ_ONLY = '25006';

/** A connection pool to the server that takes writes, sought anew when it stops doing so. */
export class Database {
  constructor(targets) {
    this.targets = targets;
    this.use(targets[0]);
  }

  /** Where queries go now, as host:port. */
  get address() {
    return `${this.target.host}:${this.target.port}`;
  }

  use(target) {
    const former = this.pool;
    this.target = target;
    this.pool = new pg.Pool({
      ...target,
      max: 10,
      application_name: 'minusnow',
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: QUERY_MS,
      keepAlive: true,
    });
    this.pool.on('error', (error) => {
      log('warning', 'an idle database connection ended', { error: describe(error) });
    });
    former?.end().catch(() => {});
  }

  /** Runs one statement; with several servers, one that could not have been run is run again. */
  async query(text, values) {
    const client = await this.connect();
    try {
      const result = await client.query(text, values);
      client.release();
      return result;
    } catch (error) {
      // An error without a severity came from the wire, not from the server: do not reuse it.
      client.release(error.severity === undefined);
      if (error.code !== READ_ONLY || this.targets.length === 1) throw error;
      await this.seekPrimary();
      return this.pool.query(text, values);
    }
  }

  async connect() {
    try {
      return await this.pool.connect();
    } catch (error) {
      if (this.targets.length === 1) throw error;
      await this.seekPrimary();
      return this.pool.connect();
    }
  }

  /** Turns to the first server in the list that takes writes; callers at the same time share it. */
  seekPrimary() {
    this.seeking ??= this.findPrimary().finally(() => {
      this.seeking = undefined;
    });
    return this.seeking;
  }

  async findPrimary() {
    const target = await firstWritable(this.targets);
    log('info', 'database server chosen', { database: `${target.host}:${target.port}` });
    this.use(target);
  }

  close() {
    return this.pool.end();
  }
}

/** The first server that is not a standby; the last server's error when there is none. */
export async function firstWritable(targets) {
  let seen = new Error('no database server is configured');
  for (const target of targets) {
    const client = new pg.Client({
      ...target,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: QUERY_MS,
    });
    client.on('error', () => {});
    try {
      await client.connect();
      const { rows } = await client.query('select pg_is_in_recovery() as standby');
      if (!rows[0].standby) return target;
      seen = new Error(`${target.host}:${target.port} is a standby and takes no writes`);
    } catch (error) {
      seen = error;
    } finally {
      await client.end().catch(() => {});
    }
  }
  throw seen;
}
