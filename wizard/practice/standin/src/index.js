import './thread-pool.js';
import { openCache } from './cache.js';
import { ConfigurationError, readConfiguration } from './configuration.js';
import { Database } from './database.js';
import { createHttpServer } from './http-service.js';
import { describe, log } from './log.js';
import { Metrics } from './metrics.js';
import { version } from './release.js';
import { MemorySessions, RedisSessions } from './sessions.js';
import { stopOnSignal } from './stopping.js';
import { Storage } from './storage.js';
import { serveEcho } from './websocket.js';

const WRONG_CONFIGURATION = 78;

function start(configuration) {
  const redis = configuration.sessionStore === 'redis' ? openCache(configuration.redis) : undefined;
  const service = {
    configuration,
    draining: false,
    database: new Database(configuration.database),
    redis,
    sessions: redis ? new RedisSessions(redis) : new MemorySessions(),
    storage: new Storage(configuration.home),
    metrics: new Metrics(),
  };
  const server = createHttpServer(service);
  stopOnSignal(server, service, serveEcho(server));
  server.on('error', (error) => {
    process.stderr.write(`minusnow: the server cannot listen: ${describe(error)}\n`);
    process.exit(1);
  });
  server.listen(configuration.port, configuration.host, () => {
    log('info', 'listening', {
      standIn: true,
      version,
      port: configuration.port,
      sessions: service.sessions.kind,
      database: configuration.database.map(({ host, port }) => `${host}:${port}`),
      storage: configuration.home,
    });
  });
}

try {
  start(readConfiguration(process.env));
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`minusnow: ${error.message}\n`);
  process.exit(WRONG_CONFIGURATION);
}
