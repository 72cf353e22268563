import { parseArgs } from 'node:util';

/** Numbers that may be given as `--name value`, with what they are else. */
export function readNumbers<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
): Record<Name, number> {
  const names = Object.keys(defaults) as Name[];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ options });
  const numbers: Record<Name, number> = { ...defaults };
  for (const name of names) {
    const text = values[name];
    if (typeof text !== 'string') continue;
    const number = Number(text);
    if (!Number.isInteger(number) || number < 1) {
      throw new RangeError(`--${name}: expected a whole number from 1, got ${text}`);
    }
    numbers[name] = number;
  }
  return numbers;
}
