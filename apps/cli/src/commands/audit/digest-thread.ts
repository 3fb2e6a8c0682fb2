import { parentPort } from 'node:worker_threads';
import { buffersOf, digestBlock } from '@interlock/verify';
import { sha256 } from './sha256.js';
import type { DigestAnswer, DigestRequest } from './digest-pool.js';

/** A thread that digests blocks of an export's lines, one after the other. */
parentPort!.on('message', ({ id, block }: DigestRequest) => {
  const digest = digestBlock(block, sha256);
  parentPort!.postMessage({ id, digest } satisfies DigestAnswer, [...buffersOf(digest)]);
});
