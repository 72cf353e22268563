import { parentPort } from 'node:worker_threads';

parentPort?.on('message', (message: number) => parentPort?.postMessage(message));
