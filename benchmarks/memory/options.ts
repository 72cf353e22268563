import { parseArgs } from 'node:util';
import { readProcessResources } from '../../src/process-resources.js';
import { isShapeName, SHAPE_NAMES, type ShapeName } from './shapes.js';

export const HELP = `Fills a shard beyond its byte budget, replaces values for a while, and prints what the process took.

  node dist/benchmarks/memory/main.js [--shape ${SHAPE_NAMES.join('|')}] [--max-bytes N] [--through shard|provider]

  --shape      what the sessions look like; default: typical
  --max-bytes  the budget; default: half of the memory that the process may use
  --through    one shard on its own, which is quick, or the whole provider; default: shard`;

export interface MemoryOptions {
  readonly shape: ShapeName;
  readonly bytesMax: number;
  /** It was not given. */
  readonly byDefault: boolean;
  readonly through: 'shard' | 'provider';
}

/** `undefined` when help is asked for. */
export function readOptions(args: readonly string[]): MemoryOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      shape: { type: 'string', default: 'typical' },
      'max-bytes': { type: 'string' },
      through: { type: 'string', default: 'shard' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const byDefault = values['max-bytes'] === undefined;
  const bytesMax = byDefault
    ? Math.floor(readProcessResources().memoryBytes / 2)
    : Number(values['max-bytes']);
  const { through } = values;
  if (through !== 'shard' && through !== 'provider') throw new Error(`--through: got ${through}`);
  if (!isShapeName(values.shape)) throw new Error(`--shape: got ${values.shape}`);
  if (!Number.isSafeInteger(bytesMax) || bytesMax < 1) {
    throw new Error(`--max-bytes: expected a whole number, got ${values['max-bytes']}`);
  }
  return { shape: values.shape, bytesMax, byDefault, through };
}
