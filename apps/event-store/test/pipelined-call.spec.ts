import type { ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { PipelinedCall } from '../src/pipelined-call.js';

/** A call on a connection that takes what it is given when the test lets it. */
function open() {
  const given: Buffer[] = [];
  const leaving: (() => void)[] = [];
  const connection = {
    sendMetadata: () => undefined,
    sendMessage: (message: Buffer, callback: () => void) => {
      given.push(message);
      leaving.push(callback);
    },
  };
  const call = new PipelinedCall(connection as unknown as ServerInterceptingCallInterface);
  let ready = 0;
  return {
    given,
    ready: () => ready,
    send: (size: number) => call.sendMessage(Buffer.alloc(size), () => {
      ready += 1;
    }),
    leave: () => leaving.shift()?.(),
  };
}

describe('a call whose messages go out together', () => {
  it('takes the next message before the last has left, in order', () => {
    const { send, given, ready } = open();
    for (let n = 0; n < 10; n += 1) send(n);
    expect(ready()).toBe(10);
    expect(given.map(({ length }) => length)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('holds so many bytes and no more, and takes the next when enough have left, once', () => {
    const { send, ready, leave } = open();
    let sent = 0;
    while (ready() === sent) {
      send(1000);
      sent += 1;
    }
    expect(sent).toBeGreaterThan(10);
    expect(sent).toBeLessThan(100);
    leave();
    expect(ready()).toBe(sent);
    leave();
    expect(ready()).toBe(sent);
    send(10_000_000);
    expect(ready()).toBe(sent);
    for (let n = 0; n < sent; n += 1) leave();
    expect(ready()).toBe(sent + 1);
  });

  it('holds as many of the messages that weigh next to nothing', () => {
    const { send, ready } = open();
    for (let n = 0; n < 10_000; n += 1) send(0);
    expect(ready()).toBeLessThan(2000);
  });
});
