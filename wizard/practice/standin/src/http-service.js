import http from 'node:http';
import { requireSession } from './accounts.js';
import { sendJson } from './bodies.js';
import { HttpError } from './http-error.js';
import { describe, log, node } from './log.js';
import { routeOf } from './routes.js';

// Longer than a proxy keeps an idle connection: the proxy closes first and loses no request.
const KEEP_ALIVE_MS = 65_000;

/** An HTTP server that answers with the routes, and logs and counts each request. */
export function createHttpServer(service) {
  const server = http.createServer((request, response) => answer(request, response, service));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 1000;
  return server;
}

async function answer(request, response, service) {
  const path = request.url.split('?', 1)[0];
  response.setHeader('X-Served-By', node);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (service.draining) response.setHeader('Connection', 'close');
  service.metrics.follow(response, (ms) => logRequest(request, response, path, ms));
  try {
    const { handler, params } = routeOf(request.method, path);
    const session = () => requireSession(request, service);
    await handler({ request, response, params, session, service });
  } catch (error) {
    refuse(request, response, error);
  }
}

function refuse(request, response, error) {
  const { status, message } = meaningOf(error);
  if (status >= 500) log('error', 'a request failed', { error: describe(error) });
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // What is left of a refused body is not read: the connection ends with the answer.
  const headers = request.complete ? {} : { Connection: 'close' };
  sendJson(response, status, { error: message }, headers);
}

const UNREACHABLE = /^(E[A-Z]+|08...|57P..|53...|25006)$/;

function meaningOf(error) {
  if (error instanceof HttpError) return error;
  const text = describe(error);
  const away = UNREACHABLE.test(error.code ?? '') || /connect|timeout|timed out|writeable/i.test(text);
  return away
    ? { status: 503, message: 'the database, the cache or the storage does not answer' }
    : { status: 500, message: 'the request failed; the log says why' };
}

function logRequest(request, response, path, milliseconds) {
  if (path === '/health' && response.statusCode === 200) return;
  log('info', 'request', {
    method: request.method,
    path,
    status: response.statusCode,
    ms: Math.round(milliseconds * 10) / 10,
    peer: request.socket.remoteAddress,
    forwardedFor: request.headers['x-forwarded-for'],
  });
}
