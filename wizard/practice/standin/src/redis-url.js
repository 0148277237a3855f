/** Takes redis://[user][:password]@host[:port][/number] apart; rediss:// means TLS. */
export function parseRedisUrl(text) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['redis:', 'rediss:'].includes(url.protocol) || !url.hostname) {
    throw new Error('REDIS_URL must look like redis://:password@host:6379');
  }
  const index = url.pathname.replace(/^\//, '');
  if (!/^\d*$/.test(index)) throw new Error('REDIS_URL must end in a database number or in nothing');
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 6379),
    username: decoded(url.username) || undefined,
    password: decoded(url.password) || undefined,
    db: Number(index || 0),
    tls: url.protocol === 'rediss:' ? {} : undefined,
  };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Error('REDIS_URL holds a % that begins no percent-encoded character');
  }
}
