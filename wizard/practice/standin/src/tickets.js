import { readJson, sendJson, textField } from './bodies.js';
import { HttpError } from './http-error.js';
import { node } from './log.js';

const COLUMNS = `id::int, title, body, opened_by as "openedBy", opened_on as "openedOn",
                 opened_at as "openedAt"`;

/** POST /api/tickets */
export async function openTicket({ request, response, session, service }) {
  const { user } = await session();
  const body = await readJson(request);
  const values = [textField(body, 'title', 200), textField(body, 'body', 50_000, ''), user, node];
  const { rows } = await service.database.query(
    `insert into tickets (title, body, opened_by, opened_on) values ($1, $2, $3, $4)
     returning ${COLUMNS}`,
    values,
  );
  sendJson(response, 201, withAddress(rows[0], service));
}

/** GET /api/tickets: the newest hundred. */
export async function listTickets({ response, session, service }) {
  await session();
  const { rows } = await service.database.query(
    `select ${COLUMNS} from tickets order by id desc limit 100`,
  );
  sendJson(response, 200, { tickets: rows.map((row) => withAddress(row, service)) });
}

/** GET /api/tickets/:id */
export async function showTicket({ response, session, service, params }) {
  await session();
  const { rows } = await service.database.query(
    `select ${COLUMNS} from tickets where id = $1`,
    [params.ticket],
  );
  if (rows.length === 0) throw new HttpError(404, 'there is no such ticket');
  sendJson(response, 200, withAddress(rows[0], service));
}

/** How many tickets there are, or null while the database cannot say. */
export async function countTickets(database) {
  try {
    return (await database.query('select count(*)::int as count from tickets')).rows[0].count;
  } catch {
    return null;
  }
}

function withAddress(ticket, { configuration }) {
  return { ...ticket, url: `${configuration.baseUrl ?? ''}/api/tickets/${ticket.id}` };
}
