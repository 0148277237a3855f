import { HttpError } from './http-error.js';

const LARGEST_JSON = 64 * 1024;

/** Reads a small JSON object from a request. */
export async function readJson(request) {
  const chunks = [];
  let size = 0;
  // Refused halfway, the request stays open for the answer that says so.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > LARGEST_JSON) throw new HttpError(413, 'the body is larger than 64 KiB');
    chunks.push(chunk);
  }
  let value;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new HttpError(400, 'the body must be JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HttpError(400, 'the body must be a JSON object');
  }
  return value;
}

/** A text field of a body, trimmed; refuses an empty one unless a preset is given, and a long one. */
export function textField(body, name, longest, preset) {
  const value = body[name] ?? preset;
  const text = typeof value === 'string' ? value.trim() : undefined;
  if (text === undefined || text.length > longest || (text === '' && preset === undefined)) {
    throw new HttpError(400, `${name} must be a text of 1 to ${longest} characters`);
  }
  return text;
}

/** Answers with JSON that nobody caches. */
export function sendJson(response, status, value, headers = {}) {
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(`${JSON.stringify(value)}\n`);
}
