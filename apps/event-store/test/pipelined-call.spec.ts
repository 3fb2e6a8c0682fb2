import type { ServerInterceptingCallInterface } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { PipelinedCall } from '../src/service/pipelined-call.js';

/**
 * A call on a connection that takes data when the test allows it. `left`: bytes of a message that
 * has already left.
 */
function open(left = 100_000) {
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
  const send = (size: number): void =>
    call.sendMessage(Buffer.alloc(size), () => {
      ready += 1;
    });
  const leave = (): void => leaving.shift()?.();
  if (left > 0) {
    send(left);
    leave();
    given.length = 0;
    ready = 0;
  }
  return { given, ready: () => ready, send, leave };
}

describe('a call whose messages are sent together', () => {
  it('takes the next message before the last has left, in order', () => {
    const { send, given, ready } = open();
    for (let n = 0; n < 10; n += 1) send(n);
    expect(ready()).toBe(10);
    expect(given.map(({ length }) => length)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('takes no more before they have left than have already left', () => {
    const { send, ready, leave } = open(0);
    send(1000);
    expect(ready()).toBe(0);
    leave();
    expect(ready()).toBe(1);
    send(500);
    expect(ready()).toBe(2);
    send(600);
    expect(ready()).toBe(2);
    leave();
    expect(ready()).toBe(3);
  });

  it('holds a limited number of bytes, and takes the next once when enough have left', () => {
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

  it('holds a limited number of nearly empty messages', () => {
    const { send, ready } = open();
    for (let n = 0; n < 10_000; n += 1) send(0);
    expect(ready()).toBeLessThan(2000);
  });
});
