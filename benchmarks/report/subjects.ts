export const OURS = 'sharded';
export const BUILT_IN = 'built-in';

/** The palette of Okabe and Ito, which readers tell apart whatever colors they see. */
const COLORS: Readonly<Record<string, string>> = {
  [OURS]: '#0072b2',
  'journal never': '#332288',
  'journal everysec': '#4477aa',
  'journal always': '#88ccee',
  redis: '#aa3377',
  [BUILT_IN]: '#d55e00',
  'built-in strings': '#e69f00',
  memorystore: '#cc79a7',
  lmdb: '#009e73',
  'lmdb disk': '#117733',
  'lmdb synced': '#44aa99',
  ioredis: '#56b4e9',
  'node-redis': '#6a51a3',
  map: '#000000',
};
const OTHER_COLOR = '#777777';

/** They do not do the work, and show what is left when nobody does. */
const BOUNDS: ReadonlySet<string> = new Set(['map', 'none', 'ping-pong']);

export function colorOf(subject: string): string {
  return COLORS[subject] ?? OTHER_COLOR;
}

/** Ours, with another store. */
function isOurs(subject: string): boolean {
  return subject === OURS || subject === 'redis' || subject.startsWith('journal ');
}

/** Whether ours is compared with it: it does what a store has to do, and is not ours. */
export function isPeer(subject: string): boolean {
  return !isOurs(subject) && !BOUNDS.has(subject);
}

/** Each once: ours first, the others in the order of the palette, unknown ones as they come. */
export function inOrder(subjects: Iterable<string>): string[] {
  const given = new Set(subjects);
  const known = Object.keys(COLORS);
  const unknown = [...given].filter((subject) => !known.includes(subject));
  return [...known.filter((subject) => given.has(subject)), ...unknown];
}
