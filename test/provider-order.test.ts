import assert from 'node:assert/strict';
import { test } from 'node:test';
import jstp from '@metarhia/jstp';
import fc from 'fast-check';
import { IN_FLIGHT_BOUNDS } from '../src/facade/in-flight-bounds.js';
import type { JstpSession } from '../src/index.js';
import { createTestProvider, type TestProvider } from './twins/test-provider.js';

type Step =
  | { kind: 'set' | 'setInactive' | 'get' | 'getByCallback' | 'delete' | 'message'; id: string }
  | { kind: 'clear' | 'turn' | 'size' }
  | { kind: 'hold' | 'release'; shard: number };

const IDS = ['a', 'b', 'c', 'd'];
const anyStep = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'set',
        'set',
        'setInactive',
        'get',
        'getByCallback',
        'delete',
        'message',
      ),
      id: fc.constantFrom(...IDS),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('turn') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('clear', 'size') }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('hold', 'release'), shard: fc.nat(1) }),
  },
) as fc.Arbitrary<Step>;

interface Stored {
  readonly version: number;
  readonly messages: number[];
}

/**
 * The provider beside a plain Map. Each read must answer what the Map said when the read was called,
 * whatever was called since and however late the shards hear of it.
 */
class OrderModel {
  readonly #provider: TestProvider;
  readonly #stored = new Map<string, Stored>();
  // The object that was set last for each id, as the host still holds it.
  readonly #objects = new Map<string, { session: jstp.Session; version: number }>();
  readonly #checks: Promise<void>[] = [];
  #version = 0;

  constructor(provider: TestProvider) {
    this.#provider = provider;
  }

  apply(step: Step): void {
    const { provider, clock, shards } = this.#provider;
    switch (step.kind) {
      case 'set':
        this.#set(step.id);
        break;
      case 'setInactive':
        this.#checks.push(provider.setInactive(step.id));
        break;
      case 'get':
        this.#check(provider.get(step.id), step.id);
        break;
      case 'getByCallback':
        this.#check(new Promise((resolve) => provider.get(step.id, resolve)), step.id);
        break;
      case 'delete':
        this.#delete(step.id);
        break;
      case 'message':
        this.#message(step.id);
        break;
      case 'clear':
        this.#stored.clear();
        this.#checks.push(provider.clear());
        break;
      case 'size':
        this.#size();
        break;
      case 'turn':
        clock.runTurn();
        break;
      case 'hold':
        shards.hold(step.shard);
        break;
      case 'release':
        shards.release(step.shard);
    }
  }

  async checkEnd(): Promise<void> {
    const { provider, shards, finish } = this.#provider;
    shards.releaseAll();
    for (const id of IDS) this.#check(provider.get(id), id);
    await finish(Promise.all(this.#checks));
  }

  #set(id: string): void {
    const version = ++this.#version;
    const session = new jstp.Session({ _closed: true }, 'user', id);
    session.set('version', version);
    this.#checks.push(this.#provider.provider.set(id, session));
    this.#stored.set(id, { version, messages: [] });
    this.#objects.set(id, { session, version });
  }

  #delete(id: string): void {
    const existed = this.#stored.delete(id);
    const deleted = this.#provider.provider.delete(id);
    this.#checks.push(deleted.then((result) => assert.equal(result, existed)));
  }

  #message(id: string): void {
    const object = this.#objects.get(id);
    if (object === undefined) return;
    const number = object.session.buffer.size + 1;
    object.session._bufferMessage(-number, 'message');
    const stored = this.#stored.get(id);
    if (stored?.version === object.version) stored.messages.push(number);
  }

  #size(): void {
    const expected = this.#stored.size;
    const size = this.#provider.provider.size();
    this.#checks.push(size.then((result) => assert.equal(result, expected)));
  }

  /** Messages that came while the answer was under way may be there as well. */
  #check(get: Promise<JstpSession | undefined>, id: string): void {
    const stored = this.#stored.get(id);
    const expected = stored && { version: stored.version, messages: [...stored.messages] };
    const check = (session: JstpSession | undefined) => {
      assert.equal(session?.get('version'), expected?.version);
      const messages = [...(session?.buffer.keys() ?? [])];
      assert.deepEqual(messages.slice(0, expected?.messages.length), expected?.messages ?? []);
      assert.deepEqual(messages, stored?.messages.slice(0, messages.length) ?? []);
    };
    this.#checks.push(get.then(check));
  }
}

/** With the smallest, each value has a reply of its own, and the shard waits for each to be read. */
for (const replyBytesMax of [IN_FLIGHT_BOUNDS.replyBytesMax, 20]) {
  const bounds = { ...IN_FLIGHT_BOUNDS, replyBytesMax };
  for (const shards of [1, 2, 7]) {
    test(`reads see the writes before them, and only those, whatever goes on; ${shards} shards, replies of ${replyBytesMax} bytes`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyStep, { maxLength: 100 }), async (steps) => {
          const model = new OrderModel(createTestProvider({ shards }, bounds));
          for (const step of steps) model.apply(step);
          await model.checkEnd();
        }),
        { numRuns: 150 },
      );
    });
  }
}
