import { within } from './deadline.js';
import { describe, node } from './log.js';
import { version } from './release.js';

const DATABASE_MS = 5000;

/** Asks every component and says how each is; `status` is ok only when none is down. */
export async function componentStatus({ database, redis, storage }) {
  const [databaseState, cacheState, storageState] = await Promise.all([
    checkDatabase(database),
    checkCache(redis),
    checkStorage(storage),
  ]);
  const components = { database: databaseState, cache: cacheState, storage: storageState };
  const down = Object.values(components).some(({ status }) => status === 'down');
  return { status: down ? 'degraded' : 'ok', node, version, components };
}

async function checkDatabase(database) {
  const started = performance.now();
  try {
    const seen = await within(DATABASE_MS, askDatabase(database), 'no answer within 5 s');
    const state = { latencyMs: since(started), server: database.address, ...seen };
    if (seen.standby) return { status: 'down', ...state, error: 'the server is a standby' };
    if (!seen.schema) return { status: 'down', ...state, error: 'no schema: run npm run db:push' };
    return { status: 'ok', ...state };
  } catch (error) {
    return { status: 'down', latencyMs: since(started), error: describe(error) };
  }
}

async function askDatabase(database) {
  const look = () =>
    database.query(`
      select pg_is_in_recovery() as standby,
             to_regclass('schema_migrations') is not null as schema,
             (select count(*)::int from pg_stat_replication) as replicas`);
  let [seen] = (await look()).rows;
  if (seen.standby && database.targets.length > 1) {
    await database.seekPrimary();
    [seen] = (await look()).rows;
  }
  return seen;
}

async function checkCache(redis) {
  if (!redis) return { status: 'not configured', sessions: 'memory' };
  const started = performance.now();
  try {
    await redis.ping();
    return { status: 'ok', latencyMs: since(started), sessions: 'redis' };
  } catch (error) {
    return { status: 'down', latencyMs: since(started), sessions: 'redis', error: describe(error) };
  }
}

async function checkStorage(storage) {
  const directories = await storage.check();
  const down = Object.values(directories).some(({ status }) => status === 'down');
  return { status: down ? 'down' : 'ok', directories };
}

function since(started) {
  return Math.round(performance.now() - started);
}
