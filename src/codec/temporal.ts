/**
 * The classes of `Temporal`, which Node.js has from version 26 on and `structuredClone` refuses.
 * The position in this list is stored: append only.
 */
const NAMES = [
  'Instant',
  'ZonedDateTime',
  'PlainDate',
  'PlainTime',
  'PlainDateTime',
  'PlainYearMonth',
  'PlainMonthDay',
  'Duration',
] as const;

type Name = (typeof NAMES)[number];

/** One Temporal value in the form in which it is stored. */
export interface StoredTemporal {
  /** Position of its class in the list of classes. */
  readonly classIndex: number;
  /** One-byte characters. */
  readonly text: string;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Of one class: its constructor, and what its prototype had when this module was loaded. */
interface NativeClass {
  readonly create: (...args: unknown[]) => object;
  readonly from: (text: string) => object;
  readonly prototype: object;
  /** Each calls a method or getter of the class itself, and not what an object has in its place. */
  readonly call: (method: string, object: object, ...args: unknown[]) => string;
  readonly read: (field: string, object: object) => unknown;
}

const NATIVE_CLASSES = NAMES.map(nativeClass);
const INDEX_BY_PROTOTYPE = new Map<unknown, number>();
for (const [index, native] of NATIVE_CLASSES.entries()) {
  if (native !== undefined) INDEX_BY_PROTOTYPE.set(native.prototype, index);
}
const INDEX_BY_TAG = new Map<unknown, number>(
  NAMES.map((name, index) => [`Temporal.${name}`, index]),
);

/** Whether this Node.js has Temporal values at all. */
export const hasTemporal = INDEX_BY_PROTOTYPE.size > 0;

/** `undefined` unless the class is built into this Node.js: objects of a polyfill are like any others. */
function nativeClass(name: Name): NativeClass | undefined {
  const { Temporal } = globalThis as { Temporal?: Record<string, unknown> };
  const Class = Temporal?.[name];
  if (typeof Class !== 'function') return undefined;
  if (!Function.prototype.toString.call(Class).includes('[native code]')) return undefined;
  const prototype: object = Class.prototype;
  const own = Object.getOwnPropertyDescriptors(prototype) as Record<string, PropertyDescriptor>;
  const from = (Class as unknown as { from: Method }).from;
  return {
    create: (...args) => Reflect.construct(Class, args),
    from: (text) => Reflect.apply(from, Class, [text]) as object,
    prototype,
    call: (method, object, ...args) => String(Reflect.apply(own[method]?.value, object, args)),
    read: (field, object) => Reflect.apply(own[field]?.get as Method, object, []),
  };
}

/** The stored form of an object that is directly of one of the classes, of this realm; quick. */
export function storedTemporalOf(object: object): StoredTemporal | undefined {
  const classIndex = INDEX_BY_PROTOTYPE.get(Object.getPrototypeOf(object));
  return classIndex === undefined ? undefined : store(classIndex, object);
}

/**
 * The stored form of any Temporal object, also of a subclass or another realm: it comes back as an object
 * of the class itself, as `structuredClone` does for subclasses of Map. `tag`: a `Symbol.toStringTag` of its
 * prototypes.
 */
export function storedTemporalOfTag(object: object, tag: string): StoredTemporal | undefined {
  const classIndex = INDEX_BY_TAG.get(tag);
  return classIndex === undefined ? undefined : store(classIndex, object);
}

/** `undefined` for an object that has the prototype of the class and is not of it. */
function store(classIndex: number, object: object): StoredTemporal | undefined {
  const native = NATIVE_CLASSES[classIndex];
  const name = NAMES[classIndex];
  if (native === undefined || name === undefined) return undefined;
  try {
    return { classIndex, text: FORMATS[name].write(native, object) };
  } catch {
    // A method of a built-in class throws for any other object, and for no other reason.
    return undefined;
  }
}

/** Throws for a class that is unknown or not of this Node.js, and for a text that means no value of it. */
export function restoreTemporal(classIndex: number, text: string): object {
  const name = NAMES[classIndex];
  if (name === undefined) {
    throw new TypeError(`expected the number of a Temporal class, got ${classIndex}`);
  }
  const native = NATIVE_CLASSES[classIndex];
  if (native === undefined) {
    throw new TypeError(
      `Temporal.${name}: expected a Node.js that has Temporal (26 or later), got ${process.version}`,
    );
  }
  return FORMATS[name].read(native, text);
}

interface Format {
  write(native: NativeClass, object: object): string;
  read(native: NativeClass, text: string): object;
}

/** What `toString` gives says all, and `from` reads it. */
const ISO: Format = {
  write: (native, object) => native.call('toString', object),
  read: (native, text) => native.from(text),
};

/**
 * The exact time and not the local one with its offset: the rules of the time zone may be others where it is
 * read, and an offset may have seconds, which `toString` leaves out.
 */
const EXACT_TIME: Format = {
  write(native, object) {
    const zone = native.read('timeZoneId', object);
    const calendar = native.read('calendarId', object);
    return `${native.call('toInstant', object)}[${zone}][u-ca=${calendar}]`;
  },
  read: (native, text) => native.from(text),
};

const CALENDAR_ALWAYS = { calendarName: 'always' };
const ISO_DATE_WITH_CALENDAR = /^([+-]\d{6}|\d{4})-(\d\d)-(\d\d)\[u-ca=([^\]]+)\]$/;

/** A year and month, or month and day, refers to a whole ISO date, of which `from` would keep a part. */
function isoDateFormat(
  argumentsOf: (year: number, month: number, day: number, calendar: string) => unknown[],
): Format {
  return {
    write: (native, object) => native.call('toString', object, CALENDAR_ALWAYS),
    read(native, text) {
      const [, year, month, day, calendar] = ISO_DATE_WITH_CALENDAR.exec(text) ?? [];
      if (calendar === undefined) throw new RangeError('expected an ISO date with a calendar');
      return native.create(...argumentsOf(Number(year), Number(month), Number(day), calendar));
    },
  };
}

const DURATION_FIELDS = [
  ...['years', 'months', 'weeks', 'days', 'hours', 'minutes', 'seconds'],
  ...['milliseconds', 'microseconds', 'nanoseconds'],
];

/** Its ten numbers: as a text in ISO form, 1,500 milliseconds would be 1 second and 500 milliseconds. */
const DURATION: Format = {
  write: (native, object) => DURATION_FIELDS.map((field) => native.read(field, object)).join(),
  read(native, text) {
    const numbers = text.split(',').map(Number);
    if (numbers.length === DURATION_FIELDS.length) return native.create(...numbers);
    throw new RangeError(
      `expected a duration of ${DURATION_FIELDS.length} numbers, got ${numbers.length}`,
    );
  },
};

const FORMATS: Record<Name, Format> = {
  Instant: ISO,
  ZonedDateTime: EXACT_TIME,
  PlainDate: ISO,
  PlainTime: ISO,
  PlainDateTime: ISO,
  PlainYearMonth: isoDateFormat((year, month, day, calendar) => [year, month, calendar, day]),
  PlainMonthDay: isoDateFormat((year, month, day, calendar) => [month, day, calendar, year]),
  Duration: DURATION,
};
