import { describe, expect, it } from '@jest/globals';
import {
  capability,
  classifyError,
  frame,
  lockHolder,
  NetconfAbortedError,
  NetconfCapabilityError,
  NetconfClosedError,
  NetconfFramingError,
  NetconfRpcError,
  NetconfSession,
  NetconfTimeoutError,
  operation,
  textOf,
  type XmlElement,
} from '../src/index.js';
import { errorXml, failure, hello10, hello11, helloOf, idOf, openRaw, rawPeer, replyTo } from './wire.js';

describe('the hello', () => {
  it('agrees on chunks if both sides support them, and reads a reply from the same packet', async () => {
    const { near, peer } = rawPeer('chunked');
    const opening = NetconfSession.open(near);
    const early =
      '<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><eventTime>now</eventTime></notification>';
    peer.sendBytes(Buffer.concat([frame('eom', hello11), frame('chunked', early)]));
    const session = await opening;
    expect(session.version).toBe('1.1');
    expect(session.sessionId).toBe('4');
    expect(session.endedBy).toBeUndefined();
    await peer.arrived(1);
    expect(peer.received[0]).toContain(capability.base11);
  });

  it('keeps the old framing for an old peer, and on request', async () => {
    const { session } = await openRaw('1.0');
    expect(session.version).toBe('1.0');
    const { near, peer } = rawPeer('eom');
    const opening = NetconfSession.open(near, { versions: ['1.0'] });
    peer.sendBytes(frame('eom', hello11));
    expect((await opening).version).toBe('1.0');
    await peer.arrived(1);
    expect(peer.received[0]).not.toContain(capability.base11);
  });

  it('accepts a comment and blank lines before it', async () => {
    const { near, peer } = rawPeer('eom');
    const opening = NetconfSession.open(near);
    peer.sendBytes(`\n<!-- user at host -->\n${hello10}\n]]>]]>`);
    expect((await opening).sessionId).toBe('4');
  });

  it.each([
    ['without a session id', helloOf([capability.base10], ''), NetconfFramingError],
    ['with session id 0', helloOf([capability.base10], '0'), NetconfFramingError],
    [
      'that is something else',
      '<rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"/>',
      NetconfFramingError,
    ],
    ['in no namespace', '<hello><session-id>1</session-id></hello>', NetconfFramingError],
    ['that is not XML', 'Permission denied', NetconfFramingError],
    ['with a document type', `<!DOCTYPE hello>${hello10}`, NetconfFramingError],
    ['without a version in common', helloOf(['urn:ietf:params:netconf:base:9.9']), NetconfCapabilityError],
  ])('is refused %s, and the transport closed', async (_what, text, kind) => {
    const { near, peer } = rawPeer('eom');
    const opening = failure(NetconfSession.open(near));
    peer.sendBytes(frame('eom', text));
    expect(await opening).toBeInstanceOf(kind);
    expect(near.destroyed).toBe(true);
  });

  it('times out, is aborted, or finds the peer gone; all of that is retryable', async () => {
    const silent = await failure(NetconfSession.open(rawPeer('eom').near, { helloTimeoutMs: 5 }));
    expect(silent).toMatchObject({ name: 'NetconfTimeoutError', phase: 'hello', timeoutMs: 5, sent: false });
    const abort = new AbortController();
    const aborted = failure(NetconfSession.open(rawPeer('eom').near, { signal: abort.signal }));
    abort.abort();
    expect(await aborted).toBeInstanceOf(NetconfAbortedError);
    const { near, peer } = rawPeer('eom');
    const gone = failure(NetconfSession.open(near));
    peer.channel.end();
    expect(await gone).toBeInstanceOf(NetconfClosedError);
    expect([silent, await aborted, await gone].map(classifyError)).toEqual([
      'retryable',
      'retryable',
      'retryable',
    ]);
  });
});

describe('an RPC', () => {
  it('carries only its message-id on the rpc element', async () => {
    const { session, peer } = await openRaw();
    const call = session.rpc(operation.getConfig('running'));
    await peer.arrived(2);
    expect(peer.received[1]).toBe(
      '<rpc xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="1"><get-config><source><running/></source></get-config></rpc>',
    );
    peer.send(replyTo(peer.received[1], '<data><a xmlns="urn:a">1</a></data>'));
    const reply = await call;
    expect(reply.ok).toBe(false);
    expect(reply.content.map((one) => one.name)).toEqual(['data']);
  });

  it('finds its reply among many in flight, in any order', async () => {
    const { session, peer } = await openRaw();
    const calls = Array.from({ length: 50 }, (_, n) => session.rpc(operation.getSchema(`m${n}`)));
    await peer.arrived(51);
    expect(session.inFlight).toBe(50);
    for (const request of peer.received.slice(1).reverse())
      peer.send(replyTo(request, `<data>${/<identifier>(.*?)</.exec(request)?.[1]}</data>`));
    const replies = await Promise.all(calls);
    expect(replies.map((reply) => textOf(reply.content[0] as XmlElement))).toEqual(
      calls.map((_, n) => `m${n}`),
    );
    expect(session.inFlight).toBe(0);
  });

  it('rejects with every error of the reply, and lists warnings separately', async () => {
    const { session, peer } = await openRaw();
    const call = failure(session.rpc(operation.commit()));
    await peer.arrived(2);
    const info = '<error-info><session-id>9</session-id></error-info>';
    peer.send(
      replyTo(
        peer.received[1],
        errorXml(
          'lock-denied',
          `<error-app-tag>x</error-app-tag><error-path>/a</error-path><error-message> held </error-message>${info}`,
        ) +
          errorXml('in-use') +
          errorXml('operation-failed', '', 'warning'),
      ),
    );
    const error = (await call) as NetconfRpcError;
    expect(error).toBeInstanceOf(NetconfRpcError);
    expect(error.errors.map((one) => one.tag)).toEqual(['lock-denied', 'in-use']);
    expect(error.errors[0]).toMatchObject({ type: 'protocol', appTag: 'x', path: '/a', message: 'held' });
    expect(error.errors.map((one) => lockHolder(one))).toEqual(['9', undefined]);
    expect(error.warnings.map((one) => one.tag)).toEqual(['operation-failed']);
    expect(classifyError(error)).toBe('retryable');
    expect(session.endedBy).toBeUndefined();
  });

  it('returns warnings that accompany ok or data', async () => {
    const { session, peer } = await openRaw();
    const calls = [session.rpc(operation.commit()), session.rpc(operation.get())];
    await peer.arrived(3);
    peer.send(replyTo(peer.received[1], `${errorXml('operation-failed', '', 'warning')}<ok/>`));
    peer.send(replyTo(peer.received[2], `<data/>${errorXml('bad-element', '', 'warning')}`));
    const [first, second] = await Promise.all(calls);
    expect(first).toMatchObject({ ok: true, warnings: [{ tag: 'operation-failed', severity: 'warning' }] });
    expect(second).toMatchObject({ ok: false, warnings: [{ tag: 'bad-element' }] });
    expect(second?.content).toHaveLength(1);
  });

  it('runs its hook right before the bytes go, and sends nothing when the hook throws', async () => {
    const { session, peer } = await openRaw();
    const seen: string[] = [];
    const refused = failure(
      session.rpc(operation.commit(), {
        beforeSend: () => {
          throw new Error('epoch is over');
        },
      }),
    );
    const call = session.rpc(operation.discardChanges(), { beforeSend: () => seen.push('hook') });
    seen.push('returned');
    expect(await refused).toMatchObject({ message: 'epoch is over' });
    await peer.arrived(2);
    expect(seen).toEqual(['hook', 'returned']);
    expect(peer.received.slice(1).join()).toContain('discard-changes');
    expect(peer.received.join()).not.toContain('commit');
    peer.send(replyTo(peer.received[1], '<ok/>'));
    await call;
  });

  it('does not run the hook when nothing can be sent any more', async () => {
    const { session } = await openRaw();
    let ran = 0;
    const hook = { beforeSend: (): void => void (ran += 1) };
    expect(
      await failure(session.rpc(operation.get(), { ...hook, signal: AbortSignal.abort() })),
    ).toMatchObject({ name: 'NetconfAbortedError', sent: false });
    expect(await failure(session.rpc(operation.killSession('\u0000'), hook))).toBeInstanceOf(RangeError);
    session.destroy();
    expect(await failure(session.rpc(operation.get(), hook))).toMatchObject({
      name: 'NetconfClosedError',
      sent: false,
    });
    expect(ran).toBe(0);
  });

  it('may be started from the hook of another one', async () => {
    const { session, peer } = await openRaw();
    const inner: Promise<unknown>[] = [];
    const outer = session.rpc(operation.commit(), {
      beforeSend: () => void inner.push(session.rpc(operation.get())),
    });
    await peer.arrived(3);
    const ids = peer.received.slice(1).map(idOf);
    expect(new Set(ids).size).toBe(2);
    for (const request of peer.received.slice(1))
      peer.send(replyTo(request, request.includes('commit') ? '<ok/>' : '<data/>'));
    expect((await outer).ok).toBe(true);
    await Promise.all(inner);
  });

  it('times out by itself; the session goes on and the late reply is dropped', async () => {
    const { session, peer } = await openRaw();
    const error = await failure(session.rpc(operation.commit(), { timeoutMs: 5 }));
    expect(error).toBeInstanceOf(NetconfTimeoutError);
    expect(error).toMatchObject({ phase: 'rpc', timeoutMs: 5, sent: true });
    expect(classifyError(error)).toBe('ambiguous');
    const next = session.rpc(operation.get());
    await peer.arrived(3);
    peer.send(replyTo(peer.received[1], '<ok/>'));
    peer.send(replyTo(peer.received[2], '<data/>'));
    expect((await next).content).toHaveLength(1);
    expect(session.endedBy).toBeUndefined();
  });

  it('is aborted by its signal, ambiguously once sent', async () => {
    const { session, peer } = await openRaw();
    const abort = new AbortController();
    const call = failure(session.rpc(operation.commit(), { signal: abort.signal }));
    await peer.arrived(2);
    abort.abort();
    const error = await call;
    expect(error).toMatchObject({ name: 'NetconfAbortedError', sent: true });
    expect(classifyError(error)).toBe('ambiguous');
    expect(session.inFlight).toBe(0);
  });

  it('ends a session whose peer never answers before memory runs out', async () => {
    const { session } = await openRaw();
    const calls = Array.from({ length: 1_025 }, () =>
      failure(session.rpc(operation.get(), { timeoutMs: 1 })),
    );
    await Promise.all(calls);
    expect((await session.ended).message).toContain('never answered');
  });
});

describe('a session that breaks', () => {
  it.each([
    ['outside the grammar', '\n#0\n<broken'],
    ['in the other framing', '<rpc-reply/>]]>]]>'],
  ])('by bytes %s rejects calls in flight and ends', async (_what, bytes) => {
    const { session, peer } = await openRaw();
    const calls = [failure(session.rpc(operation.commit())), failure(session.rpc(operation.get()))];
    await peer.arrived(3);
    peer.sendBytes(bytes);
    for (const error of await Promise.all(calls)) {
      expect(error).toBeInstanceOf(NetconfFramingError);
      expect(classifyError(error)).toBe('ambiguous');
    }
    expect(session.endedBy).toBeInstanceOf(NetconfFramingError);
    expect(await failure(session.rpc(operation.get()))).toMatchObject({
      name: 'NetconfClosedError',
      sent: false,
    });
  });

  it.each([
    ['is not XML', 'oops'],
    ['has a document type', '<!DOCTYPE x><x/>'],
    ['is nested too deeply', '<a>'.repeat(200) + '</a>'.repeat(200)],
    ['is not a reply', '<other/>'],
    [
      'answers nobody',
      '<rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="77"><ok/></rpc-reply>',
    ],
    [
      'has no message-id',
      `<rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">${errorXml('malformed-message')}</rpc-reply>`,
    ],
    ['is in no namespace', '<rpc-reply message-id="1"><ok/></rpc-reply>'],
  ])('by a message that %s ends', async (_what, text) => {
    const { session, peer } = await openRaw();
    const call = failure(session.rpc(operation.get()));
    await peer.arrived(2);
    peer.send(text);
    expect(await call).toBeInstanceOf(NetconfFramingError);
    expect(peer.channel.destroyed || session.endedBy !== undefined).toBe(true);
  });

  it('by a message beyond its limit ends before the whole message arrives', async () => {
    const { session, peer } = await openRaw('1.1', { limits: { maxMessageBytes: 1_000 } });
    peer.sendBytes('\n#4294967295\n');
    expect((await session.ended).message).toContain('larger than 1000 bytes');
  });

  it('rejects calls in flight when the peer goes away', async () => {
    const { session, peer } = await openRaw();
    const call = failure(session.rpc(operation.commit()));
    await peer.arrived(2);
    peer.channel.end();
    const error = await call;
    expect(error).toMatchObject({ name: 'NetconfClosedError', sent: true });
    expect(classifyError(error)).toBe('ambiguous');
    expect(await session.ended).toBe(error);
  });

  it('accepts a reply that arrived in full before the end', async () => {
    const { session, peer } = await openRaw();
    const call = session.rpc(operation.closeSession());
    await peer.arrived(2);
    peer.send(replyTo(peer.received[1], '<ok/>'));
    peer.channel.end();
    expect((await call).ok).toBe(true);
  });
});

describe('notifications', () => {
  it('reach their listeners between replies, until these stop', async () => {
    const { session, peer } = await openRaw();
    const seen: string[] = [];
    const stop = session.onNotification((notification) =>
      seen.push(textOf(notification.children[0] as XmlElement)),
    );
    const tell = (n: number): void =>
      peer.send(
        `<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><eventTime>${n}</eventTime></notification>`,
      );
    tell(1);
    const call = session.rpc(operation.get());
    await peer.arrived(2);
    tell(2);
    peer.send(replyTo(peer.received[1], '<data/>'));
    await call;
    stop();
    tell(3);
    const last = session.rpc(operation.get());
    await peer.arrived(3);
    peer.send(replyTo(peer.received[2], '<data/>'));
    await last;
    expect(seen).toEqual(['1', '2']);
  });
});

describe('capabilities', () => {
  it('are found with any parameters', async () => {
    const { near, peer } = rawPeer('eom');
    const opening = NetconfSession.open(near);
    peer.sendBytes(
      frame('eom', helloOf([capability.base10, `${capability.startup}?x=1`, ` ${capability.candidate}\n`])),
    );
    const session = await opening;
    expect(session.has(capability.startup)).toBe(true);
    expect(session.has(capability.candidate)).toBe(true);
    expect(session.has(capability.xpath)).toBe(false);
    expect(session.has('urn:ietf:params:netconf:capability:start')).toBe(false);
  });
});
