import { type CloneBytes, unexpected } from './clone-bytes.js';
import * as tag from './clone-tags.js';

/** What follows the tag of an error. Its cause is stored elsewhere. */
export function readError(bytes: CloneBytes): Error {
  let Class: ErrorConstructor = Error;
  let message: string | undefined;
  let stack: string | undefined;
  for (let kind = bytes.byte(); kind !== tag.ERROR_END; kind = bytes.byte()) {
    if (kind === tag.ERROR_MESSAGE) message = bytes.taggedText();
    else if (kind === tag.ERROR_STACK) stack = bytes.taggedText();
    else Class = tag.ERROR_CLASSES.get(kind) ?? refuse(bytes, kind);
  }
  const error = withoutTrace(() => (message === undefined ? new Class() : new Class(message)));
  if (Object.hasOwn(error, 'stack')) error.stack = stack as string;
  else Object.defineProperty(error, 'stack', { configurable: true, writable: true, value: stack });
  return error;
}

function refuse(bytes: CloneBytes, kind: number): never {
  throw unexpected('a part of an error', bytes.at, kind);
}

/** The trace of this place would be thrown away, and takes longer than all else. */
function withoutTrace<T>(run: () => T): T {
  const { stackTraceLimit } = Error;
  // False where it cannot be set, as with `--frozen-intrinsics`.
  const isSet = Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return run();
  } finally {
    if (isSet) Error.stackTraceLimit = stackTraceLimit;
  }
}
