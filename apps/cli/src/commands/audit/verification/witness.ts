import { isTexts } from '@interlock/kernel';
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  fromBase64,
  isKeyName,
  keysFrom,
  maxWitnessRequestBytes,
  signerKey,
  toBase64,
  verifierText,
  witnessAnswer,
  type KeyChain,
  type SignerKey,
  type VerifierKey,
  type WitnessAnswer,
} from '@interlock/tree';
import { CliError, pathOf, print } from '../../../connection/session.js';
import { readVerifier } from '../files.js';
import { WitnessStore } from './witness-store.js';
import { readText } from '../../../reading.js';
import { jsonFile, whole } from '../../../readers.js';
import { act } from '../../../program/declare.js';
import type { Values } from '../../../program/options.js';
import type { AddressInfo } from 'node:net';

const options = {
  '--key <file>': { about: "the witness's own key", required: true },
  '--new-key <name>': 'make the key, print its public part, and end',
  '--ml-dsa': { about: 'with --new-key: an ML-DSA-44 key (FIPS 204) in place of Ed25519', preset: false },
  '--log <key>': { about: 'public key of a log, or a file with it (repeatable)', several: true },
  '--chain <file>': {
    about: 'keys that a log handed over to: the answer of GET /api/v1/audit/keys (repeatable)',
    several: true,
  },
  '--state <file>': 'file with the last cosigned checkpoint of each log',
  '--port <port>': { about: 'the port to listen on', preset: '8130', read: whole(0, 65_535) },
  '--host <host>': { about: 'the address to listen on', preset: '127.0.0.1' },
} as const;

const requestMs = 10_000;

type WitnessKind = 'cosignature' | 'ml-dsa-44';

/**
 * Reads a key file with two lines: the name, and the seed in base64, with the prefix `ml-dsa-44 `
 * for such a key.
 */
const readSigner = (file: string): SignerKey => {
  const [name = '', line = '', rest] = readText(file).split('\n');
  const [, algorithm, encoded = ''] = /^(ml-dsa-44 )?(\S+)$/.exec(line) ?? [];
  const seed = fromBase64(encoded);
  if (!isKeyName(name) || seed?.length !== 32 || rest !== '')
    throw new CliError(`${file} has no witness's key`, 2);
  return signerKey(name, algorithm === undefined ? 'cosignature' : 'ml-dsa-44', seed);
};

const makeKey = (file: string, name: string, kind: WitnessKind): void => {
  if (!isKeyName(name))
    throw new CliError("a key's name has neither spaces nor a plus: like a URL without its scheme", 2);
  if (existsSync(pathOf(file))) throw new CliError(`${file} is there already`, 2);
  const seed = randomBytes(32);
  const line = `${kind === 'cosignature' ? '' : `${kind} `}${toBase64(seed)}`;
  writeFileSync(pathOf(file), `${name}\n${line}\n`, { mode: 0o600, flag: 'wx' });
  print(verifierText(signerKey(name, kind, seed)));
};

/** Returns the successors of a log's keys, from a file of its chain that contains a known key. */
const laterKeys = (file: string, known: readonly VerifierKey[]): readonly VerifierKey[] => {
  const chain = jsonFile(file) as Partial<KeyChain> | null;
  const { first, rotations } = chain ?? {};
  const isChain = typeof first === 'string' && isTexts(rotations);
  const keys = isChain
    ? known
        .map((key) => keysFrom({ first, rotations }, key))
        .reduce((longest, one) => (one.length > longest.length ? one : longest), [])
    : [];
  if (keys.length === 0)
    throw new CliError(`${file} is not a chain of keys that goes on from one of --log`, 2);
  return keys;
};

const bodyOf = async (request: IncomingMessage): Promise<Buffer | null> => {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > maxWitnessRequestBytes) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
};

const answer = (
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
  last = false,
): void => {
  response
    .writeHead(status, {
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
      ...(last ? { connection: 'close' } : {}),
    })
    .end(body);
};

/**
 * Answers `add-checkpoint`, and requests for the last cosigned checkpoint of an origin. Nothing
 * runs between reading the state and storing it, so two requests never see the same state.
 */
const cosign = async (
  request: IncomingMessage,
  response: ServerResponse,
  decide: (body: string) => WitnessAnswer,
  store: WitnessStore,
): Promise<void> => {
  const plain = 'text/plain; charset=utf-8';
  const [path = ''] = (request.url ?? '').split('?');
  const [, origin] = /^\/([0-9a-f]{64})\/checkpoint$/.exec(path) ?? [];
  if (origin !== undefined && (request.method === 'GET' || request.method === 'HEAD')) {
    const note = store.checkpoint(origin);
    if (note === null) answer(response, 404, plain, 'no checkpoint of this origin was cosigned\n');
    else answer(response, 200, plain, note);
  } else if (path !== '/add-checkpoint') {
    answer(response, 404, plain, 'there is only /add-checkpoint, and /HASH/checkpoint\n', true);
  } else if (request.method !== 'POST') {
    answer(response.setHeader('allow', 'POST'), 405, plain, 'only POST\n', true);
  } else {
    const body = await bodyOf(request);
    if (body === null) {
      answer(response, 413, plain, `at most ${maxWitnessRequestBytes} bytes\n`, true);
      return;
    }
    const text = body.toString('utf8');
    const decided = decide(Buffer.from(text).equals(body) ? text : '');
    // INVARIANT: a checkpoint is on disk before anybody receives its cosignature.
    if (decided.next !== null) store.put(decided.next);
    answer(response, decided.status, decided.contentType, decided.body);
  }
};

const serve = async (asked: Values<typeof options>): Promise<void> => {
  const signer = readSigner(asked.key);
  const known = asked.log.map((text) => readVerifier(text, 'log', '--log'));
  if (known.length === 0) throw new CliError('name the logs to witness by their public keys with --log', 2);
  if (asked.state === undefined) throw new CliError('name the file of what was cosigned with --state', 2);
  const logs = [...known, ...asked.chain.flatMap((file) => laterKeys(file, known))].filter(
    (key, i, all) => all.findIndex((other) => verifierText(other) === verifierText(key)) === i,
  );
  const store = WitnessStore.open(pathOf(asked.state));
  const decide = (body: string): WitnessAnswer =>
    witnessAnswer({
      logs,
      latest: (origin) => store.latest(origin),
      room: store.room,
      signer,
      nowSeconds: Math.floor(Date.now() / 1000),
      body,
    });
  const server = createServer(
    {
      requestTimeout: requestMs,
      headersTimeout: requestMs,
      keepAliveTimeout: 60_000,
      connectionsCheckingInterval: 1000,
    },
    (request, response) => {
      cosign(request, response, decide, store).catch((error: unknown) => {
        process.stderr.write(`interlock: ${error instanceof Error ? error.message : String(error)}\n`);
        if (!response.headersSent)
          answer(response, 500, 'text/plain; charset=utf-8', 'the witness failed\n', true);
        else response.destroy();
      });
    },
  );
  server.maxConnections = 256;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new CliError(`cannot listen on ${asked.host}:${asked.port}: ${error.message}`)),
    );
    server.listen(asked.port, asked.host, resolve);
  });
  print(
    `${verifierText(signer)}\nlistening on http://${asked.host.includes(':') ? `[${asked.host}]` : asked.host}:${(server.address() as AddressInfo).port} for ${[...new Set(logs.map(({ name }) => name))].join(', ')}`,
  );
  await new Promise<void>((resolve) => {
    const stop = (): void => {
      server.close(() => resolve());
      server.closeIdleConnections();
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  });
  store.close();
};

export const addAuditWitness = act({
  command: 'witness',
  about:
    'cosign the checkpoints of logs (C2SP tlog-witness), each after a proof that it extends the one before',
  options,
  run: ({ options: asked }) =>
    asked.newKey === undefined
      ? serve(asked)
      : makeKey(asked.key, asked.newKey, asked.mlDsa ? 'ml-dsa-44' : 'cosignature'),
});
