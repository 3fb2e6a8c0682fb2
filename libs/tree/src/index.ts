export { eventLine, exportedEvent, readExportedLine } from './log/exported.js';
export type { ExportedEvent } from './log/exported.js';
export { toBase64, fromBase64 } from './base64.js';
export {
  leafHash,
  innerHash,
  emptyRoot,
  sameHash,
  Frontier,
  frontierOf,
  rootOf,
  inclusionProof,
  consistencyProof,
  verifyInclusion,
  splitOf,
  verifyConsistency,
} from './tree/merkle.js';
export type { Hash, NodeReader } from './tree/merkle.js';
export { areRuns, partsProof, partsOf, rootFromParts, runsBetween } from './tree/parts-proof.js';
export type { Runs } from './tree/parts-proof.js';
export {
  isKeyName,
  signerKey,
  keyIdOf,
  verifierText,
  parseVerifier,
  signText,
  isCosigner,
  noteOf,
  parseSignatures,
  parseNote,
  verifiedBy,
} from './note.js';
export type { VerifierKey, SignerKey, SignedNote, VerifyEd25519 } from './note.js';
export { checkpointText, parseCheckpoint } from './checkpoint/checkpoint.js';
export type { Checkpoint, TenantsHead } from './checkpoint/checkpoint.js';
export { rotationNote, keysOf, keysFrom } from './key/chain.js';
export type { KeyChain } from './key/chain.js';
export {
  entriesPerLine,
  entriesLine,
  isProvable,
  isSealLine,
  leftOutLine,
  namedLine,
  parseSealLine,
  sealLine,
  tenantKeysLine,
} from './seal.js';
export type { ExportFilter, NamedEvent, Seal, SealPart, TenantKeys } from './seal.js';
export {
  correlationHash,
  correlationHasher,
  correlationOf,
  entryLeaf,
  entryOf,
  entryText,
  eventHash,
  factsOf,
  parseEntry,
  tenantKey,
} from './log/entry.js';
export type { LeafEntry, Sha256 } from './log/entry.js';
export { namedBy, nameOfSystemEvent } from './named.js';
export type { NamedReference } from './named.js';
export {
  accessDecided,
  archiveDecided,
  checkpointDecided,
  cutDecided,
  cutNoteDecided,
  logKeyDecided,
  personDecided,
  secretDecided,
  treeStreams,
} from './decided.js';
export { LogEntries } from './log/log-entries.js';
export { entriesFault, LeafLedger } from './log/ledger.js';
export type { LedgerHashes } from './log/ledger.js';
export {
  parseTenants,
  tenantHeadText,
  tenantPath,
  tenantPathHolds,
  tenantsHead,
  tenantsText,
} from './tenants.js';
export type { TenantHead, TenantPath } from './tenants.js';
export { accessDecider, accessStream } from './access.js';
export { secretDecider, secretStream } from './secrets.js';
export type { SecretCommand } from './secrets.js';
export type { AccessCommand } from './access.js';
export { RefusalBound } from './refusal-bound.js';
export type { CountedRefusals } from './refusal-bound.js';
export { personDecider, personLoosens, personStream } from './person.js';
export type { PersonCommand, PersonEvent, PersonState } from './person.js';
export { timestampLine, timestampsIn } from './timestamp-line.js';
export { maxWitnessRequestBytes, witnessAnswer } from './witness.js';
export type { WitnessAnswer, Cosigned, Witnessed } from './witness.js';
export {
  wholeTree,
  tenantOf,
  treesOf,
  originOfTree,
  ownerOfTree,
  checkpointStream,
  keyStream,
  isAboutTrees,
} from './tree/tree-name.js';
export { tileWidth, nodesOfTiles, widthOfTile, TileEdge } from './tree/tiles.js';
export type { Tile, TileReader, InnerHash } from './tree/tiles.js';
export { checkpointDecider, keptCheckpoints, cosignedNote } from './checkpoint/decider.js';
export type {
  CheckpointPublished,
  CheckpointCosigned,
  TreeInconsistencyFound,
  TreeInconsistencyResolved,
  CheckpointEvent,
  CheckpointCommand,
  CheckpointState,
  Head,
} from './checkpoint/decider.js';
export { logKeyDecider, sameChain } from './key/decider.js';
export type { LogKeyRotated, LogKeyEvent, LogKeyCommand, LogKeyState } from './key/decider.js';
export { pemOfSeed, seedOfPem, firstKeyFiles, nextKeyFiles, readKeyFiles } from './key/files.js';
export type { KeyFiles, ReadKeys } from './key/files.js';
export {
  segmentPrefix,
  segmentName,
  segmentFile,
  manifestFile,
  headFile,
  parseSegmentFile,
  manifestText,
  parseManifest,
  archiveHeadText,
  parseArchiveHead,
} from './archive/manifest.js';
export type { ArchivedFile, ArchiveHead, SegmentManifest, SegmentRange } from './archive/manifest.js';
export {
  cutDecider,
  cutNoteDecider,
  cutStream,
  cutSubtrees,
  cutTenant,
  readLogCut,
  subtreesOf,
} from './archive/cut.js';
export type {
  CutCommand,
  CutEvent,
  CutNoteCommand,
  CutNoteEvent,
  CutNoteState,
  CutSegment,
  CutState,
  LogCut,
} from './archive/cut.js';
export { archiveDecider } from './archive/decider.js';
export type { ArchiveCommand, ArchiveEvent, ArchiveState, LogArchived } from './archive/decider.js';
