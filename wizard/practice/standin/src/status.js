import { sendJson } from './bodies.js';
import { componentStatus } from './health.js';
import { node } from './log.js';
import { version } from './release.js';
import { countTickets } from './tickets.js';

/** GET /health: whether the balancer may send requests here. */
export async function showHealth({ response, service }) {
  const status = service.draining ? 'draining' : 'ok';
  sendJson(response, service.draining ? 503 : 200, { status, node });
}

/** GET /api/telemetry/health */
export async function showComponents({ response, service }) {
  const status = await componentStatus(service);
  sendJson(response, status.status === 'ok' ? 200 : 503, status);
}

/** GET /api/telemetry/overview */
export async function showOverview({ response, service }) {
  const { mode, mail } = service.configuration;
  sendJson(response, 200, {
    node,
    version,
    runtime: process.version,
    mode,
    draining: service.draining,
    ...service.metrics.figures(),
    tickets: await countTickets(service.database),
    mail: { configured: Boolean(mail.host), host: mail.host, port: mail.port, sent: 0 },
  });
}

/** GET /: a page that says what this is. */
export async function showStartPage({ response }) {
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html>
<title>MinusNow stand-in</title>
<h1>MinusNow stand-in ${version}</h1>
<p>This is a stand-in for rehearsal and tests, not the MinusNow product. Answered by ${node}.</p>
`);
}
