import crypto from 'node:crypto';

const NAME = 'minusnow.sid';

/** The Set-Cookie header that carries a signed session id. */
export function sessionCookie(id, secret, { secure, seconds }) {
  const value = `${id}.${signature(id, secret)}`;
  const parts = [`${NAME}=${value}`, 'Path=/', `Max-Age=${seconds}`, 'HttpOnly', 'SameSite=Lax'];
  if (secure) parts.push('Secure');
  return parts.join('; ');
}

/** The session id in a Cookie header, or undefined when there is none with a valid signature. */
export function sessionIdIn(header = '', secret) {
  for (const part of header.split(';')) {
    const [name, value = ''] = part.trim().split('=', 2);
    if (name !== NAME) continue;
    const [id, given = ''] = value.split('.', 2);
    const wanted = Buffer.from(signature(id, secret));
    const seen = Buffer.from(given);
    if (seen.length === wanted.length && crypto.timingSafeEqual(seen, wanted)) return id;
  }
  return undefined;
}

function signature(id, secret) {
  return crypto.createHmac('sha256', secret).update(id).digest('base64url');
}
