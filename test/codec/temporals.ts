/** What the tests use of it; the types of Node.js 20 have none. */
interface TemporalClass {
  new (...args: unknown[]): object;
  from(text: string): object;
  fromEpochMilliseconds(unixMs: number): object;
  readonly prototype: object;
}

export const Temporal = (globalThis as { Temporal?: Record<string, TemporalClass> }).Temporal;

/** For the options of a test that needs Temporal values. */
export const needsTemporal = { skip: Temporal === undefined && 'this Node.js has no Temporal' };

export function temporalClass(name: string): TemporalClass {
  const Class = Temporal?.[name];
  if (Class === undefined) throw new Error(`no Temporal.${name}`);
  return Class;
}

/** At least one of each class, in the order of their stored numbers; with the extremes of each. */
export const TEMPORALS: Record<string, readonly [name: string, ...args: unknown[]]> = {
  instant: ['Instant', 1_700_000_000_123_456_789n],
  'first instant': ['Instant', -8_640_000_000_000_000_000_000n],
  'last instant': ['Instant', 8_640_000_000_000_000_000_000n],
  'zoned time': ['ZonedDateTime', 1_700_000_000_123_456_789n, 'Europe/Kyiv'],
  'zoned time of a calendar': ['ZonedDateTime', 0n, 'Asia/Tokyo', 'japanese'],
  'zoned time whose offset has seconds': ['ZonedDateTime', 0n, 'Africa/Monrovia'],
  'zoned time of an alias': ['ZonedDateTime', 1n, 'Asia/Calcutta'],
  'zoned time of an offset': ['ZonedDateTime', 1n, '-23:59'],
  'zoned time that is there twice, earlier': [
    'ZonedDateTime',
    1_698_541_200_000_000_000n,
    'Europe/Kyiv',
  ],
  'zoned time that is there twice, later': [
    'ZonedDateTime',
    1_698_544_800_000_000_000n,
    'Europe/Kyiv',
  ],
  'first zoned time': ['ZonedDateTime', -8_640_000_000_000_000_000_000n, '-23:59'],
  'last zoned time': ['ZonedDateTime', 8_640_000_000_000_000_000_000n, '+23:59', 'hebrew'],
  date: ['PlainDate', 2026, 2, 28],
  'date of a calendar': ['PlainDate', 2024, 2, 29, 'hebrew'],
  'first date': ['PlainDate', -271_821, 4, 19],
  'last date': ['PlainDate', 275_760, 9, 13],
  time: ['PlainTime', 12, 34, 56, 789, 12, 345],
  midnight: ['PlainTime'],
  'last time': ['PlainTime', 23, 59, 59, 999, 999, 999],
  'date and time': ['PlainDateTime', 2026, 11, 28, 1, 2, 3, 4, 5, 6],
  'date and time of a calendar': ['PlainDateTime', 2026, 11, 28, 1, 2, 3, 0, 0, 0, 'chinese'],
  'first date and time': ['PlainDateTime', -271_821, 4, 19, 0, 0, 0, 0, 0, 1],
  'year and month': ['PlainYearMonth', 2026, 11],
  'year and month of a calendar': ['PlainYearMonth', 2024, 2, 'hebrew', 10],
  'year and month with a day of its own': ['PlainYearMonth', 2026, 11, 'iso8601', 15],
  'last year and month': ['PlainYearMonth', 275_760, 9, 'gregory', 30],
  'first year and month': ['PlainYearMonth', -271_821, 4],
  'month and day': ['PlainMonthDay', 2, 29],
  'month and day of a calendar': ['PlainMonthDay', 2, 26, 'hebrew', 1970],
  'month and day of a far year': ['PlainMonthDay', 1, 1, 'iso8601', 275_760],
  duration: ['Duration', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  'duration of 1,500 ms': ['Duration', 0, 0, 0, 0, 0, 0, 0, 1_500],
  'duration of no time': ['Duration'],
  'negative duration': ['Duration', 0, 0, 0, -400, -30, 0, 0, 0, 0, -1],
  'longest duration': ['Duration', 0, 0, 0, 0, 0, 0, Number.MAX_SAFE_INTEGER, 0, 0, 0],
  'duration of many nanoseconds': ['Duration', 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 ** 80],
};

export function makeTemporal([name, ...args]: readonly [name: string, ...args: unknown[]]): object {
  return new (temporalClass(name))(...args);
}

type PropertyDescriptors = Record<string, PropertyDescriptor>;

/** All that can be read of a Temporal object; `undefined` for any other object. */
export function temporalContents(object: object): unknown[] | undefined {
  const name = Object.prototype.toString.call(object).slice('[object Temporal.'.length, -1);
  const prototype = Temporal?.[name]?.prototype;
  if (prototype === undefined || !Object.hasOwn(prototype, 'toString')) return undefined;
  // The day of the first and last times has no length.
  const { hoursInDay: _, ...own } = Object.getOwnPropertyDescriptors(
    prototype,
  ) as PropertyDescriptors;
  const properties = Object.entries(own);
  const fields = properties.flatMap(([key, { get }]) => (get ? [[key, get.call(object)]] : []));
  const text: unknown = Reflect.apply(Reflect.get(prototype, 'toString'), object, [
    { calendarName: 'always' },
  ]);
  return [name, text, ...fields];
}
