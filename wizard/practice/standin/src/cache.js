import Redis from 'ioredis';
import { describe, log } from './log.js';

const LONGEST_PAUSE_MS = 1000;

/** Opens a Redis connection that keeps reconnecting, and fails at once while it is down. */
export function openCache(settings) {
  const redis = new Redis({
    ...settings,
    connectTimeout: 3000,
    commandTimeout: 2000,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: (attempt) => Math.min(attempt * 100, LONGEST_PAUSE_MS),
  });
  let last;
  redis.on('error', (error) => {
    const text = describe(error);
    if (text !== last) log('warning', 'the cache is not reachable', { error: text });
    last = text;
  });
  redis.on('ready', () => {
    last = undefined;
    log('info', 'the cache answers', { cache: `${settings.host}:${settings.port}` });
  });
  return redis;
}
