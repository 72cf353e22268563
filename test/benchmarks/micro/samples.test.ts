import assert from 'node:assert/strict';
import { test } from 'node:test';
import { samplesOf } from '../../../benchmarks/micro/samples.js';

function groupOf(title: string, ns: Readonly<Record<string, number>>) {
  const measurements = Object.entries(ns).map(([name, nsPerOperation]) => ({
    name,
    nsPerOperation,
    marginPercent: 1,
  }));
  return { group: { title, cases: [], compared: true }, measurements };
}

const ENCODE = groupOf('encode', { 'Session.toString': 3_400, 'SessionCodec.encode': 900 });
const DECODE = groupOf('decode', { 'Session.fromString': 9_300, 'SessionCodec.decode': 700 });

test('samplesOf, both ways of a codec: their sum, for each codec', () => {
  const [sharded, strings] = samplesOf([ENCODE, DECODE]);

  assert.equal(sharded?.subject, 'sharded');
  assert.deepEqual(sharded?.metrics, { packUnpackNs: 1_600, packNs: 900, unpackNs: 700 });
  assert.equal(strings?.subject, 'built-in strings');
  assert.deepEqual(strings?.metrics, { packUnpackNs: 12_700, packNs: 3_400, unpackNs: 9_300 });
});

test('samplesOf, each case: a subject of the scenario micro', () => {
  const micro = samplesOf([ENCODE, DECODE]).filter(({ scenario }) => scenario === 'micro');

  assert.deepEqual(
    micro.map(({ variant, subject }) => `${variant}: ${subject}`),
    [
      'encode: Session.toString',
      'encode: SessionCodec.encode',
      'decode: Session.fromString',
      'decode: SessionCodec.decode',
    ],
  );
});

test('samplesOf, a conversion that was not measured: refused by name', () => {
  assert.throws(() => samplesOf([ENCODE]), /SessionCodec\.decode/);
});
