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

const tell = (progress: VerifyProgress): void => {
  postMessage(progress);
};
const step = (name: StepName, state: Step['state'], ...says: readonly string[]): void => {
  tell({ kind: 'step', step: { name, state, says } });
};

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

/** The whole answer, kept as it came: a fault is named from the same bytes that were looked at. */
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

/**
 * Makes every decision of the export again; the first one that does not come out the same is named.
 */
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
      `${counted(events, 'event')} were read, and ${counted(sum(checked), 'decision')} came out again as they stand${kinds === '' ? '' : `: ${kinds}`}.`,
      ...(left === '' ? [] : [`Not made again, for what they looked at is not in this export: ${left}.`]),
    );
  else
    step(
      'replay',
      'bad',
      `${difference.type} of ${difference.stream}, revision ${difference.revision}, position ${difference.position}, does not come out again: ${difference.what}, at ${difference.path}.`,
      `Recorded: ${JSON.stringify(difference.recorded).slice(0, 300)}`,
      `Made again: ${JSON.stringify(difference.replayed).slice(0, 300)}`,
    );
};

/** Asks for the proof of the last event, and holds it against the tree that was signed. */
const prove = async (
  chunks: readonly Uint8Array[],
  signed: SignedTree | undefined,
  tenant: string | undefined,
): Promise<void> => {
  const leaf = lastLeaf(chunks);
  if (signed === undefined || leaf === undefined) {
    step('proof', 'open', 'There is no event and no signed tree that a proof could join.');
    return;
  }
  const { stream, revision } = leaf;
  step('proof', 'running', `A proof of ${stream}, revision ${revision}, is asked for.`);
  const query = new URLSearchParams({ stream, revision, size: `${signed.size}` });
  try {
    const served = (await (await ask('/api/v1/audit/proofs/inclusion', query, tenant)).json()) as ServedProof;
    const { state, says } = judgeProof(leaf, served, signed);
    step('proof', state, ...says);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    step('proof', 'open', `No proof was served: ${error.message}.`);
  }
};

/**
 * Whether a stream's export is sealed by a tree that begins with the one that was served before it.
 * The hashes of a stream's export stand for whole runs of other events, so that a tree which ends
 * within one of them cannot be made from the export: a proof says it.
 */
const begins = async (
  { tenant: served }: KnownCheckpoint,
  signed: SignedTree,
  tenant: string | undefined,
): Promise<Pick<Step, 'state' | 'says'>> => {
  const root = fromBase64(served?.root ?? '');
  if (served === undefined || root === undefined)
    return { state: 'bad', says: ['What was served before is no checkpoint.'] };
  const earlier = `the checkpoint over ${counted(served.size, 'event')} that was served before`;
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
    return { state: 'open', says: [`No proof was served of ${earlier}: ${error.message}.`] };
  }
};

const verify = async ({ stream, tenant, key: keyText }: VerifyAsked): Promise<void> => {
  const key = parseVerifier(keyText.trim());
  if (key === undefined || key.kind !== 'note') throw new Refused('the key is no public key of a log');
  step('read', 'running', 'The checkpoint is read first, so that the export has to cover it.');
  const none = new URLSearchParams({ limit: '0' });
  const before = knownCheckpoint(
    'the checkpoint that was served',
    await (await ask('/api/v1/audit/export', none, tenant)).text(),
  );
  const query = new URLSearchParams(stream === undefined ? {} : { stream });
  const chunks = await readAll(await ask('/api/v1/audit/export', query, tenant));
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  step('read', 'good', `${counted(size, 'byte')} of ${stream ?? 'the tenant’s whole log'}, with its seal.`);
  step('tree', 'running', 'Each event is hashed, and the hashes are put together.');
  const report = await verifyLog([sourceOf(stream ?? 'the export', chunks)], {
    key,
    checkpoints: stream === undefined ? [before] : [],
  });
  const { files, faults, more, undecided, not_checked: rest, checkpoints, missing_leaves: missing } = report;
  const verdict = verdictOf(report);
  // One stream's export is a part of the tree by its nature; where the whole log was asked for, a
  // part is none.
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
        ? 'The events come to the root.'
        : `The events and the hashes beside them come to the root that was signed.`,
      ...(verdict === 'in_part'
        ? [`Verified in part: ${counted(missing ?? 0, 'leaf', 'leaves')} missing.`]
        : []),
      ...rest.map((what) => `Not looked at: ${what}.`),
    );
  else if (verdict === 'in_part')
    step('tree', 'open', `Verified in part: ${counted(missing ?? 0, 'leaf', 'leaves')} missing.`);
  else
    step(
      'tree',
      faults.length > 0 ? 'bad' : 'open',
      ...found.slice(0, 12),
      ...(faults.length + more > 12 ? [`${faults.length + more - 12} more faults.`] : []),
      ...undecided.map((what) => `Cannot be told: ${what}.`),
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
      : 'The signature is not of this key.',
    ...history.says,
  );
  await prove(chunks, verified ? seal : undefined, tenant);
  step('replay', 'running', 'The decisions are made again, from what they looked at.');
  replayed(chunks);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  tell({ kind: 'done', bytes: whole.buffer });
};

addEventListener('message', ({ data }: MessageEvent<VerifyAsked>) => {
  void verify(data).catch((error: unknown) => {
    tell({
      kind: 'failed',
      title: 'It could not be verified',
      detail: error instanceof Error ? error.message : 'the export could not be read',
    });
  });
});
