import { logIn, logOut, showSession } from './accounts.js';
import { addAttachment, listAttachments, sendAttachment } from './attachments.js';
import { HttpError } from './http-error.js';
import { showComponents, showHealth, showOverview, showStartPage } from './status.js';
import { listTickets, openTicket, showTicket } from './tickets.js';

const TICKET = '(?<ticket>[1-9][0-9]{0,8})';
const UUID = '(?<attachment>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})';

const ROUTES = [
  ['GET', '/', showStartPage],
  ['GET', '/health', showHealth],
  ['GET', '/api/telemetry/health', showComponents],
  ['GET', '/api/telemetry/overview', showOverview],
  ['POST', '/api/login', logIn],
  ['POST', '/api/logout', logOut],
  ['GET', '/api/session', showSession],
  ['GET', '/api/tickets', listTickets],
  ['POST', '/api/tickets', openTicket],
  ['GET', `/api/tickets/${TICKET}`, showTicket],
  ['GET', `/api/tickets/${TICKET}/attachments`, listAttachments],
  ['POST', `/api/tickets/${TICKET}/attachments`, addAttachment],
  ['GET', `/api/tickets/${TICKET}/attachments/${UUID}`, sendAttachment],
].map(([method, path, handler]) => ({ method, pattern: new RegExp(`^${path}$`), handler }));

/** The handler of a request and the parts of its path; refuses what no route covers. */
export function routeOf(method, path) {
  const wanted = method === 'HEAD' ? 'GET' : method;
  const matching = ROUTES.filter(({ pattern }) => pattern.test(path));
  if (matching.length === 0) throw new HttpError(404, 'there is nothing at this path');
  const route = matching.find((candidate) => candidate.method === wanted);
  if (!route) throw new HttpError(405, `this path does not take ${method}`);
  return { handler: route.handler, params: { ...route.pattern.exec(path).groups } };
}
