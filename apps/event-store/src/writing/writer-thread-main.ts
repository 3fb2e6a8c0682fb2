import { parentPort, workerData } from 'node:worker_threads';
import { FaultBoard } from '../model/faults.js';
import { messageOf } from '../model/message-of.js';
import type { WriteOutcome } from '../model/model.js';
import { storageForWriting } from '../storage/storage.js';
import { Streams } from '../storage/streams.js';
import { Writer } from './writer.js';
import {
  type FromWriterThread,
  type ToWriterThread,
  unpackWrites,
  type WriterThreadData,
} from './writer-messages.js';

/** The writing thread's program: the same writer as without a thread, with messages as input. */
function run(): void {
  const port = parentPort;
  if (port === null) throw new Error('this runs as a thread only');
  const { file, faults: memory, released, check, committed } = workerData as WriterThreadData;
  const post = (message: FromWriterThread): void => port.postMessage(message);
  const faults = new FaultBoard(memory);
  const gate = new Int32Array(released);

  const storage = storageForWriting(file, 'with_readers', {
    check,
    beforeRecovery: () => {
      Atomics.store(gate, 0, 0);
      post({ kind: 'release' });
      Atomics.wait(gate, 0, 0);
    },
  });
  if (storage.head < committed) {
    storage.close();
    throw new Error(`event log \`${file}\` ends at position ${storage.head}, but ${committed} was committed`);
  }
  const outcomes: (readonly [number, WriteOutcome])[] = [];
  const writer = new Writer({
    storage,
    streams: new Streams(storage),
    faults,
    onRecovered: () => post({ kind: 'reopened', head: storage.head }),
  });

  /** Outcomes of one transaction arrive in one turn and go back in one message. */
  const settle = (number: number, outcome: WriteOutcome): void => {
    if (outcomes.push([number, outcome]) > 1) return;
    queueMicrotask(() => post({ kind: 'settled', head: writer.committed, outcomes: outcomes.splice(0) }));
  };

  port.on('message', (message: ToWriterThread) => {
    switch (message.kind) {
      case 'write':
        for (const { number, request, principal } of unpackWrites(message.packed))
          writer.write(request, principal, (outcome) => settle(number, outcome));
        return;
      case 'faults_changed':
        faults.tell();
        return;
      case 'action':
        faults.perform(message.action);
        return;
      case 'drain':
        void writer.drain().then(() => post({ kind: 'drained' }));
        return;
      case 'close':
        storage.close();
        port.close();
    }
  });
  post({ kind: 'opened', head: storage.head });
}

try {
  run();
} catch (error) {
  parentPort?.postMessage({ kind: 'refused', message: messageOf(error) } satisfies FromWriterThread);
}
