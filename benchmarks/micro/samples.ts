import type { Sample } from '../report/results.js';
import type { Measurement } from './measure.js';
import type { GroupResult } from './report.js';

/** Who encodes and decodes by which cases. */
const CODECS = [
  { subject: 'sharded', encode: 'SessionCodec.encode', decode: 'SessionCodec.decode' },
  { subject: 'built-in strings', encode: 'Session.toString', decode: 'Session.fromString' },
];

/** As the runs of scenarios: `micro` has each case as a subject, `codec` those that convert sessions. */
export function samplesOf(results: readonly GroupResult[]): Sample[] {
  const cases = results.flatMap(({ group, measurements }) =>
    measurements.map(({ name, nsPerOperation, marginPercent }) => ({
      scenario: 'micro',
      variant: group.title,
      subject: name,
      metrics: { nsPerOperation, marginPercent },
    })),
  );
  return [...codecSamples(results.flatMap(({ measurements }) => measurements)), ...cases];
}

function codecSamples(measurements: readonly Measurement[]): Sample[] {
  return CODECS.map(({ subject, encode, decode }) => {
    const packNs = nsOf(measurements, encode);
    const unpackNs = nsOf(measurements, decode);
    const metrics = { packUnpackNs: packNs + unpackNs, packNs, unpackNs };
    return { scenario: 'codec', variant: 'typical session', subject, metrics };
  });
}

function nsOf(measurements: readonly Measurement[], name: string): number {
  const found = measurements.find((measurement) => measurement.name === name);
  if (found === undefined) throw new Error(`expected a measurement of ${name}`);
  return found.nsPerOperation;
}
