import { parseDatabaseUrl } from './database-url.js';
import { parseRedisUrl } from './redis-url.js';

const SHORTEST_SECRET = 32;

/** The environment does not allow a start; the message is one line and holds no value of a secret. */
export class ConfigurationError extends Error {}

/** Reads the whole environment at once, so that every problem is named in one line. */
export function readConfiguration(environment) {
  const problems = [];
  const read = (parse) => {
    try {
      return parse();
    } catch (error) {
      problems.push(error.message);
      return undefined;
    }
  };
  const configuration = {
    mode: environment.NODE_ENV || 'development',
    port: read(() => wholeNumber(environment, 'PORT', 5000, 1, 65535)),
    host: environment.HOST || undefined,
    baseUrl: read(() => webAddress(environment.APP_BASE_URL)),
    sessionSecret: read(() => sessionSecret(environment.SESSION_SECRET)),
    database: read(() => parseDatabaseUrl(environment.DATABASE_URL, environment)),
    sessionStore: read(() => sessionStore(environment)),
    redis: read(() => (environment.REDIS_URL ? parseRedisUrl(environment.REDIS_URL) : undefined)),
    mail: {
      host: environment.SMTP_HOST || undefined,
      port: read(() => wholeNumber(environment, 'SMTP_PORT', 587, 1, 65535)),
      user: environment.SMTP_USER || undefined,
      passwordSet: Boolean(environment.SMTP_PASS),
      support: environment.SUPPORT_EMAIL || undefined,
    },
    home: environment.MINUSNOW_HOME || '/opt/minusnow',
    drainSeconds: read(() => wholeNumber(environment, 'DRAIN_SECONDS', 2, 0, 600)),
  };
  if (problems.length > 0) throw new ConfigurationError(problems.join('; '));
  return Object.freeze(configuration);
}

function wholeNumber(environment, name, preset, least, most) {
  const text = environment[name];
  if (text === undefined || text === '') return preset;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new ConfigurationError(`${name} must be a whole number from ${least} to ${most}`);
  }
  return value;
}

function webAddress(text) {
  if (!text) return undefined;
  const address = URL.canParse(text) ? new URL(text) : undefined;
  if (!address || !['http:', 'https:'].includes(address.protocol)) {
    throw new ConfigurationError('APP_BASE_URL must be an http or https address');
  }
  return text.replace(/\/+$/, '');
}

function sessionSecret(text = '') {
  if (text.length < SHORTEST_SECRET) {
    throw new ConfigurationError(
      `SESSION_SECRET must have at least ${SHORTEST_SECRET} characters, it has ${text.length}`,
    );
  }
  return text;
}

function sessionStore({ SESSION_STORE: store, REDIS_URL: redis }) {
  if (!['redis', 'memory', '', undefined].includes(store)) {
    throw new ConfigurationError('SESSION_STORE must be redis or memory');
  }
  if (store === 'redis' && !redis) {
    throw new ConfigurationError('SESSION_STORE=redis needs REDIS_URL');
  }
  return store || (redis ? 'redis' : 'memory');
}
