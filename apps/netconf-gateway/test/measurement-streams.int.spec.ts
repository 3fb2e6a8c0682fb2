import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { certificateFingerprint } from '@interlock/netconf';
import { buildTopology } from '@interlock/network';
import { newTlsIdentity, until, type TlsIdentity } from '@interlock/testing';
import { parseKpiSources, type MeasurementStreamsEntry } from '../src/kpi/kpi-sources-file.js';
import { KpiSources } from '../src/kpi/kpi-sources.js';
import { MeasurementStreams } from '../src/kpi/streams/measurement-streams.js';
import { StreamPort } from '../src/kpi/streams/stream-port.js';
import { unitsOf } from './stream-bytes.js';
import { endOf, streamInfo, StreamProducer } from './stream-producer.js';

const producerDn = 'SubNetwork=1,ManagedElement=1';
const cellDn = (cell: string) => `${producerDn},GNBDUFunction=1,NRCellDU=${cell}`;
const usersOf = (id: string, cell: string) => streamInfo(id, cellDn(cell), 'RRC.ConnMean');
const fingerprintOf = ({ certificate }: TlsIdentity): string =>
  certificateFingerprint(new X509Certificate(certificate));

const folder = mkdtempSync(join(tmpdir(), 'interlock-streams-'));
const [certFile, keyFile] = ['cert.pem', 'key.pem'].map((name) => join(folder, name)) as [string, string];
let [own, ems, second, stranger]: TlsIdentity[] = [];
beforeAll(async () => {
  [own, ems, second, stranger] = await Promise.all(
    ['gateway', 'ems', 'second', 'stranger'].map((name) => newTlsIdentity(name)),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));
const use = ({ certificate, key }: TlsIdentity): void => {
  writeFileSync(certFile, certificate);
  writeFileSync(keyFile, key);
};

const ends: (() => void)[] = [];
let warnings: { readonly message: string }[];
beforeEach(() => {
  use(own!);
  warnings = [];
});
afterEach(() => {
  for (const end of ends.splice(0).toReversed()) end();
});

const config = {
  KPI_STREAMS_PORT: 0,
  KPI_STREAMS_CERT_FILE: certFile,
  KPI_STREAMS_KEY_FILE: keyFile,
  NETCONF_CONNECT_MS: 60_000,
};
const entryOf = (over: object = {}): MeasurementStreamsEntry =>
  parseKpiSources(
    JSON.stringify({
      sources: [
        {
          kind: 'measurement-streams',
          name: 'ems',
          tenant_id: 'demo',
          producer: producerDn,
          key_fingerprint: fingerprintOf(ems!),
          kpis: [{ kpi: 'users', counter: 'RRC.ConnMean', window_s: 10 }],
          ...over,
        },
      ],
    }),
  )[0] as MeasurementStreamsEntry;

/** A port with these sources, and producers for it. */
const opened = async (more: { readonly others?: readonly object[]; readonly sweepMs?: number } = {}) => {
  const sources = [{}, ...(more.others ?? [])].map((over) => new MeasurementStreams(entryOf(over)));
  const port = new StreamPort({
    config,
    host: '127.0.0.1',
    sources,
    logger: {
      info: () => undefined,
      warn: (fields, message) => warnings.push({ ...fields, message }),
      error: (fields, message) => warnings.push({ ...fields, message }),
    },
    ...(more.sweepMs === undefined ? {} : { sweepMs: more.sweepMs }),
  });
  await port.start();
  ends.push(() => port.stop());
  const producer = (identity: TlsIdentity | null = ems!, ca = own!.ca): StreamProducer => {
    const shown = identity === null ? {} : { cert: identity.certificate, key: identity.key };
    const made = new StreamProducer(port.port!, { ...shown, ca });
    ends.push(() => made.stop());
    return made;
  };
  return { port, producer, sources, source: sources[0]! };
};
const read = async (source: MeasurementStreams) => {
  try {
    const users = (await source.read(null, Date.now())).get('users')!;
    return Object.fromEntries([...users].map(([cell, { value }]) => [cell, value]));
  } catch (error) {
    return (error as Error).message;
  }
};
const reads = (source: MeasurementStreams, expected: unknown) =>
  until(
    async () => JSON.stringify(await read(source)) === JSON.stringify(expected),
    `the source reads ${JSON.stringify(expected)}`,
  );
const users = (stream: number, value: number, at = Date.now()) =>
  unitsOf({ stream, at, standard: [{ integer: value }] });
const errorInfo = (text: string) => ({ error: { errorInfo: text } });

describe('the port for performance data streams', () => {
  it('takes the units of a producer, who announces a connection and opens it', async () => {
    const { producer, source } = await opened();
    expect(await read(source)).toBe('its producer has not connected');
    const ems1 = producer();
    const { status, location } = await ems1.announce(producerDn, usersOf('1', 'a'), usersOf('2', 'b'));
    expect(status).toBe(201);
    expect(location).toMatch(new RegExp(`^${ems1.base}/connections/[0-9a-f-]{36}$`));
    expect(await read(source)).toBe('its producer has not connected');
    const socket = await ems1.open(location);
    const at = Date.now() - 3000;
    socket.send(unitsOf(...[1, 2].map((stream) => ({ stream, at, standard: [{ integer: stream * 10 }] }))));
    await reads(source, { a: 10, b: 20 });
    expect((await source.read(['a'], Date.now())).get('users')).toEqual(
      new Map([['a', { value: 10, from: at - 10_000, to: at }]]),
    );
    expect(await ems1.call('GET', location)).toMatchObject({
      status: 200,
      body: { connection: location, producer: producerDn, streams: ['1', '2'] },
    });
    expect(warnings).toEqual([]);
  });

  it('adds and removes streams of an open connection, and tells of them', async () => {
    const { producer, source } = await opened();
    const ems1 = producer();
    const { location } = await ems1.announce(producerDn, usersOf('1', 'a'));
    const socket = await ems1.open(location);
    const streams = `${location}/streams`;
    expect(await ems1.call('POST', streams, [usersOf('2', 'b')])).toMatchObject({
      status: 201,
      body: [usersOf('2', 'b')],
    });
    socket.send(Buffer.concat([users(1, 5), users(2, 6)]));
    await reads(source, { a: 5, b: 6 });
    expect(await ems1.call('POST', streams, [usersOf('2', 'c')])).toMatchObject({
      status: 400,
      body: errorInfo('stream `2` stands twice'),
    });
    const withReporter = { streamInfo: usersOf('2', 'b'), reporters: [producerDn] };
    expect(await ems1.call('GET', `${streams}/2`)).toMatchObject({ status: 200, body: withReporter });
    expect(await ems1.call('GET', `${streams}?streamIds=2&streamIds=9`)).toMatchObject({
      status: 202,
      body: [withReporter],
    });
    expect(await ems1.call('GET', `${streams}?streamIds=1,2`)).toMatchObject({ status: 200 });
    expect((await ems1.call('DELETE', `${streams}?streamIds=1`)).status).toBe(204);
    await reads(source, { b: 6 });
    expect((await ems1.call('DELETE', `${streams}?streamIds=1`)).status).toBe(404);
    expect((await ems1.call('DELETE', streams)).status).toBe(400);
    expect((await ems1.call('GET', `${streams}/1`)).status).toBe(404);
    expect((await ems1.call('GET', '/connections')).body).toEqual([
      { connection: location, producer: producerDn, streams: ['2'] },
    ]);
    expect((await ems1.call('GET', `/connections?connectionIdList=${location},x`)).status).toBe(202);
  });

  it('forgets the values when the connection ends or breaks, and takes new ones after that', async () => {
    const { producer, source } = await opened();
    const ems1 = producer();
    const { location } = await ems1.announce(producerDn, usersOf('1', 'a'));
    const first = await ems1.open(location);
    first.send(users(1, 5));
    await reads(source, { a: 5 });
    first.terminate();
    await reads(source, 'the connection of its producer broke');
    const again = await ems1.open(location);
    await reads(source, {});
    again.send(users(1, 6));
    await reads(source, { a: 6 });
    again.close(1000);
    await reads(source, 'its producer has ended the connection');
    await expect(ems1.open(location)).rejects.toThrow('404');
    const newer = await ems1.connect(producerDn, usersOf('1', 'a'));
    newer.send(users(1, 7));
    await reads(source, { a: 7 });
  });

  it('gives measurements that are stale once they are old, or by a clock that is ahead', async () => {
    const { producer, source } = await opened();
    const sources = new KpiSources({
      sources: [source],
      topology: () => buildTopology([], '0'),
      logger: { warn: () => undefined, error: () => undefined },
      checkMs: 60_000,
    });
    const outcomeAt = async (at: number) => {
      await sources.check(new Date(at).toISOString());
      return sources.outcomes().get('ems');
    };
    expect(await outcomeAt(Date.now())).toBe('failed');
    const socket = await producer().connect(producerDn, usersOf('1', 'a'));
    const sent = Date.now();
    socket.send(users(1, 5, sent));
    await reads(source, { a: 5 });
    expect(await outcomeAt(sent + 60_000)).toBe('ok');
    expect(await outcomeAt(sent + 60_001)).toBe('stale');
    socket.send(users(1, 6, Date.now() + 3_600_000));
    await reads(source, { a: 6 });
    expect(await outcomeAt(Date.now())).toBe('stale');
  });

  it('ends the connection that a newer one replaces', async () => {
    const { producer, source } = await opened();
    const first = await producer().connect(producerDn, usersOf('1', 'a'));
    first.send(users(1, 5));
    await reads(source, { a: 5 });
    const ended = endOf(first);
    const second1 = await producer().connect(producerDn, usersOf('1', 'b'));
    expect(await ended).toEqual({ code: 1001, reason: 'a newer connection has replaced this one' });
    second1.send(users(1, 6));
    await reads(source, { b: 6 });
  });

  it.each([
    ['malformed bytes', Buffer.from('ffffffff', 'hex'), 1007, 'it sent a message that cannot be read'],
    ['a text', 'hello', 1003, 'it sent a text, not a binary message'],
    ['a unit of no stream', users(9, 1), 1008, 'it sent a unit of no stream: 9'],
    ['a message that is too long', Buffer.alloc(1024 * 1024 + 1), 1009, 'Max payload size exceeded'],
  ])('ends a connection with the reason after %s', async (_, message, code, why) => {
    const { producer, source } = await opened();
    const socket = await producer().connect(producerDn, usersOf('1', 'a'));
    socket.send(users(1, 5));
    await reads(source, { a: 5 });
    const ended = endOf(socket);
    socket.send(message);
    expect((await ended).code).toBe(code);
    await reads(source, why);
    expect(warnings).toEqual([
      { source: 'ems', detail: why, message: 'a producer of performance data streams was refused' },
    ]);
    const next = await producer().connect(producerDn, usersOf('1', 'a'));
    next.send(users(1, 6));
    await reads(source, { a: 6 });
  });

  it('refuses a certificate that no source names, and none, and logs that once', async () => {
    const { producer } = await opened();
    for (let n = 0; n < 3; n += 1)
      await expect(producer(stranger!).announce(producerDn, usersOf('1', 'a'))).rejects.toThrow();
    expect(warnings).toEqual([
      {
        from: '127.0.0.1',
        key_fingerprint: fingerprintOf(stranger!),
        detail: 'no source has its key',
        message: 'a producer of performance data streams was refused',
      },
    ]);
    await expect(producer(null).announce(producerDn, usersOf('1', 'a'))).rejects.toThrow();
    await expect(producer(stranger!).open(`${producer().base}/connections/x`)).rejects.toThrow();
  });

  it('refuses another producer, streams that it cannot read, and what is no request', async () => {
    const { producer, source } = await opened();
    const ems1 = producer();
    expect(await ems1.announce('ManagedElement=2', usersOf('1', 'a'))).toMatchObject({
      status: 403,
      body: { error: [{ errorReason: 'this certificate is of another producer' }] },
    });
    expect(
      await ems1.announce(producerDn, usersOf('1', 'a'), {
        ...usersOf('2', 'b'),
        serializationFormat: 'ASN1',
      }),
    ).toMatchObject({
      status: 400,
      body: {
        error: [{ errorReason: '/streams/1/serializationFormat only the serialization format GPB is read' }],
      },
    });
    expect(await ems1.announce(producerDn, usersOf('1', 'a'), usersOf('26F4', 'b'))).toMatchObject({
      status: 400,
      body: { error: [{ streamId: '26F4' }] },
    });
    expect((await ems1.call('POST', '/connections', '{')).status).toBe(400);
    expect((await ems1.call('POST', '/connections')).status).toBe(400);
    expect((await ems1.call('PUT', '/connections', {})).status).toBe(405);
    expect((await ems1.call('GET', '/elsewhere')).status).toBe(404);
    expect((await ems1.call('GET', '/connections/x')).status).toBe(404);
    expect((await ems1.call('POST', '/connections', 'x'.repeat(1024 * 1024 + 1))).status).toBe(413);
    await expect(ems1.open(`${ems1.base}/connections/x`)).rejects.toThrow('404');
    expect(await read(source)).toBe('its producer has not connected');
  });

  it('keeps the connections of certificates apart', async () => {
    const other = { name: 'second', tenant_id: 'other', key_fingerprint: fingerprintOf(second!) };
    const { producer, sources } = await opened({ others: [other] });
    const { location } = await producer().announce(producerDn, usersOf('1', 'a'));
    const stolen = producer(second!);
    expect((await stolen.call('GET', location)).status).toBe(404);
    expect((await stolen.call('GET', '/connections')).body).toEqual([]);
    await expect(stolen.open(location)).rejects.toThrow('404');
    const socket = await stolen.connect(producerDn, usersOf('1', 'a'));
    socket.send(users(1, 9));
    await reads(sources[1]!, { a: 9 });
    expect(await read(sources[0]!)).toBe('its producer has not connected');
  });

  it('forgets the oldest of more than four connections that are not opened', async () => {
    const { producer } = await opened();
    const ems1 = producer();
    const announced = [];
    for (let n = 0; n < 5; n += 1)
      announced.push((await ems1.announce(producerDn, usersOf('1', 'a'))).location);
    expect((await ems1.call('GET', announced[0]!)).status).toBe(404);
    expect((await ems1.call('GET', announced[1]!)).status).toBe(200);
  });

  it('ends a connection whose producer no longer answers', async () => {
    const { producer, source } = await opened({ sweepMs: 100 });
    const socket = await producer().connect(producerDn, usersOf('1', 'a'));
    socket.pause();
    await reads(source, 'the connection of its producer broke');
  });

  it('uses a certificate that is renewed, and keeps the old one where the new one cannot be used', async () => {
    const { producer } = await opened({ sweepMs: 50 });
    expect((await producer().call('GET', '/connections')).status).toBe(200);
    writeFileSync(keyFile, 'no key');
    await until(() => warnings.length > 0, 'the file was found unusable');
    expect((await producer().call('GET', '/connections')).status).toBe(200);
    use(second!);
    await until(
      () =>
        producer(ems!, second!.ca)
          .call('GET', '/connections')
          .then(
            ({ status }) => status === 200,
            () => false,
          ),
      'the new certificate is shown',
    );
    // A producer that does not trust the old certificate breaks off, which is logged as well.
    const renewals = warnings.filter(({ message }) => message.includes('cannot be renewed'));
    expect(renewals).toEqual([{ message: 'the certificate for performance data streams cannot be renewed' }]);
  });

  it('does not serve more callers at a time than it can, or what is not TLS', async () => {
    const { port, producer } = await opened();
    const sockets = Array.from({ length: 16 }, () => connect(port.port!, '127.0.0.1'));
    ends.push(() => {
      for (const socket of sockets) socket.destroy();
    });
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    await until(
      () =>
        producer()
          .call('GET', '/connections')
          .then(
            () => false,
            () => true,
          ),
      'a further caller is refused',
    );
    for (const socket of sockets) socket.write('GET / HTTP/1.1\r\n\r\n');
    await until(() => sockets.every(({ destroyed }) => destroyed), 'the callers are cut off');
    expect((await producer().call('GET', '/connections')).status).toBe(200);
  });

  it('does not open without its settings, or with files that it cannot use', async () => {
    const portWith = (over: object) => () =>
      new StreamPort({
        config: { ...config, ...over },
        host: '127.0.0.1',
        sources: [new MeasurementStreams(entryOf())],
        logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
      });
    expect(portWith({ KPI_STREAMS_PORT: undefined })).toThrow(/KPI_STREAMS_PORT is needed/);
    expect(portWith({ KPI_STREAMS_CERT_FILE: undefined })).toThrow(/KPI_STREAMS_CERT_FILE is needed/);
    expect(portWith({ KPI_STREAMS_KEY_FILE: '/nowhere' })).toThrow(/KPI_STREAMS_KEY_FILE cannot be read/);
    use({ ...own!, key: second!.key });
    expect(portWith({})).toThrow(/do not hold a certificate and its key/);
  });
});
