import { IdKey, wordsOfKind } from '../../src/shard/id-key.js';
import { bytesOfSession } from '../../src/shard/session-bytes.js';
import { readOptions } from './options.js';
import { ProviderDriver } from './provider-driver.js';
import { type Shape, shapeOf } from './shapes.js';
import { type Driver, ShardDriver } from './shard-driver.js';

const OFFERED_PER_BUDGET = 1.2;
const REPLACED_PER_BUDGET = 0.5;
const KIB = 1_024;

const key = new IdKey();

const options = readOptions(process.argv.slice(2));
if (options !== undefined) {
  const shape = shapeOf(options.shape);
  const { bytesMax, byDefault, through } = options;
  const driver: Driver =
    through === 'shard'
      ? new ShardDriver(bytesMax)
      : new ProviderDriver(byDefault ? undefined : bytesMax);
  await driver.flush();
  const rssEmptyBytes = process.memoryUsage.rss();
  const startedAt = performance.now();
  const offered = await fill(driver, shape, bytesMax * OFFERED_PER_BUDGET);
  const held = driver.counts?.sessions ?? 0;
  const rssFilledBytes = process.memoryUsage.rss();
  const replaced = await churn(driver, shape, offered, held, bytesMax);
  const seconds = (performance.now() - startedAt) / 1e3;
  const rssPeakBytes = process.resourceUsage().maxRSS * KIB;
  const { counts } = driver;
  const result = {
    node: process.version,
    shape: options.shape,
    through,
    budgetBytes: bytesMax,
    countedBytes: counts?.bytes,
    rssEmptyBytes,
    rssFilledBytes,
    rssPeakBytes,
    ratio: Number(((rssPeakBytes - rssEmptyBytes) / bytesMax).toFixed(3)),
    ratioWithEmptyProcess: Number((rssPeakBytes / bytesMax).toFixed(3)),
    sessions: counts?.sessions,
    evicted: counts?.evictedForBytes,
    refused: counts?.refused,
    setsPerSecond: Math.round((offered + replaced) / seconds),
  };
  console.log(JSON.stringify(result));
  await driver.stop();
}

/** Sets new sessions until they amount to `bytes`; gives their number. */
async function fill(driver: Driver, shape: Shape, bytes: number): Promise<number> {
  let offered = 0;
  for (let left = bytes; left > 0; offered++) {
    left -= await set(driver, shape, offered);
  }
  await driver.flush();
  return offered;
}

/** Replaces the values of sessions that are held, at random. */
async function churn(
  driver: Driver,
  shape: Shape,
  offered: number,
  held: number,
  bytesMax: number,
): Promise<number> {
  let replaced = 0;
  for (let left = bytesMax * REPLACED_PER_BUDGET; left > 0; replaced++) {
    left -= await set(driver, shape, offered - 1 - Math.floor(Math.random() * held));
  }
  await driver.flush();
  return replaced;
}

async function set(driver: Driver, shape: Shape, session: number): Promise<number> {
  const id = shape.id(session);
  const value = shape.value();
  await driver.set(id, value);
  key.read(id);
  return bytesOfSession(wordsOfKind(key.kind), value.length);
}
