import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { parseDatabaseUrl } from './database-url.js';
import { firstWritable } from './database.js';
import { describe } from './log.js';
import { releaseDirectory } from './release.js';

// Any number will do, as long as every release takes the same one.
const LOCK = 7_310_422_019;
const LOCK_WAIT = '60s';

/** The migrations of this release in their order, each with the checksum of its text. */
function readMigrations(directory) {
  return fs
    .readdirSync(directory)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => {
      const sql = fs.readFileSync(path.join(directory, name), 'utf8');
      return { name, sql, checksum: crypto.createHash('sha256').update(sql).digest('hex') };
    });
}

/** Applies what is missing, one transaction each; refuses when an applied migration was changed. */
async function migrate(client, migrations) {
  await client.query(`set lock_timeout = '${LOCK_WAIT}'`);
  await client.query('select pg_advisory_lock($1)', [LOCK]);
  await client.query(`
    create table if not exists schema_migrations (
      name       text primary key,
      checksum   text not null,
      applied_at timestamptz not null default now()
    )`);
  const { rows } = await client.query('select name, checksum from schema_migrations');
  const applied = new Map(rows.map(({ name, checksum }) => [name, checksum]));
  refuseChanged(migrations, applied);
  const missing = migrations.filter(({ name }) => !applied.has(name));
  for (const migration of missing) await apply(client, migration);
  const unknown = [...applied.keys()].filter((name) => !migrations.some((m) => m.name === name));
  if (unknown.length > 0) say(`the database is ahead of this release: ${unknown.sort().join(', ')}`);
  say(`${missing.length} applied, ${migrations.length - missing.length} already there`);
}

function refuseChanged(migrations, applied) {
  const changed = migrations.filter(
    ({ name, checksum }) => applied.has(name) && applied.get(name) !== checksum,
  );
  if (changed.length === 0) return;
  const names = changed.map(({ name }) => name).join(', ');
  throw new Error(`${names} differs from what was applied to this database; nothing was changed`);
}

async function apply(client, { name, sql, checksum }) {
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('insert into schema_migrations (name, checksum) values ($1, $2)', [
      name,
      checksum,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw new Error(`${name}: ${describe(error)}`);
  }
  say(`applied ${name}`);
}

function say(text) {
  process.stdout.write(`db:push: ${text}\n`);
}

async function main() {
  const targets = parseDatabaseUrl(process.env.DATABASE_URL, process.env);
  const migrations = readMigrations(path.join(releaseDirectory, 'migrations'));
  const target = await firstWritable(targets);
  const client = new pg.Client({ ...target, application_name: 'minusnow db:push' });
  client.on('error', () => {});
  await client.connect();
  try {
    await migrate(client, migrations);
  } finally {
    await client.end();
  }
}

main().catch((error) => {
  process.stderr.write(`db:push: ${describe(error)}\n`);
  process.exitCode = 1;
});
