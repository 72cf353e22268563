import type { SessionStorageError } from '../../src/errors.js';
import { InFlightTotal } from '../../src/facade/in-flight-total.js';
import type { Operation } from '../../src/facade/operations.js';
import { ShardChannel } from '../../src/facade/shard-channel.js';
import type { ShardPort } from '../../src/facade/shard-port.js';
import { type Batch, createReply, Op, type Reply, type Result } from '../../src/protocol.js';
import { SLOT_COUNT } from '../../src/slots.js';
import { ManualClock } from '../twins/manual-clock.js';

export const REQUEST_TIMEOUT_MS = 1_600;
export const TICK_MS = REQUEST_TIMEOUT_MS / 8;
export const HUNG_MS = REQUEST_TIMEOUT_MS + TICK_MS;

export class RecordingPort implements ShardPort {
  readonly posted: Batch[] = [];

  post(batch: Batch): void {
    this.posted.push(structuredClone(batch));
  }
}

export class RecordingOperation implements Operation {
  readonly outcomes: (Result | string)[] = [];

  succeed(result: Result): void {
    this.outcomes.push(result);
  }

  fail(error: SessionStorageError): void {
    this.outcomes.push(error.code);
  }
}

export function reply(sequence: number, ...results: Result[]): Reply {
  return [...createReply(sequence), ...results];
}

export const BOUNDS = {
  operationsMax: 10,
  bytesMax: 1_000,
  postedOperationsMax: 4,
  postedBytesMax: 400,
  totalBytesMax: Number.POSITIVE_INFINITY,
  replyBytesMax: Number.POSITIVE_INFINITY,
  remoteCallsMax: 1,
};

export function setUp({
  attached = true,
  bounds = BOUNDS,
  total = new InFlightTotal(bounds.totalBytesMax, 1),
} = {}) {
  const clock = new ManualClock();
  const port = new RecordingPort();
  const faults: string[] = [];
  const reported: string[] = [];
  const channel = new ShardChannel({
    shard: 3,
    clock,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    bounds,
    total,
    report: ({ code }) => reported.push(code),
    onFault: (reason) => faults.push(reason),
  });
  if (attached) channel.attach(port);
  const send = (part: string, bytes = 10): RecordingOperation => {
    const operation = new RecordingOperation();
    channel.queue(operation, bytes).push(Op.DELETE * SLOT_COUNT, part, 0);
    return operation;
  };
  /** Ends the worker, and starts the next. */
  const restart = (): RecordingPort => {
    const next = new RecordingPort();
    channel.detach();
    channel.attach(next);
    return next;
  };
  return { clock, port, channel, send, faults, reported, restart };
}

/** What the operations of the batches are about. */
export function asked(batches: readonly Batch[]): unknown[][] {
  return batches.map((batch) => batch.filter((part) => typeof part === 'string'));
}
