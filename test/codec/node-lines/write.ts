import { writeFileSync } from 'node:fs';
import { KINDS } from './kinds.js';
import { NODE_LINE, pathOfLine, type StoredKinds, storedKind } from './stored-kind.js';

// Writes what this line of Node.js stores, for all lines to read; see README.md.
const kinds: StoredKinds = {};
for (const [name, kind] of KINDS) {
  if (kind.needs?.isThere !== false) kinds[name] = storedKind(kind);
}
writeFileSync(pathOfLine(NODE_LINE), `${JSON.stringify(kinds, undefined, 2)}\n`);
console.log(`${Object.keys(kinds).length} kinds of Node.js ${process.version}`);
