import { parentPort, workerData } from 'node:worker_threads';
import { replayPart, type PartOfFile } from './parallel.js';

parentPort!.postMessage(await replayPart(workerData as PartOfFile));
