import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until } from '@interlock/testing';
import { readAddress, readLogUrl } from '../src/connection/address.js';
import { openClient } from '../src/connection/client.js';
import { Connection, silent } from '../src/connection/connection.js';

const options = (url: string): readonly string[] => url.slice(url.indexOf('?') + 1).split('&');

describe('the connection string of the log', () => {
  it.each(['tlsVerifyCert=false', 'frobnicate=7', 'tls_verify_cert=false'])(
    'loses `%s`, over which the client would write the password to the console',
    (option) => {
      const written = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
      try {
        const { url, ignored } = readAddress(`esdb://admin:s3cret@127.0.0.1:2113?tls=true&${option}`);
        expect(ignored).toEqual([option.split('=')[0]]);
        expect(options(url)).toContain('tls=true');
        openClient(url);
        expect(written).not.toHaveBeenCalled();
      } finally {
        written.mockRestore();
      }
    },
  );

  it('keeps what it says itself, and bounds how long a cluster is asked who leads where it does not say', () => {
    expect(options(readAddress('esdb://a:1,b:2').url)).toEqual(['gossipTimeout=1', 'maxDiscoverAttempts=3']);
    expect(
      options(
        readAddress('esdb+discover://a:1/?gossip_timeout=7&MaxDiscoverAttempts=9&keepAliveInterval=20000')
          .url,
      ),
    ).toEqual(['gossip_timeout=7', 'MaxDiscoverAttempts=9', 'keepAliveInterval=20000']);
  });

  it('keeps a password whole that has a colon', () => {
    expect(readAddress('esdb://admin:a:b%2Fc:d@h:1?tls=true').url).toContain(
      'esdb://admin:a%3Ab%2Fc%3Ad@h:1?tls=true',
    );
    expect(readAddress('esdb://h:1,i:2?tls=true').url).toContain('esdb://h:1,i:2?tls=true');
  });

  it.each([
    'esdb://h:1?tls',
    'esdb://h:1?=x',
    'esdb://h:1?connectionName=%C3%BC',
    'esdb://h:1?connectionName=%',
    'esdb://admin:s3cret@h:1?tls=false',
    'esdb://admin@h:1?TLS=False',
  ])('is refused where it cannot mean anything: %s', (text) =>
    expect(() => readAddress(text)).toThrow(expect.objectContaining({ code: 'validation-failed' })),
  );

  it('names a file that may be away while a connection is replaced: it is opened when the file is there again', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'interlock-ca-'));
    const file = join(dir, 'ca.pem');
    const put = (): Promise<void> => writeFile(file, rootCertificates[0]!);
    const lines: string[] = [];
    await put();
    const connection = new Connection(`esdb://127.0.0.1:1?tls=true&tlsCAFile=${encodeURIComponent(file)}`, {
      ...silent,
      error: (_, message) => lines.push(message),
    });
    const first = await connection.link();
    await rm(file);
    const replaced = connection.replace(first, 'a test');
    await until(() => lines.length > 0, 'it was tried');
    await put();
    await replaced;
    expect((await connection.link()).client).not.toBe(first.client);
    await rm(file);
    void connection.replace(await connection.link(), 'a test');
    await connection.close();
    await rm(dir, { recursive: true });
  });
});

describe('the log in the environment', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'interlock-password-'));
    await writeFile(join(dir, 'password'), 'p:w/d\n');
    await writeFile(join(dir, 'empty'), '\n');
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));
  const url = 'esdb://h:1?tls=true';

  it('is reached as the user whose password is in a file', () => {
    const environment = { EVENT_STORE_URL: url, EVENT_STORE_PASSWORD_FILE: join(dir, 'password') };
    expect(readLogUrl(environment, 'audit')).toBe('esdb://audit:p%3Aw%2Fd@h:1?tls=true');
    expect(readLogUrl({ ...environment, EVENT_STORE_USER: 'reader' }, 'audit')).toBe(
      'esdb://reader:p%3Aw%2Fd@h:1?tls=true',
    );
    expect(readLogUrl({ EVENT_STORE_URL: 'esdb://a:b@h:1' }, 'audit')).toBe('esdb://a:b@h:1');
  });

  it.each([
    ['', undefined],
    ['esdb://a:b@h:1', 'password'],
    [url, 'empty'],
    [url, 'nowhere'],
  ])('is refused where it does not say who calls: `%s` with the file %s', (address, file) => {
    const environment = {
      EVENT_STORE_URL: address,
      EVENT_STORE_PASSWORD_FILE: file === undefined ? undefined : join(dir, file),
    };
    expect(() => readLogUrl(environment, 'audit')).toThrow(
      expect.objectContaining({ code: 'validation-failed' }),
    );
  });
});
