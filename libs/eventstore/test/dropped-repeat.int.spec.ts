import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectEventStore, type ConnectedEventStore } from '../src/index.js';
import { freshStream, happened } from './events.js';
import { failed, startOddServer, written, type OddServer } from './odd-server.js';

let server: OddServer;
let store: ConnectedEventStore;
const connect = async (deadlineMs: number): Promise<void> => {
  store = await connectEventStore(server.url, { deadlineMs });
};
beforeEach(async () => {
  server = await startOddServer();
});
afterEach(async () => {
  await store.close();
  server.stop();
});

/**
 * The first call of the transcript: an append and its repeat at once, and what each may be answered
 * with.
 */
type Call = { readonly answers: readonly (readonly { readonly error?: { readonly detail: string } }[])[] };
const [, first = ''] = readFileSync(
  new URL('../../../fixtures/event-store-24.6/repeat-before-index.ndjson', import.meta.url),
  'utf8',
).split('\n');
const [, ofRepeat = []] = (JSON.parse(first) as Call).answers;
const dropped = ofRepeat
  .find(({ error }) => error !== undefined)!
  .error!.detail.replace('event_store.client.', '');

/**
 * A real server drops a repeat whose original it has not indexed yet, and says after 2 s that its
 * time was over.
 */
describe('a repeat that the log drops', () => {
  it('is followed by another one, with the same ids and the same revision, which gets the original result', async () => {
    const asked: string[] = [];
    server.script.append = (request, call) => {
      asked.push(
        `${request.getOptions()!.hasNoStream()} ${request.getProposedMessagesList()[0]!.getId()!.getString()}`,
      );
      if (asked.length === 3) call.write(written(request, 0n, 1n));
    };
    const event = happened(1);
    await connect(4000);
    expect(await store.append(freshStream(), [event], 'no_stream')).toEqual({
      revision: 0n,
      position: { commit: 1n, prepare: 1n },
    });
    expect(asked).toEqual(Array.from({ length: 3 }, () => `true ${event.id}`));
  });

  it('leaves the outcome unknown where none comes through, and no clock is blamed for it', async () => {
    let asked = 0;
    server.script.append = (request, call) => {
      asked += 1;
      if (asked > 1) setTimeout(() => call.write(failed(request, dropped, new Uint8Array(0))), 1100);
    };
    await connect(4600);
    const refused: unknown = await store
      .append(freshStream(), [happened(1)], 'no_stream')
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'append-outcome-unknown',
      remedy: 'repeat the command with the same id',
    });
    expect((refused as Error).message).not.toContain('clock');
    expect(asked).toBeGreaterThan(2);
  });
});
