import crypto from 'node:crypto';
import { node } from './log.js';

/** How long a session lives after it was last seen, in seconds. */
export const SESSION_SECONDS = 8 * 3600;

const newId = () => crypto.randomBytes(24).toString('base64url');

/** Sessions every node shares, one Redis hash each. */
export class RedisSessions {
  kind = 'redis';

  constructor(redis) {
    this.redis = redis;
  }

  async create(user) {
    const id = newId();
    const fields = { user, createdAt: new Date().toISOString(), createdOn: node, seen: 0 };
    const key = this.key(id);
    await settled(this.redis.multi().hset(key, fields).expire(key, SESSION_SECONDS));
    return id;
  }

  /** The session, counted as seen once more, or undefined when it is unknown or has expired. */
  async visit(id) {
    const fields = await this.redis.hgetall(this.key(id));
    if (!fields.user) return undefined;
    const key = this.key(id);
    const [seen] = await settled(
      this.redis.multi().hincrby(key, 'seen', 1).expire(key, SESSION_SECONDS),
    );
    return { ...fields, seen };
  }

  end(id) {
    return this.redis.del(this.key(id));
  }

  key(id) {
    return `minusnow:session:${id}`;
  }
}

/** Sessions of this process alone: lost when it ends, unknown to other nodes. */
export class MemorySessions {
  kind = 'memory';

  constructor() {
    this.sessions = new Map();
  }

  async create(user) {
    this.forgetExpired();
    const id = newId();
    const session = { user, createdAt: new Date().toISOString(), createdOn: node, seen: 0 };
    this.sessions.set(id, { session, expires: this.expiry() });
    return id;
  }

  async visit(id) {
    this.forgetExpired();
    const entry = this.sessions.get(id);
    if (!entry) return undefined;
    entry.expires = this.expiry();
    entry.session.seen += 1;
    return { ...entry.session };
  }

  async end(id) {
    this.sessions.delete(id);
  }

  expiry() {
    return Date.now() + SESSION_SECONDS * 1000;
  }

  forgetExpired() {
    const now = Date.now();
    for (const [id, entry] of this.sessions) if (entry.expires < now) this.sessions.delete(id);
  }
}

// A transaction's failed command is a value in its results, not a rejection.
async function settled(transaction) {
  const results = await transaction.exec();
  return results.map(([error, value]) => {
    if (error) throw error;
    return value;
  });
}
