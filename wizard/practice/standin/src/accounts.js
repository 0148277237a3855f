import { readJson, sendJson, textField } from './bodies.js';
import { sessionCookie, sessionIdIn } from './cookies.js';
import { HttpError } from './http-error.js';
import { node } from './log.js';
import { SESSION_SECONDS } from './sessions.js';

/** POST /api/login: anyone may be anyone; this is a rehearsal and asks for no password. */
export async function logIn({ request, response, service }) {
  const user = textField(await readJson(request), 'user', 100);
  const id = await service.sessions.create(user);
  const secure = request.headers['x-forwarded-proto'] === 'https';
  const cookie = sessionCookie(id, service.configuration.sessionSecret, {
    secure,
    seconds: SESSION_SECONDS,
  });
  sendJson(response, 200, { user, node }, { 'Set-Cookie': cookie });
}

/** GET /api/session: who is logged in, how often seen, and which node says so. */
export async function showSession({ response, session, service }) {
  sendJson(response, 200, { ...(await session()), node, store: service.sessions.kind });
}

/** POST /api/logout */
export async function logOut({ request, response, service }) {
  const id = sessionIdIn(request.headers.cookie, service.configuration.sessionSecret);
  if (id) await service.sessions.end(id);
  const gone = sessionCookie('', service.configuration.sessionSecret, { seconds: 0 });
  sendJson(response, 200, { node }, { 'Set-Cookie': gone });
}

/** The session of a request, counted as seen; refuses a request without one. */
export async function requireSession(request, service) {
  const id = sessionIdIn(request.headers.cookie, service.configuration.sessionSecret);
  const session = id ? await service.sessions.visit(id) : undefined;
  if (!session) throw new HttpError(401, 'log in first: POST /api/login with a user');
  return session;
}
