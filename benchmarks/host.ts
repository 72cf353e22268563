import { createRequire } from 'node:module';
import type jstp from '@metarhia/jstp';

/** What mdsf, JSTP's parser, prints when its optional native addon is not built. */
const ADDON_NOTICE = /build\/(?:Release|Debug)\/mdsf/;

/** `@metarhia/jstp` without that notice; whatever else is said while it loads is passed on. */
export const host: typeof jstp = loadHost();

function loadHost(): typeof jstp {
  const { warn } = console;
  console.warn = (...words: unknown[]) => {
    if (!ADDON_NOTICE.test(String(words[0]))) warn(...words);
  };
  try {
    return createRequire(import.meta.url)('@metarhia/jstp');
  } finally {
    console.warn = warn;
  }
}
