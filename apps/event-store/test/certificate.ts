import { generateKeyPairSync, sign } from 'node:crypto';

/** The part of DER that a certificate needs. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...contents: readonly Uint8Array[]): Buffer => der(0x30, ...contents);
const bytes = (...values: readonly number[]): Buffer => Buffer.from(values);

const ECDSA_WITH_SHA256 = sequence(der(0x06, bytes(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)));
const NAME = sequence(
  der(0x31, sequence(der(0x06, bytes(0x55, 0x04, 0x03)), der(0x0c, Buffer.from('localhost')))),
);

function time(date: Date): Buffer {
  const [digits = ''] = date.toISOString().replaceAll(/[-:T]/g, '').split('.');
  return der(0x17, Buffer.from(`${digits.slice(2)}Z`));
}

/**
 * A self-signed certificate for localhost and 127.0.0.1, valid for a day, with its key; both in
 * PEM.
 */
export function selfSigned(): { readonly cert: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const day = 24 * 3600 * 1000;
  const names = sequence(der(0x82, Buffer.from('localhost')), der(0x87, bytes(127, 0, 0, 1)));
  const extension = (id: number, value: Uint8Array): Buffer =>
    sequence(der(0x06, bytes(0x55, 0x1d, id)), der(0x04, value));
  const extensions = sequence(extension(0x11, names), extension(0x13, sequence(der(0x01, bytes(0xff)))));
  const body = sequence(
    der(0xa0, der(0x02, bytes(2))),
    der(0x02, bytes(1)),
    ECDSA_WITH_SHA256,
    NAME,
    sequence(time(new Date(Date.now() - day / 24)), time(new Date(Date.now() + day))),
    NAME,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const certificate = sequence(
    body,
    ECDSA_WITH_SHA256,
    der(0x03, bytes(0), sign('sha256', body, privateKey)),
  );
  const lines = certificate
    .toString('base64')
    .replaceAll(/(.{64})/g, '$1\n')
    .trimEnd();
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
