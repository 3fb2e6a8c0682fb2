import {
  noteParts,
  cutNoteStream,
  openWorkStream,
  positionText,
  type RecordedEvent,
} from '@interlock/kernel';
import { streamName, systemTenant } from '@interlock/contracts';
import { RailsOpenWork } from '@interlock/rails';
import {
  archiveDecider,
  checkpointDecider,
  checkpointStream,
  cutDecider,
  cutNoteDecider,
  cutStream,
  keyStream,
  logKeyDecider,
  parseCheckpoint,
  parseNote,
  rotationNote,
  signerKey,
  signText,
  toBase64,
  verifierText,
  type LogCut,
} from '@interlock/tree';
import { service, tenant, type Journal } from '../simulated-log/journal.ts';
import { logKey, origin, runsOf, SealedEvents, seed, signedBy } from './sealed-events.js';

const audit = service('audit');
const rails = service('safety-rails');
const nextKey = signerKey(origin, 'note', seed(2));
const witness = signerKey('witness.example/w1', 'cosignature', seed(3));
const chain = { first: verifierText(logKey), rotations: [] };

/** The leaves of the tenant's tree that belong to the first action. */
const leavesOfAction = (events: readonly RecordedEvent[]): readonly number[] => {
  const own = events.filter(({ stream }) => stream.includes(`-${tenant}:`));
  const { stream } = own.find(({ type }) => type === 'IntentAccepted')!;
  return own.flatMap((event, leaf) => (event.stream === stream ? [leaf] : []));
};

/** What the audit service and the rails record of the log itself. */
const records = (log: Journal, events: readonly RecordedEvent[], head: SealedEvents, cut: LogCut): void => {
  const position = positionText(events.at(-1)!.position);
  const work = new RailsOpenWork();
  for (const event of events) work.take(event);
  for (const data of noteParts('safety-rails', events.at(-1)!.position, work.streams()))
    log.append(openWorkStream('safety-rails'), [{ type: 'OpenWorkNoted', data }], rails);

  log.tell(keyStream, logKeyDecider, { kind: 'adopt', chain }, audit);
  const note = head.note(signedBy(logKey));
  const { text } = parseNote(note)!;
  const { size, root } = parseCheckpoint(text)!;
  const checkpoint = { origin, size, root: toBase64(root) };
  const key = verifierText(logKey);
  const tell = (command: Parameters<typeof checkpointDecider.decide>[0]): void =>
    log.tell(checkpointStream, checkpointDecider, command, audit);
  tell({ kind: 'publish', checkpoint, position, note, key, after: null });
  const line = signText(text, witness, Math.ceil(log.now / 1000));
  tell({ kind: 'cosign', origin, size, witness: verifierText(witness), line });
  const location = 's3://archive/';
  const segment = { origin, first: 0, count: size, manifest_sha256: 'a'.repeat(64), location };
  const archive = streamName('checkpoint', systemTenant, 'archive');
  log.tell(archive, archiveDecider, { kind: 'record_segment', data: segment }, audit);

  const { cut_id } = cut;
  log.tell(cutStream(tenant), cutDecider, { kind: 'record_cut', data: cut }, audit);
  log.tell(cutNoteStream, cutNoteDecider, { kind: 'note_cut', cut, tenant_id: tenant }, audit);
  log.tell(cutStream(tenant), cutDecider, { kind: 'record_truncated', cut_id }, audit);

  const found = { origin, found_by: 'mirror', detail: 'the mirror has another tree' } as const;
  tell({ kind: 'report', data: { ...found, tree_size: size } });
  tell({ kind: 'resolve', data: { ...found, detail: 'the mirror was made again' } });
  const rotations = [rotationNote(logKey, nextKey)];
  log.tell(keyStream, logKeyDecider, { kind: 'adopt', chain: { ...chain, rotations } }, audit);
};

/** Writes what the services record of the log so far: its checkpoint, a cut, and open work. */
export const auditRecords = async (events: readonly RecordedEvent[]): Promise<(log: Journal) => void> => {
  const head = new SealedEvents(events);
  const cut = await head.cut(tenant, runsOf(leavesOfAction(events)), signedBy(logKey));
  return (log) => records(log, events, head, cut);
};
