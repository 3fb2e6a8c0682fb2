import { describe, expect, it } from '@jest/globals';
import { collect, type ProblemError } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { connectEventStore } from '../src/index.js';
import { freshStream, happened } from './events.js';
import { startLogProcess } from './log-process.js';
import { callEnd, startOddServer, written } from './odd-server.js';
import { connect, retries, server, startOddLog, store, stores } from './odd-log.js';

startOddLog();

describe('fact 1: an append never times out by itself', () => {
  it('where the log stays silent the adapter ends it at the deadline, after repeats', async () => {
    const asked: string[] = [];
    server.script.append = (request) =>
      asked.push(request.getProposedMessagesList()[0]!.getId()!.getString());
    const event = happened(1);
    // Long enough that a busy machine takes the first request before the repeat is due.
    const patient = await connect(server.url, 4000);
    await expect(patient.append(freshStream(), [event], 'no_stream')).rejects.toMatchObject({
      code: 'append-outcome-unknown',
    });
    expect(asked).toEqual([event.id, event.id, event.id]);
  });

  it('where the log ends the call with OK and no answer, it is asked again with the same ids and the same revision', async () => {
    const asked: string[] = [];
    server.script.append = (request, call) => {
      asked.push(
        `${request.getOptions()!.getStreamPosition()} ${request.getProposedMessagesList()[0]!.getId()!.getString()}`,
      );
      if (asked.length === 1) call.end();
      else call.write(written(request, 5n, 17n));
    };
    const event = happened(1);
    expect(await store.append(freshStream(), [event], 4n)).toEqual({
      revision: 5n,
      position: { commit: 17n, prepare: 17n },
    });
    expect(asked).toEqual([`4 ${event.id}`, `4 ${event.id}`]);
  });

  it('where one answer is lost on a connection that answers others, it is asked again on that connection', async () => {
    const calls = new Set<unknown>();
    let lost = 0;
    server.script.append = (request, call) => {
      calls.add(call);
      const stream = Buffer.from(
        request.getOptions()!.getStreamIdentifier()!.getStreamName_asU8(),
      ).toString();
      if (stream !== 'action-demo:lost' || (lost += 1) > 1) call.write(written(request, 0n, 1n));
    };
    let done = false;
    const others = (async () => {
      while (!done) await store.append(freshStream(), [happened(0)], 'no_stream');
    })();
    expect(await store.append('action-demo:lost', [happened(1)], 'no_stream')).toMatchObject({
      revision: 0n,
    });
    done = true;
    await others;
    expect(lost).toBe(2);
    expect(calls.size).toBe(1);
  });

  it('where a slow answer comes while the append is repeated, that answer is taken', async () => {
    // Long enough that a busy machine gets the answer to the repeat in time.
    const patient = await connect(server.url, 4000);
    let held: (() => void) | undefined;
    server.script.append = (request, call) => {
      const stream = Buffer.from(
        request.getOptions()!.getStreamIdentifier()!.getStreamName_asU8(),
      ).toString();
      if (stream !== 'action-demo:slow') call.write(written(request, 0n, 1n));
      else if (held === undefined) held = () => call.write(written(request, 3n, 33n));
      else held();
    };
    let done = false;
    const others = (async () => {
      while (!done) await patient.append(freshStream(), [happened(0)], 'no_stream');
    })();
    expect(await patient.append('action-demo:slow', [happened(1)], 2n)).toEqual({
      revision: 3n,
      position: { commit: 33n, prepare: 33n },
    });
    done = true;
    await others;
    expect(retries).toBe(1);
  });
});

describe('fact 2: an error of one append call rejects the appends of every client', () => {
  it('an append of another client is repeated, and gets its answer', async () => {
    const other = await startOddServer();
    try {
      const held: (() => void)[] = [];
      other.script.append = (request, call) => {
        if (held.length === 0) held.push(() => undefined);
        else call.write(written(request, 0n, 1n));
      };
      const healthy = await connect(other.url, 5000);
      const append = healthy.append(freshStream(), [happened(1)], 'no_stream');
      await until(() => held.length > 0, 'the append has reached the other log');
      server.script.append = (_, call) => call.emit('error', callEnd('internal', 13));
      await expect(store.append(freshStream(), [happened(2)], 'no_stream')).rejects.toMatchObject({
        code: 'append-outcome-unknown',
      });
      expect(await append).toMatchObject({ revision: 0n });
    } finally {
      await Promise.all(stores.splice(1).map((each) => each.close()));
      other.stop();
    }
  });

  it.each(['wrong-expected-version', 'stream-deleted', 'access-denied', 'maximum-append-size-exceeded'])(
    'a call that ends with `%s` says nothing of the appends in it',
    async (exception) => {
      let calls = 0;
      server.script.append = (request, call) => {
        calls += 1;
        if (calls === 1) call.emit('error', callEnd(exception));
        else call.write(written(request, 0n, 1n));
      };
      expect(await store.append(freshStream(), [happened(1)], 'no_stream')).toMatchObject({ revision: 0n });
      expect(retries).toBe(1);
    },
  );

  it.each(['wrong-expected-version', 'maximum-append-size-exceeded', 'not-leader'])(
    'a call that ends with `%s` without what belongs to it does not end the process',
    async (exception) => {
      let calls = 0;
      server.script.append = (request, call) => {
        calls += 1;
        if (calls === 1) call.emit('error', callEnd(exception, undefined, true));
        else call.write(written(request, 0n, 1n));
      };
      expect(await store.append(freshStream(), [happened(1)], 'no_stream')).toMatchObject({ revision: 0n });
      server.script.read = (call) => call.emit('error', callEnd(exception, undefined, true));
      await expect(collect(store.readAll())).rejects.toMatchObject({ code: 'log-unavailable' });
    },
  );

  it.each<[string, () => Promise<unknown>, object]>([
    [
      'an id that is none',
      () => store.append(freshStream(), [happened(1, { id: 'seven' })], 'no_stream'),
      { code: 'validation-failed' },
    ],
    [
      'no type',
      () => store.append(freshStream(), [happened(1, { type: '' })], 'no_stream'),
      { code: 'validation-failed' },
    ],
    [
      'more than a message holds',
      () =>
        store.append(
          freshStream(),
          [happened(1, { data: { text: 'x'.repeat(17 * 1024 * 1024) } })],
          'no_stream',
        ),
      { code: 'payload-too-large' },
    ],
    ['no stream', () => store.append('', [happened(1)], 'no_stream'), { name: 'RangeError' }],
  ])('an append with %s, for which a log ends the whole call, never leaves', async (_, append, refusal) => {
    let asked = 0;
    server.script.append = () => {
      asked += 1;
    };
    await expect(append()).rejects.toMatchObject(refusal);
    expect(asked).toBe(0);
    expect(retries).toBe(0);
  });
});

describe('fact 3: `throwOnAppendFailure=false` reports a lost race as a success', () => {
  it.each(['throwOnAppendFailure=false', 'throwonappendfailure=false'])(
    'a connection string with `%s` is refused',
    async (option) => {
      await expect(connectEventStore(`${server.url}&${option}`)).rejects.toMatchObject({
        code: 'validation-failed',
        detail: expect.stringContaining('throwOnAppendFailure'),
      });
    },
  );

  it('one that cannot be read is refused without showing it', async () => {
    const error: unknown = await connectEventStore('http://admin:secret@127.0.0.1:2113').catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: 'validation-failed' });
    expect(JSON.stringify([String(error), error])).not.toContain('secret');
  });
});

describe('fact 8: the deadline of an append is a time of this clock', () => {
  it('where the clock of the log runs ahead, the error says so', async () => {
    const log = await startLogProcess({ skewMs: 3_600_000 });
    try {
      const skewed = await connect(log.url, 2000);
      // A log that answers late says nothing about clocks: on a busy machine the first answers may.
      await until(async () => {
        const error: unknown = await skewed
          .append(freshStream(), [happened(1)], 'no_stream')
          .catch((e: unknown) => e);
        expect(error).toMatchObject({ code: 'append-outcome-unknown' });
        return (error as ProblemError).remedy?.includes('compare the clocks') === true;
      }, 'the error names the clocks');
      expect(await skewed.head()).toBeNull();
    } finally {
      await Promise.all(stores.splice(1).map((each) => each.close()));
      await log.kill();
    }
  });
});
