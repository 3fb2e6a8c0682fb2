import { duplexPair } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import {
  capability,
  elementBuilder,
  frame,
  frameChunked,
  FrameDecoder,
  frameEom,
  NETCONF_NS,
  NetconfClient,
  NetconfError,
  NetconfRpcError,
  NetconfServerSession,
  NetconfSession,
  NOTIFICATION_NS,
  okReply,
  rpcFault,
  type ServerReply,
  type XmlElement,
} from '../src/index.js';
import { failure, hello11, helloOf } from './wire.js';

const nc = elementBuilder(NETCONF_NS);
const both = [capability.base10, capability.base11];

const serve = (
  onRpc: (operation: XmlElement) => Promise<ServerReply>,
  capabilities: readonly string[] = both,
) => {
  const [near, far] = duplexPair();
  const ended: NetconfError[] = [];
  const server = new NetconfServerSession(far, {
    sessionId: 12,
    capabilities,
    onRpc,
    onEnd: (reason) => ended.push(reason),
  });
  return { near, server, ended };
};

/** A client that only counts bytes. It returns all messages after the wire has ended. */
const talk = async (
  chunked: boolean,
  bytes: Buffer,
  onRpc: (operation: XmlElement) => Promise<ServerReply>,
): Promise<string[]> => {
  const { near } = serve(onRpc);
  const messages: string[] = [];
  const decoder = new FrameDecoder(1 << 20, (text) => {
    if (messages.length === 0 && chunked) decoder.switchTo('chunked');
    messages.push(text);
  });
  near.on('data', (piece: Buffer) => decoder.push(piece));
  near.write(bytes);
  await new Promise((resolve) => near.once('end', resolve));
  return messages.slice(1);
};

const clientHello = helloOf(both, null);
const rpc = (id: string, inner: string, attributes = ''): string =>
  `<rpc xmlns="${NETCONF_NS}" message-id="${id}"${attributes}>${inner}</rpc>`;
const closeOnClose = async (operation: XmlElement): Promise<ServerReply> =>
  operation.name === 'close-session' ? { ...okReply, close: true } : { content: [nc(operation.name)] };

describe('the server side', () => {
  it('speaks with the client side', async () => {
    const { near, server, ended } = serve(closeOnClose);
    const client = new NetconfClient(await NetconfSession.open(near));
    expect(client.sessionId).toBe('12');
    expect(server.version).toBe('1.1');
    expect((await client.rpc(nc('ping'))).content[0]?.name).toBe('ping');
    await client.close();
    expect(ended).toHaveLength(1);
  });

  it('keeps the old framing for an old client', async () => {
    const { near, server } = serve(closeOnClose);
    const client = new NetconfClient(await NetconfSession.open(near, { versions: ['1.0'] }));
    expect((await client.rpc(nc('ping'))).content).toHaveLength(1);
    expect(server.version).toBe('1.0');
    await client.close();
  });

  it('answers requests in order, however they arrive', async () => {
    const running: string[] = [];
    const { near } = serve(async (operation) => {
      running.push(`start ${operation.name}`);
      await new Promise((resolve) => setImmediate(resolve));
      running.push(`end ${operation.name}`);
      return okReply;
    });
    const session = await NetconfSession.open(near);
    await Promise.all(['a', 'b', 'c'].map((name) => session.rpc(nc(name))));
    expect(running).toEqual(['start a', 'end a', 'start b', 'end b', 'start c', 'end c']);
    session.destroy();
  });

  it('echoes the attributes of the rpc', async () => {
    const bytes = Buffer.concat([
      frameEom(clientHello),
      frameChunked(rpc('7', '<ping/>', ' xmlns:u="urn:u" u:tag="x"')),
      frameChunked(rpc('8', '<close-session/>')),
    ]);
    const [first] = await talk(true, bytes, closeOnClose);
    expect(first).toContain('message-id="7"');
    expect(first).toMatch(/xmlns:(\w+)="urn:u" message-id="7" \1:tag="x"/);
  });

  it('turns a handler’s error into an rpc-error and hides internal details', async () => {
    const { near } = serve(async (operation) => {
      if (operation.name === 'a') throw rpcFault('in-use', 'held by another', { appTag: 'x' });
      if (operation.name === 'b') throw new Error('password is hunter2');
      throw new NetconfRpcError(
        [{ type: 'rpc', tag: 'bad-element', severity: 'error' }],
        [{ type: 'rpc', tag: 'w', severity: 'warning' }],
      );
    });
    const session = await NetconfSession.open(near);
    expect(((await failure(session.rpc(nc('a')))) as NetconfRpcError).errors).toMatchObject([
      { tag: 'in-use', message: 'held by another', appTag: 'x' },
    ]);
    const hidden = (await failure(session.rpc(nc('b')))) as NetconfRpcError;
    expect(hidden.errors).toMatchObject([{ tag: 'operation-failed', message: 'internal fault' }]);
    expect((await failure(session.rpc(nc('c')))) as NetconfRpcError).toMatchObject({
      errors: [{ tag: 'bad-element' }],
      warnings: [{ tag: 'w' }],
    });
    session.destroy();
  });

  it.each([
    ['without message-id', `<rpc xmlns="${NETCONF_NS}"><ping/></rpc>`, 'missing-attribute'],
    ['without operation', rpc('1', ''), 'missing-element'],
    ['with two operations', rpc('1', '<a/><b/>'), 'missing-element'],
  ])('refuses an rpc %s and goes on', async (_what, text, tag) => {
    const bytes = Buffer.concat([
      frameEom(clientHello),
      frameChunked(text),
      frameChunked(rpc('9', '<close-session/>')),
    ]);
    const replies = await talk(true, bytes, closeOnClose);
    expect(replies[0]).toContain(`<error-tag>${tag}</error-tag>`);
    expect(replies[1]).toContain('<ok/>');
  });

  it.each([
    ['chooses a session id', 'session id', frameEom(hello11)],
    ['offers no known version', 'no version', frameEom(helloOf(['urn:x'], null))],
    ['sends no hello', 'instead of a hello', frameEom(rpc('1', '<ping/>'))],
    [
      'breaks the chunk grammar',
      'chunk grammar',
      Buffer.concat([frameEom(clientHello), Buffer.from('\n#x')]),
    ],
    ['sends what is not XML', 'malformed', Buffer.concat([frameEom(clientHello), frameChunked('nope')])],
    [
      'sends a document type',
      'document type',
      Buffer.concat([frameEom(clientHello), frameChunked('<!DOCTYPE rpc><rpc/>')]),
    ],
    [
      'sends a second hello',
      'instead of an rpc',
      Buffer.concat([frameEom(clientHello), frameChunked(clientHello)]),
    ],
  ])('ends the session of a client that %s', async (_what, why, bytes) => {
    const { near, ended } = serve(closeOnClose);
    near.resume();
    near.write(bytes);
    await new Promise((resolve) => near.once('end', resolve));
    expect(ended).toHaveLength(1);
    expect(ended[0]).toBeInstanceOf(NetconfError);
    expect(ended[0]?.message).toContain(why);
  });

  it('ends the session of a client that sends endlessly and never waits', async () => {
    const { near, ended } = serve(() => new Promise(() => undefined));
    near.resume();
    near.write(frameEom(clientHello));
    for (let n = 0; n < 1_100; n += 1) near.write(frameChunked(rpc(String(n), '<ping/>')));
    await new Promise((resolve) => near.once('end', resolve));
    expect(ended[0]?.message).toContain('requests wait');
  });

  it('sends a comment before its hello if configured', async () => {
    const [near, far] = duplexPair();
    new NetconfServerSession(far, {
      sessionId: 3,
      capabilities: both,
      helloComment: ' hi ',
      onRpc: closeOnClose,
      onEnd: () => undefined,
    });
    const client = new NetconfClient(await NetconfSession.open(near));
    expect(client.sessionId).toBe('3');
    await client.close();
  });

  it('sends notifications, and nothing after the end', async () => {
    const { near, server } = serve(closeOnClose);
    const session = await NetconfSession.open(near);
    const heard = new Promise<string>((resolve) => session.onNotification((one) => resolve(one.name)));
    server.send(elementBuilder(NOTIFICATION_NS)('notification'));
    expect(await heard).toBe('notification');
    server.end(new NetconfError('over', false));
    server.send(nc('late'));
    server.sendRaw(frame('chunked', 'late'));
    expect((await session.ended).name).toBe('NetconfClosedError');
  });
});
