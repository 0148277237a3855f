import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { audit } from './audit.js';
import { sendJson, textField } from './bodies.js';
import { HttpError } from './http-error.js';

const LARGEST = 25 * 1024 * 1024;

/** POST /api/tickets/:id/attachments: the raw body is the file, X-File-Name its name. */
export async function addAttachment({ request, response, session, service, params }) {
  const { user } = await session();
  const { database, storage } = service;
  if (Number(request.headers['content-length'] ?? 0) > LARGEST) throw tooLarge();
  await refuseUnknownTicket(database, params.ticket);
  await refuseUnusable(storage);
  const id = crypto.randomUUID();
  const name = textField({ name: path.basename(fileName(request)) }, 'name', 200);
  const stored = await store(request, storage.path('uploads', params.ticket), id);
  const type = request.headers['content-type'] ?? 'application/octet-stream';
  try {
    await database.query(
      `insert into attachments (id, ticket_id, file_name, content_type, size_bytes, sha256, added_by)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [id, params.ticket, name, type, stored.size, stored.sha256, user],
    );
  } catch (error) {
    await fs.promises.rm(storage.path('uploads', params.ticket, id), { force: true });
    throw error;
  }
  const ticket = Number(params.ticket);
  await audit(storage, 'attachment added', { user, ticket, id, name, ...stored });
  sendJson(response, 201, { id, ticket, name, ...stored });
}

/** GET /api/tickets/:id/attachments */
export async function listAttachments({ response, session, service, params }) {
  await session();
  const { rows } = await service.database.query(
    `select id, file_name as name, size_bytes::int as size, sha256, added_by as "addedBy",
            added_at as "addedAt"
     from attachments where ticket_id = $1 order by added_at`,
    [params.ticket],
  );
  sendJson(response, 200, { attachments: rows });
}

/** GET /api/tickets/:id/attachments/:attachment, always as a download. */
export async function sendAttachment({ response, session, service, params }) {
  await session();
  const { rows } = await service.database.query(
    'select file_name, size_bytes from attachments where id = $1 and ticket_id = $2',
    [params.attachment, params.ticket],
  );
  if (rows.length === 0) throw new HttpError(404, 'there is no such attachment');
  await refuseUnusable(service.storage);
  const file = await open(service.storage.path('uploads', params.ticket, params.attachment));
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': rows[0].size_bytes,
    'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(rows[0].file_name)}`,
    'Cache-Control': 'no-store',
  });
  await pipeline(file.createReadStream(), response);
}

async function open(file) {
  try {
    return await fs.promises.open(file);
  } catch (error) {
    throw new HttpError(503, `the attachment cannot be read (${error.code})`);
  }
}

// Written beside its final name, flushed, then renamed: another node never reads half a file.
async function store(request, directory, id) {
  await fs.promises.mkdir(directory, { recursive: true, mode: 0o750 });
  const partial = path.join(directory, `.${id}.part`);
  const hash = crypto.createHash('sha256');
  let size = 0;
  const measure = new Transform({
    transform(chunk, _, done) {
      size += chunk.length;
      hash.update(chunk);
      done(size > LARGEST ? tooLarge() : null, chunk);
    },
  });
  try {
    const sink = fs.createWriteStream(partial, { flags: 'wx', mode: 0o640, flush: true });
    // Refused halfway, the request stays open for the answer that says so.
    await pipeline(request.iterator({ destroyOnReturn: false }), measure, sink);
    await fs.promises.rename(partial, path.join(directory, id));
  } catch (error) {
    await fs.promises.rm(partial, { force: true });
    throw error;
  }
  return { size, sha256: hash.digest('hex') };
}

async function refuseUnknownTicket(database, ticket) {
  const { rows } = await database.query('select 1 from tickets where id = $1', [ticket]);
  if (rows.length === 0) throw new HttpError(404, 'there is no such ticket');
}

async function refuseUnusable(storage) {
  const { status, error } = await storage.probe('uploads');
  if (status !== 'ok') throw new HttpError(503, `the shared storage does not answer: ${error}`);
}

function fileName(request) {
  const given = request.headers['x-file-name'] ?? 'attachment';
  try {
    return decodeURIComponent(given);
  } catch {
    return given;
  }
}

function tooLarge() {
  return new HttpError(413, 'an attachment may have at most 25 MiB');
}
