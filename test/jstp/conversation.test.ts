import assert from 'node:assert/strict';
import { it } from 'node:test';
import type jstp from '@metarhia/jstp';
import fc from 'fast-check';
import { Host } from './host.js';
import { Peer, say } from './peer.js';
import { BUILT_IN, describeEach, OURS, type Storage } from './storages.js';

const RUNS = 25;
const STEPS_MAX = 30;

/** What may happen in the life of a session. A step that makes no sense when its turn comes is skipped. */
type Step =
  | { readonly kind: 'put'; readonly key: number; readonly value: unknown }
  | { readonly kind: 'say'; readonly by: 'client' | 'server'; readonly count: number }
  | { readonly kind: 'drop'; readonly by: 'client' | 'server'; readonly lost: number }
  | { readonly kind: 'forget' | 'restart' | 'come back' };

const end = fc.constantFrom('client', 'server');
const few = fc.nat({ max: 3 });
const step = fc.oneof(
  fc.record({
    kind: fc.constant('put'),
    key: few,
    value: fc.oneof(fc.string({ unit: 'binary' }), fc.date(), fc.uniqueArray(few), fc.bigInt()),
  }),
  fc.record({ kind: fc.constant('say'), by: end, count: few }),
  fc.record({ kind: fc.constant('drop'), by: end, lost: few }),
  fc.record({ kind: fc.constantFrom('forget', 'restart', 'come back') }),
) as fc.Arbitrary<Step>;

/** Plays the steps with real connections; all that an application can see of it is told at the end. */
class Conversation {
  readonly #storage: Storage;
  readonly #said = { client: 0, server: 0 };
  readonly #received: unknown[] = [];
  #host!: Host;
  #peer!: Peer;
  // The server's end, also when it has closed and its server is gone.
  #serverSide!: jstp.Connection;
  #open = true;

  private constructor(storage: Storage) {
    this.#storage = storage;
  }

  static async play(storage: Storage, steps: readonly Step[]): Promise<unknown> {
    const conversation = new Conversation(storage);
    return conversation.#play(steps);
  }

  async #play(steps: readonly Step[]): Promise<unknown> {
    this.#host = await Host.start(this.#storage);
    try {
      this.#peer = await Peer.connect(this.#host);
      this.#serverSide = this.#peer.serverSide;
      for (const next of steps) await this.#step(next);
      await this.#step({ kind: 'come back' });
      return this.#account();
    } finally {
      await this.#host.stop();
    }
  }

  async #step(next: Step): Promise<void> {
    if (next.kind === 'put' && this.#open) this.#serverSide.session.set(next.key, next.value);
    if (next.kind === 'say') await this.#say(next.by, next.count);
    if (next.kind === 'drop' && this.#open) await this.#drop(next.by, next.lost);
    if (next.kind === 'forget' && !this.#open) this.#host.forget(this.#peer.id);
    if (next.kind === 'restart' && !this.#open) await this.#restart();
    if (next.kind === 'come back' && !this.#open) await this.#comeBack();
  }

  async #say(by: 'client' | 'server', count: number): Promise<void> {
    this.#sayAtOnce(by, count);
    if (this.#open) await this.#peer.sync();
  }

  #sayAtOnce(by: 'client' | 'server', count: number): void {
    const speaker = by === 'client' ? this.#peer.connection : this.#serverSide;
    for (let i = 0; i < count; i++) say(speaker, `${by} ${this.#said[by]++}`);
  }

  async #drop(by: 'client' | 'server', lost: number): Promise<void> {
    await this.#peer.drop(by, () => this.#sayAtOnce(by, lost));
    this.#open = false;
  }

  async #restart(): Promise<void> {
    this.#received.push(...this.#host.inbox.items);
    await this.#host.stop();
    this.#host = await Host.start(this.#storage);
  }

  async #comeBack(): Promise<void> {
    await this.#peer.restore(this.#host);
    await this.#peer.sync();
    this.#serverSide = this.#peer.serverSide;
    this.#open = true;
  }

  #account(): unknown {
    const { session } = this.#serverSide;
    return {
      clientGot: this.#peer.inbox.items,
      serverGot: [...this.#received, ...this.#host.inbox.items],
      server: accountOf(session),
      client: accountOf(this.#peer.connection.session),
    };
  }
}

function accountOf(session: jstp.Session): unknown {
  const { username, receivedCount, latestBufferedMessageId, guaranteedDeliveredCount } = session;
  const counts = { receivedCount, latestBufferedMessageId, guaranteedDeliveredCount };
  return { username, ...counts, buffer: [...session.buffer], state: [...session] };
}

describeEach(OURS, (storage) => {
  it('any conversation: all that can be seen is as with the built-in provider', async () => {
    const builtIn = BUILT_IN.create();
    const steps = fc.array(step, { maxLength: STEPS_MAX, size: 'max' });
    const property = fc.asyncProperty(steps, async (conversation) => {
      const expected = await Conversation.play(builtIn, conversation);
      assert.deepEqual(await Conversation.play(storage(), conversation), expected);
    });
    await fc.assert(property, { numRuns: RUNS });
  });
});
