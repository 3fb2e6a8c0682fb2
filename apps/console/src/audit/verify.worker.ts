import { fromBase64, isSealLine, parseVerifier, readExportedLine } from '@interlock/tree';
import { Replay } from '@interlock/replay';
import {
  eventText,
  knownCheckpoint,
  LineSplitter,
  verdictOf,
  verifyLog,
  type KnownCheckpoint,
  type LogSource,
} from '@interlock/verify';
import { problemOf } from '../api/client.js';
import { counted } from '../format.js';
import type { Step, StepName, VerifyAsked, VerifyProgress } from './messages.js';
import { beginsWith, judgeProof, lastLeaf, type ServedProof, type SignedTree } from './proof.js';

const tell = (progress: VerifyProgress): void => postMessage(progress);
const step = (name: StepName, state: Step['state'], ...says: readonly string[]): void =>
  tell({ kind: 'step', step: { name, state, says } });

class Refused extends Error {}

const ask = async (path: string, query: URLSearchParams, tenant: string | undefined): Promise<Response> => {
  const response = await fetch(`${path}?${query.toString()}`, {
    headers: {
      'x-interlock-console': '1',
      ...(tenant === undefined ? {} : { 'x-tenant-id': tenant }),
    },
  });
  if (response.ok) return response;
  const body: unknown = await response.json().catch(() => undefined);
  const { title, detail } = problemOf(response.status, body);
  throw new Refused(`${title}: ${detail}`);
};

/**
 * Reads the whole answer and keeps the original bytes, so that faults are reported from the same
 * bytes that were checked.
 */
const readAll = async (response: Response): Promise<readonly Uint8Array[]> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done || value === undefined) return chunks;
    chunks.push(value);
    bytes += value.length;
    step('read', 'running', `${counted(bytes, 'byte')} so far.`);
  }
};

const sourceOf = (name: string, chunks: readonly Uint8Array[]): LogSource => ({
  name,
  async *open() {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  },
});

/** Replays every decision of the export and reports the first one that gives another result. */
const replayed = (chunks: readonly Uint8Array[]): void => {
  const replay = new Replay();
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let over = false;
  const splitter = new LineSplitter((bytes) => {
    const text = bytes === null || over ? '' : decoder.decode(bytes);
    if (text.trim() === '' || isSealLine(text)) return;
    const read = readExportedLine(text);
    if ('event' in read) over = !replay.take(read.event);
  });
  for (const chunk of chunks) splitter.take(chunk);
  splitter.end();
  const { events, checked, unchecked, difference } = replay.end();
  const sum = (of: { readonly [kind: string]: number }): number =>
    Object.values(of).reduce((all, n) => all + n, 0);
  const kinds = Object.entries(checked)
    .map(([kind, n]) => `${kind} ${n}`)
    .join(', ');
  const left = Object.entries(unchecked)
    .map(([kind, n]) => `${kind} ${n}`)
    .join(', ');
  if (difference === null)
    step(
      'replay',
      sum(checked) === 0 ? 'open' : 'good',
      `${counted(events, 'event')} were read, and ${counted(sum(checked), 'decision')} gave the same result again${kinds === '' ? '' : `: ${kinds}`}.`,
      ...(left === '' ? [] : [`Not replayed, because this export lacks their inputs: ${left}.`]),
    );
  else
    step(
      'replay',
      'bad',
      `${difference.type} of ${difference.stream}, revision ${difference.revision}, position ${difference.position}, gives another result: ${difference.what}, at ${difference.path}.`,
      `Recorded: ${JSON.stringify(difference.recorded).slice(0, 300)}`,
      `Replayed: ${JSON.stringify(difference.replayed).slice(0, 300)}`,
    );
};

/** Requests the proof of the last event and checks it against the signed tree. */
const prove = async (
  chunks: readonly Uint8Array[],
  signed: SignedTree | undefined,
  tenant: string | undefined,
): Promise<void> => {
  const leaf = lastLeaf(chunks);
  if (signed === undefined || leaf === undefined) {
    step('proof', 'open', 'There is no event or signed tree to prove.');
    return;
  }
  const { stream, revision } = leaf;
  step('proof', 'running', `Requesting a proof of ${stream}, revision ${revision}.`);
  const query = new URLSearchParams({ stream, revision, size: `${signed.size}` });
  try {
    const served = (await (await ask('/api/v1/audit/proofs/inclusion', query, tenant)).json()) as ServedProof;
    const { state, says } = judgeProof(leaf, served, signed);
    step('proof', state, ...says);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    step('proof', 'open', `The server returned no proof: ${error.message}.`);
  }
};

/**
 * Checks whether the tree that seals a stream's export begins with the tree that was served before.
 * A stream's export replaces runs of other events by one hash each. An earlier tree that ends
 * within a run cannot be computed from it. The server's consistency proof is checked instead.
 */
const begins = async (
  { tenant: served }: KnownCheckpoint,
  signed: SignedTree,
  tenant: string | undefined,
): Promise<Pick<Step, 'state' | 'says'>> => {
  const root = fromBase64(served?.root ?? '');
  if (served === undefined || root === undefined)
    return { state: 'bad', says: ['The earlier served file is not a checkpoint.'] };
  const earlier = `the earlier served checkpoint over ${counted(served.size, 'event')}`;
  if (served.size > signed.size) return { state: 'bad', says: [`The seal is older than ${earlier}.`] };
  try {
    const query = new URLSearchParams({ from: `${served.size}`, to: `${signed.size}` });
    const answer = await ask('/api/v1/audit/proofs/consistency', query, tenant);
    const { proof } = (await answer.json()) as { readonly proof: readonly string[] };
    return beginsWith(signed, { size: served.size, root }, proof)
      ? { state: 'good', says: [`Its tree of ${counted(signed.size, 'event')} begins with ${earlier}.`] }
      : { state: 'bad', says: [`Its tree does not begin with ${earlier}.`] };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { state: 'open', says: [`The server returned no proof of ${earlier}: ${error.message}.`] };
  }
};

const verify = async ({ stream, tenant, key: keyText }: VerifyAsked): Promise<void> => {
  const key = parseVerifier(keyText.trim());
  if (key === undefined || key.kind !== 'note') throw new Refused('the key is not a public key of a log');
  step('read', 'running', 'Reading the checkpoint first, so that the export must cover it.');
  const none = new URLSearchParams({ limit: '0' });
  const before = knownCheckpoint(
    'the checkpoint that was served',
    await (await ask('/api/v1/audit/export', none, tenant)).text(),
  );
  const query = new URLSearchParams(stream === undefined ? {} : { stream });
  const chunks = await readAll(await ask('/api/v1/audit/export', query, tenant));
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  step('read', 'good', `${counted(size, 'byte')} of ${stream ?? 'the tenant’s whole log'}, with its seal.`);
  step('tree', 'running', 'Hashing each event and combining the hashes.');
  const report = await verifyLog([sourceOf(stream ?? 'the export', chunks)], {
    key,
    checkpoints: stream === undefined ? [before] : [],
  });
  const { files, faults, more, undecided, not_checked: rest, checkpoints, missing_leaves: missing } = report;
  const verdict = verdictOf(report);
  // The export of one stream always covers only a part of the tree. For the whole log, a part is
  // not enough.
  const verified = verdict === 'verified' || (verdict === 'in_part' && stream !== undefined);
  const [seal] = files;
  const found = faults.map(
    ({ what, line, event }) =>
      `${line === null ? '' : `Line ${line}: `}${event === null ? '' : `${eventText(event)}: `}${what}.`,
  );
  if (verified)
    step(
      'tree',
      'good',
      seal === undefined
        ? 'The events give the root.'
        : `The events and the accompanying hashes give the signed root.`,
      ...(verdict === 'in_part'
        ? [`Verified in part: ${counted(missing ?? 0, 'leaf', 'leaves')} missing.`]
        : []),
      ...rest.map((what) => `Not checked: ${what}.`),
    );
  else if (verdict === 'in_part')
    step('tree', 'open', `Verified in part: ${counted(missing ?? 0, 'leaf', 'leaves')} missing.`);
  else
    step(
      'tree',
      faults.length > 0 ? 'bad' : 'open',
      ...found.slice(0, 12),
      ...(faults.length + more > 12 ? [`${faults.length + more - 12} more faults.`] : []),
      ...undecided.map((what) => `Unknown: ${what}.`),
    );
  const signed = faults.every(({ kind }) => kind !== 'signature');
  const history: Pick<Step, 'state' | 'says'> =
    stream === undefined || !verified || seal === undefined
      ? { state: verified ? 'good' : 'open', says: [] }
      : await begins(before, seal, tenant);
  step(
    'checkpoint',
    signed ? history.state : 'bad',
    signed
      ? `Signed with the key ${key.name}${checkpoints.map(({ size: events, says }) => `; the served checkpoint over ${events} events is ${says === 'same' ? 'this one' : 'its beginning'}`).join('')}.`
      : 'The signature does not match this key.',
    ...history.says,
  );
  await prove(chunks, verified ? seal : undefined, tenant);
  step('replay', 'running', 'Replaying the decisions from their inputs.');
  replayed(chunks);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  tell({ kind: 'done', bytes: whole.buffer });
};

addEventListener(
  'message',
  ({ data }: MessageEvent<VerifyAsked>) =>
    void verify(data).catch((error: unknown) => {
      tell({
        kind: 'failed',
        title: 'The export could not be verified',
        detail: error instanceof Error ? error.message : 'the export could not be read',
      });
    }),
);
