import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type JournalRecord, RecordKind } from '../../../src/shard/journal/journal-record.js';
import { deadlineOf, isActive, Replay } from '../../../src/shard/journal/replay.js';
import { SessionTable } from '../../../src/shard/session-table.js';
import { slotsOfShard } from '../../../src/slots.js';

const SHARDS = 7;
const SHARD = 3;

interface State {
  value: string;
  deadline: number;
  active: boolean;
  ended: boolean;
}

class Replayed {
  readonly table = new SessionTable({ slots: slotsOfShard(SHARD, SHARDS) });
  readonly replay = new Replay({ table: this.table, shards: SHARDS });

  apply(records: readonly JournalRecord[]): this {
    for (const record of records) this.replay.apply(record);
    return this;
  }

  get states(): Map<string, State> {
    const { table } = this;
    const states = new Map<string, State>();
    for (let slot = 0; slot < slotsOfShard(SHARD, SHARDS); slot++) {
      for (const entry of table.entriesOf(slot)) {
        assert.equal(table.slotOf(entry), slot);
        const inRow = table.rows.deadlines.get(entry);
        states.set(table.idOf(entry), {
          value: table.valueOf(entry),
          deadline: deadlineOf(inRow),
          active: isActive(inRow),
          ended: table.isEnded(entry),
        });
      }
    }
    return new Map([...states].sort(([one], [other]) => (one < other ? -1 : 1)));
  }
}

/** What the records say, in the plainest way. */
function modelOf(records: readonly JournalRecord[]): Map<string, State> {
  const states = new Map<string, State>();
  for (const { kind, argument, id, value } of records) {
    const state = states.get(id);
    if (kind === RecordKind.SET || kind === RecordKind.SET_INACTIVE) {
      states.set(id, { value, deadline: argument, active: kind === RecordKind.SET, ended: false });
    } else if (kind === RecordKind.CLEAR) {
      states.clear();
    } else if (kind === RecordKind.EXPIRED) {
      for (const [one, { deadline }] of [...states]) if (deadline <= argument) states.delete(one);
    } else if (kind === RecordKind.START) {
      for (const one of states.values()) {
        if (one.active) Object.assign(one, { active: false, deadline: argument });
      }
    } else if (state !== undefined) {
      if (kind === RecordKind.ACTIVE) Object.assign(state, { active: true, deadline: argument });
      if (kind === RecordKind.INACTIVE) Object.assign(state, { active: false, deadline: argument });
      if (kind === RecordKind.AMEND) state.value += value;
      if (kind === RecordKind.END) state.ended = true;
      if (kind === RecordKind.DELETE) states.delete(id);
    }
  }
  return new Map([...states].sort(([one], [other]) => (one < other ? -1 : 1)));
}

const IDS = ['a', '01234567-89ab-cdef-fedc-ba9876543210', 'сесія', 'x'.repeat(1024), 'a\0'];

/** Records as a store writes them: an AMEND says where the value ended. */
const history: fc.Arbitrary<JournalRecord[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom(
        ...Object.values(RecordKind).filter((kind) => kind <= RecordKind.START),
        RecordKind.AMEND,
        RecordKind.SET,
        RecordKind.SET_INACTIVE,
      ),
      session: fc.nat(IDS.length - 1),
      deadline: fc.nat(2 ** 31),
      length: fc.oneof(fc.nat(40), fc.nat(20_000)),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    const records: JournalRecord[] = [];
    for (const { kind, session, deadline, length } of steps) {
      const id = IDS[session] as string;
      const state = modelOf(records).get(id);
      const isAmend = kind === RecordKind.AMEND;
      // A store amends only what it has, and what has not ended.
      if (isAmend && (state === undefined || state.ended)) continue;
      const value = String.fromCharCode(48 + (records.length % 64)).repeat(length);
      const argument = isAmend ? (state?.value.length ?? 0) : deadline;
      const hasValue = isAmend || kind === RecordKind.SET || kind === RecordKind.SET_INACTIVE;
      const slot = SHARD + SHARDS * (session * 11);
      records.push({ kind, slot, argument, id, value: hasValue ? value : '' });
    }
    return records;
  });

test('Replay: what records say is in the table', () => {
  fc.assert(
    fc.property(history, (records) => {
      assert.deepEqual(new Replayed().apply(records).states, modelOf(records));
    }),
    { numRuns: 500 },
  );
});

test('Replay: a snapshot taken session by session while changes went on, then all these changes, is the same', () => {
  fc.assert(
    fc.property(
      history,
      fc.nat(60),
      fc.array(fc.nat(60), { minLength: 5, maxLength: 5 }),
      (records, from, visits) => {
        const snapshot: JournalRecord[] = [];
        for (const [session, visit] of visits.entries()) {
          const id = IDS[session] as string;
          // Each session is looked at somewhere between the start of the snapshot and the end of the log.
          const state = modelOf(records.slice(0, Math.max(from, visit))).get(id);
          if (state === undefined) continue;
          const { value, deadline, active, ended } = state;
          const kind = active ? RecordKind.SET : RecordKind.SET_INACTIVE;
          const slot = SHARD + SHARDS * (session * 11);
          snapshot.push({ kind, slot, argument: deadline, id, value });
          if (ended) snapshot.push({ kind: RecordKind.END, slot, argument: 0, id, value: '' });
        }
        const replayed = new Replayed().apply(snapshot).apply(records.slice(from));
        assert.deepEqual(replayed.states, modelOf(records));
      },
    ),
    { numRuns: 1_000 },
  );
});

test('Replay: EXPIRED removes what is over at that time, be it active, and nothing else', () => {
  const set = { kind: RecordKind.SET, slot: SHARD, argument: 10, id: 'active', value: 'one' };
  const inactive = { ...set, kind: RecordKind.SET_INACTIVE, id: 'inactive' };
  const later = { ...inactive, id: 'later', argument: 11 };
  const records = [set, inactive, later, { ...set, kind: RecordKind.EXPIRED, id: '', value: '' }];
  const { states } = new Replayed().apply(records);
  assert.deepEqual([...states.keys()], ['later']);
  assert.deepEqual(states, modelOf(records));
});

test('Replay: an AMEND whose beginning a repair has left out changes nothing', () => {
  const set = { kind: RecordKind.SET, slot: SHARD, argument: 5, id: 'id', value: 'one' };
  const amend = { ...set, kind: RecordKind.AMEND, argument: 10, value: 'three' };
  assert.equal(new Replayed().apply([set, amend]).states.get('id')?.value, 'one');
});
