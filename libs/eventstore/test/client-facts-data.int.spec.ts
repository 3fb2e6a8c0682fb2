import { describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { createFollower } from '../src/index.js';
import { freshStream, happened } from './events.js';
import { eventMessage, written } from './odd-server.js';
import { isSubscription, server, startOddLog, store } from './odd-log.js';

startOddLog();

describe('fact 7: numbers and data are lost silently', () => {
  it.each<[string, object, string]>([
    ['a whole number beyond 2^53', { a: [1, { b: 2 ** 53 }] }, '/a/1/b'],
    ['a huge one', { a: 1e21 }, '/a'],
    ['what is not a number', { a: NaN }, '/a'],
    ['an infinite one', { a: { b: -Infinity } }, '/a/b'],
  ])('%s is refused before it is sent', async (_, data, at) => {
    await expect(store.append(freshStream(), [happened(1, { data })], 'no_stream')).rejects.toMatchObject({
      code: 'validation-failed',
      detail: expect.stringContaining(`\`${at}\``),
    });
  });

  it('what JSON keeps is sent: null, fractions, texts of digits, the largest safe number', async () => {
    server.script.append = (request, call) => call.write(written(request, 0n, 1n));
    const data = {
      none: null,
      half: 0.5,
      small: 1e-7,
      position: '18446744073709551615',
      safe: Number.MAX_SAFE_INTEGER,
      least: Number.MIN_SAFE_INTEGER,
      at: new Date(0),
    };
    expect(await store.append(freshStream(), [happened(1, { data })], 'no_stream')).toMatchObject({
      revision: 0n,
    });
  });

  it('revisions and positions keep every digit', async () => {
    const big = 9_007_199_254_740_993n;
    server.script.append = (request, call) => {
      expect(request.getOptions()!.getStreamPosition()).toBe(`${big}`);
      call.write(written(request, big + 1n, big + 4n));
    };
    server.script.read = (call) => {
      call.write(eventMessage({ position: big, revision: big + 2n }));
      call.end();
    };
    expect(await store.append(freshStream(), [happened(1)], big)).toEqual({
      revision: big + 1n,
      position: { commit: big + 4n, prepare: big + 4n },
    });
    expect((await collect(store.readAll()))[0]).toMatchObject({
      revision: big + 2n,
      position: { commit: big, prepare: big },
    });
  });

  it.each(['{"n":', '"text"', '[1]', 'null', '7'])(
    'a stream with the data `%s` is not read for a decision',
    async (data) => {
      server.script.read = (call) => {
        call.write(eventMessage({ position: 1n, data }));
        call.end();
      };
      await expect(collect(store.read('action-demo:1'))).rejects.toMatchObject({
        code: 'unknown-event-type',
        detail: expect.stringContaining('not a JSON object'),
      });
    },
  );

  it('an index is never current again after such an event', async () => {
    server.script.read = (call) => {
      if (isSubscription(call)) return;
      call.write(
        eventMessage({
          position: 1n,
          stream: 'kill_switch-demo:tenant',
          type: 'KillSwitchEngaged',
          data: '{"scope":',
        }),
      );
      call.end();
    };
    const follower = createFollower(store, {
      name: 'kill switches',
      prefixes: ['kill_switch-'],
      onEvent: () => undefined,
    });
    await expect(follower.confirmCurrent()).rejects.toMatchObject({ code: 'not-current' });
    await follower.stop();
  });

  it('a repeat that is answered without a position gets the one that the log has', async () => {
    server.script.append = (request, call) => call.write(written(request, 8n));
    server.script.read = (call) => {
      expect(call.request.getOptions()!.getStream()!.getRevision()).toBe('8');
      call.write(eventMessage({ position: 77n, revision: 8n }));
      call.end();
    };
    expect(await store.append('action-demo:1', [happened(1)], 7n)).toEqual({
      revision: 8n,
      position: { commit: 77n, prepare: 77n },
    });
  });

  it('and is an unknown outcome where the log does not say that either', async () => {
    server.script.append = (request, call) => call.write(written(request, 8n));
    await expect(store.append('action-demo:1', [happened(1)], 7n)).rejects.toMatchObject({
      code: 'append-outcome-unknown',
    });
  });
});
