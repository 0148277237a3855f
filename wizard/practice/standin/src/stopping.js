import { setTimeout as pause } from 'node:timers/promises';
import { describe, log } from './log.js';

const LAST_REQUESTS_MS = 10_000;

/**
 * Ends the process when it is told to: first /health says draining while requests are still served,
 * so that balancers turn away; then what runs is finished, and connections are closed.
 */
export function stopOnSignal(server, service, closeWebsockets) {
  const stop = async (signal) => {
    if (service.draining) return;
    service.draining = true;
    const { drainSeconds } = service.configuration;
    log('info', 'draining', { signal, seconds: drainSeconds });
    await pause(drainSeconds * 1000);
    await closeServer(server, closeWebsockets);
    await closeComponents(service);
    log('info', 'stopped');
    // An orderly exit joins the threads that wait for a hung mount, and so would never end.
    if (service.storage.hung) process.kill(process.pid, 'SIGKILL');
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

async function closeServer(server, closeWebsockets) {
  const closed = new Promise((resolve) => server.close(resolve));
  closeWebsockets();
  server.closeIdleConnections();
  const forced = pause(LAST_REQUESTS_MS, undefined, { ref: false });
  await Promise.race([closed, forced]);
  server.closeAllConnections();
}

async function closeComponents({ database, redis }) {
  redis?.disconnect();
  const limit = pause(1000, undefined, { ref: false });
  try {
    await Promise.race([database.close(), limit]);
  } catch (error) {
    log('warning', 'the database connections did not close', { error: describe(error) });
  }
}
