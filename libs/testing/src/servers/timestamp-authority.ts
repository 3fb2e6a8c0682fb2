import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as asn1 from 'asn1js';
import {
  AlgorithmIdentifier,
  Attribute,
  AttributeTypeAndValue,
  BasicConstraints,
  Certificate,
  ContentInfo,
  EncapsulatedContentInfo,
  ExtKeyUsage,
  Extension,
  IssuerAndSerialNumber,
  MessageImprint,
  PKIStatusInfo,
  SignedAndUnsignedAttributes,
  SignedData,
  SignerInfo,
  TimeStampReq,
  TimeStampResp,
  TSTInfo,
} from 'pkijs';

/** Ways in which an authority answers otherwise than it should. */
export type TimestampTrouble =
  'away' | 'refused' | 'garbage' | 'nonce' | 'imprint' | 'signature' | 'expired' | 'usage' | 'foreign';
export type TestTimestampAuthority = {
  readonly url: string;
  /** The certificate that auditors trust, in PEM. */
  readonly ca: string;
  /** What goes wrong from now on. */
  trouble: TimestampTrouble | undefined;
  /** The time that it tells; else now. */
  at: Date | undefined;
  /** How many requests it answered. */
  asked: number;
  /** A token over some bytes, as DER, without a request. */
  readonly token: (data: Uint8Array) => Promise<Uint8Array>;
  readonly stop: () => Promise<void>;
};

const dayMs = 86_400_000;
const oids = {
  commonName: '2.5.4.3',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  sha256: '2.16.840.1.101.3.4.2.1',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  signedData: '1.2.840.113549.1.7.2',
  timestampInfo: '1.2.840.113549.1.9.16.1.4',
} as const;

type Issued = { readonly certificate: Certificate; readonly keys: webcrypto.CryptoKeyPair };
const der = (of: { toSchema(): { toBER(): ArrayBuffer } }): Uint8Array =>
  new Uint8Array(of.toSchema().toBER());
const extension = (extnID: string, value: asn1.BaseBlock): Extension =>
  new Extension({ extnID, critical: true, extnValue: value.toBER() });

/** A certificate of a new key: an authority's own, or one that it issues. */
const issue = async (
  name: string,
  { by, usage, until = Date.now() + 365 * dayMs }: { by?: Issued; usage?: string; until?: number } = {},
): Promise<Issued> => {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const certificate = new Certificate({ version: 2 });
  certificate.serialNumber = new asn1.Integer({ valueHex: Uint8Array.from([1, ...randomBytes(8)]) });
  certificate.subject.typesAndValues.push(
    new AttributeTypeAndValue({ type: oids.commonName, value: new asn1.Utf8String({ value: name }) }),
  );
  certificate.issuer = by?.certificate.subject ?? certificate.subject;
  certificate.notBefore.value = new Date(Date.now() - 365 * dayMs);
  certificate.notAfter.value = new Date(until);
  certificate.extensions = [
    extension(oids.basicConstraints, new BasicConstraints({ cA: by === undefined }).toSchema()),
    extension(
      oids.keyUsage,
      new asn1.BitString({ valueHex: Uint8Array.from([by === undefined ? 0x06 : 0x80]) }),
    ),
    ...(usage === undefined
      ? []
      : [extension(oids.extendedKeyUsage, new ExtKeyUsage({ keyPurposes: [usage] }).toSchema())]),
  ];
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey);
  await certificate.sign((by?.keys ?? keys).privateKey, 'SHA-256');
  return { certificate, keys };
};

type Told = { readonly hash: Uint8Array; readonly nonce?: asn1.Integer; readonly at: Date };

/** A token by a signer (RFC 3161, 2.4.2). */
const tokenBy = async ({ certificate, keys }: Issued, { hash, nonce, at }: Told): Promise<ContentInfo> => {
  const info = new TSTInfo({
    version: 1,
    policy: '1.3.6.1.4.1.99999.1',
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: oids.sha256 }),
      hashedMessage: new asn1.OctetString({ valueHex: hash }),
    }),
    serialNumber: new asn1.Integer({ valueHex: Uint8Array.from([1, ...randomBytes(8)]) }),
    genTime: at,
    ...(nonce === undefined ? {} : { nonce }),
  });
  const content = der(info);
  const digest = (bytes: Uint8Array): asn1.OctetString =>
    new asn1.OctetString({ valueHex: createHash('sha256').update(bytes).digest() });
  const signed = new SignedData({
    version: 3,
    encapContentInfo: new EncapsulatedContentInfo({ eContentType: oids.timestampInfo }),
    signerInfos: [
      new SignerInfo({
        version: 1,
        sid: new IssuerAndSerialNumber({
          issuer: certificate.issuer,
          serialNumber: certificate.serialNumber,
        }),
        signedAttrs: new SignedAndUnsignedAttributes({
          type: 0,
          attributes: [
            new Attribute({
              type: oids.contentType,
              values: [new asn1.ObjectIdentifier({ value: oids.timestampInfo })],
            }),
            new Attribute({ type: oids.messageDigest, values: [digest(content)] }),
            new Attribute({
              type: oids.signingCertificateV2,
              values: [
                new asn1.Sequence({
                  value: [
                    new asn1.Sequence({ value: [new asn1.Sequence({ value: [digest(der(certificate))] })] }),
                  ],
                }),
              ],
            }),
          ],
        }),
      }),
    ],
    certificates: [certificate],
  });
  // DER has an octet string in one piece, which the constructor divides.
  signed.encapContentInfo.eContent = new asn1.OctetString({ valueHex: content });
  await signed.sign(keys.privateKey, 0, 'SHA-256');
  return new ContentInfo({ contentType: oids.signedData, content: signed.toSchema(true) });
};

/**
 * A time-stamp authority (RFC 3161) over HTTP, with a certificate of its own. Its troubles are
 * those of real ones.
 */
export const startTimestampAuthority = async (): Promise<TestTimestampAuthority> => {
  const root = await issue('Test time-stamp root');
  const signer = await issue('Test time-stamp unit', { by: root, usage: oids.timeStamping });
  const others: { readonly [trouble: string]: Issued } = {
    expired: await issue('Expired unit', { by: root, usage: oids.timeStamping, until: Date.now() - dayMs }),
    usage: await issue('Unit of another use', { by: root, usage: oids.serverAuth }),
    foreign: await issue('Foreign unit', { by: await issue('Foreign root'), usage: oids.timeStamping }),
  };
  const answer = async (body: Uint8Array): Promise<Uint8Array> => {
    const { messageImprint, nonce } = TimeStampReq.fromBER(body);
    const { trouble } = authority;
    if (trouble === 'refused')
      return der(
        new TimeStampResp({
          status: new PKIStatusInfo({
            status: 2,
            statusStrings: [new asn1.Utf8String({ value: 'no time for you' })],
          }),
        }),
      );
    if (trouble === 'garbage') return Buffer.from('a page of a proxy');
    const content = await tokenBy(others[trouble ?? ''] ?? signer, {
      hash:
        trouble === 'imprint'
          ? randomBytes(32)
          : messageImprint.hashedMessage.valueBlock.valueHexView.slice(),
      at: authority.at ?? new Date(),
      ...(nonce === undefined
        ? {}
        : {
            nonce: trouble === 'nonce' ? new asn1.Integer({ valueHex: Uint8Array.from([1, 2, 3]) }) : nonce,
          }),
    });
    const bytes = der(
      new TimeStampResp({ status: new PKIStatusInfo({ status: 0 }), timeStampToken: content }),
    );
    // The signature is the last value of a token.
    return trouble === 'signature' ? bytes.with(-1, bytes.at(-1)! ^ 1) : bytes;
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      authority.asked += 1;
      if (authority.trouble === 'away' || request.headers['content-type'] !== 'application/timestamp-query') {
        response.writeHead(503).end();
        return;
      }
      answer(Buffer.concat(chunks)).then(
        (bytes) => response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(bytes),
        () => response.writeHead(400).end(),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const pem = Buffer.from(der(root.certificate)).toString('base64').replace(/.{64}/g, '$&\n');
  const authority: TestTimestampAuthority = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsa`,
    ca: `-----BEGIN CERTIFICATE-----\n${pem}\n-----END CERTIFICATE-----\n`,
    trouble: undefined,
    at: undefined,
    asked: 0,
    token: async (data) =>
      der(
        await tokenBy(signer, {
          hash: createHash('sha256').update(data).digest(),
          at: authority.at ?? new Date(),
        }),
      ),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return authority;
};
