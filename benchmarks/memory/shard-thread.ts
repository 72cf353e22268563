import { workerData } from 'node:worker_threads';
import serveShard, { type ShardStartup } from '../../src/shard/worker.js';

serveShard(workerData as ShardStartup);
