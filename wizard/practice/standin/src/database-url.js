import fs from 'node:fs';
import tls from 'node:tls';

const SHAPE = /^postgres(?:ql)?:\/\/(?:([^:@/?]*)(?::([^@/?]*))?@)?([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/;
const MODES = ['disable', 'require', 'verify-ca', 'verify-full'];

/**
 * Takes postgres://user:password@host[:port][,host[:port]...]/database?sslmode=...&sslrootcert=... apart.
 * `sslmode` means what it means to libpq: require encrypts, and checks the chain when a root
 * certificate is named; verify-full checks the server's name too. The root certificate may come from
 * PGSSLROOTCERT. Several hosts are tried in order for one that takes writes.
 */
export function parseDatabaseUrl(text, environment = {}) {
  const match = SHAPE.exec(text ?? '');
  if (!match) throw new Error('DATABASE_URL must look like postgres://user:password@host:5432/database');
  const [, user, password, hosts, database, query] = match;
  const parameters = new URLSearchParams(query ?? '');
  const mode = parameters.get('sslmode') ?? environment.PGSSLMODE ?? 'disable';
  if (!MODES.includes(mode)) {
    throw new Error(`sslmode in DATABASE_URL must be one of ${MODES.join(', ')}`);
  }
  const root = rootCertificate(parameters.get('sslrootcert') ?? environment.PGSSLROOTCERT);
  return hosts.split(',').map((part) => {
    const { host, port } = hostAndPort(part);
    return {
      host,
      port,
      user: decoded(user ?? ''),
      password: decoded(password ?? ''),
      database: decoded(database ?? ''),
      ssl: encryption(mode, root, host),
    };
  });
}

function hostAndPort(text) {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(text);
  const port = Number(match?.[3] ?? 5432);
  if (!match || port < 1 || port > 65535) throw new Error('DATABASE_URL holds a malformed host or port');
  return { host: match[1] ?? match[2], port };
}

function rootCertificate(file) {
  if (!file || file === 'system') return undefined;
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`the root certificate ${file} cannot be read (${error.code})`);
  }
}

function encryption(mode, ca, host) {
  if (mode === 'disable') return false;
  const checkChain = mode !== 'require' || ca !== undefined;
  return {
    ca,
    rejectUnauthorized: checkChain,
    // The name is checked here because the driver does not hand an IP address on to be checked.
    checkServerIdentity: (_, certificate) =>
      mode === 'verify-full' ? tls.checkServerIdentity(host, certificate) : undefined,
  };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Error('DATABASE_URL holds a % that begins no percent-encoded character');
  }
}
