import fs from 'node:fs';
import path from 'node:path';

/** The unpacked release: the directory above dist/, where both bundles lie. */
export const releaseDirectory = path.dirname(__dirname);

/** The version of this release, from its package.json. */
export const version = JSON.parse(
  fs.readFileSync(path.join(releaseDirectory, 'package.json'), 'utf8'),
).version;
