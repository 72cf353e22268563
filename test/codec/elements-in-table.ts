import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// It stays on: V8 compiles a function when it is called, and may do so again.
setFlagsFromString('--allow-natives-syntax');
const ask: (object: object) => boolean = runInNewContext('(o) => %HasDictionaryElements(o)');

/** Whether V8 keeps the elements of an array or object in a table, where holes take no memory. */
export function elementsAreInTable(object: object): boolean {
  return ask(object);
}
