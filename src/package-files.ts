import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { SessionStorageError } from './errors.js';

/** This file's path below the folder that the other paths start from. A bundle has another name. */
const OWN_PATH = 'package-files.js';
/** What each shard's worker runs. */
export const SHARD_WORKER = 'shard/worker.js';

/**
 * The URL of a file of this package that a worker runs; `path` starts at `src`, with the ending of the built file.
 * Throws `ERR_BUNDLED` if this code is no longer in its own file: a bundler has copied it, and not the workers' files.
 */
export function packageFile(path: string): string {
  const { href } = new URL(path, ownUrl());
  const file = fileURLToPath(href);
  if (!existsSync(file)) throw bundled(`no ${file}`);
  return href;
}

/** Throws `ERR_BUNDLED` where no worker could be started, before a store is opened for it. */
export function assertOwnFiles(): void {
  packageFile(SHARD_WORKER);
}

/** `require` as this package has it: finds what its user installed. Throws `ERR_BUNDLED` as {@link packageFile}. */
export function packageRequire(): NodeJS.Require {
  return createRequire(ownUrl());
}

/** Defined by webpack, Rspack and Next.js in what they bundle, where `import.meta.url` is that of the source file. */
declare const __webpack_require__: unknown;

/** Nothing else in `src` reads `import.meta`, which bundlers replace: esbuild with `{}` in CommonJS. */
function ownUrl(): string {
  const url: unknown = import.meta.url;
  if (typeof __webpack_require__ !== 'undefined') throw bundled('a bundle of webpack');
  if (typeof url !== 'string') throw bundled('code without import.meta.url');
  if (!url.endsWith(`/${OWN_PATH}`)) throw bundled(`the file ${url}`);
  return url;
}

function bundled(came: string): SessionStorageError {
  return new SessionStorageError(
    'ERR_BUNDLED',
    `expected the package's own files, which its worker threads run, got ${came}; if a bundler has copied ` +
      "the package into another file, declare it external: 'jstp-sharded-sessions' (see the README, Bundlers)",
  );
}
