import type { RecordedEvent } from '@interlock/kernel';
import {
  exportsDecider,
  refusalsDecider,
  signingDecider,
  type BundleExported,
  type BundleImportRefused,
  type ExportsCommand,
  type ExportsState,
  type RefusalsCommand,
  type RefusalsState,
  type SigningCommand,
  type SigningConfigured,
  type SigningState,
} from '@interlock/policy';
import type { Finding } from '../finding.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';

/** Exports of bundles, refused imports, and what a tenant demands of them. Whether a signature was right is not made again: keys are not in the log. */
export class ExchangeReplay {
  readonly #settings = new StreamReplay<SigningCommand, SigningConfigured, SigningState>({
    kind: 'setting',
    decider: signingDecider,
    whole: () => true,
    commands: ({ data }) => [{ type: 'ConfigureSigning', demand: data.demand }],
  });
  readonly #exports = new StreamReplay<ExportsCommand, BundleExported, ExportsState>({
    kind: 'export',
    decider: exportsDecider,
    whole: () => true,
    commands: ({ data }, _state, { id }) =>
      id === `exports=${data.bundle_id}` ? [{ kind: 'record-export', ...data }] : [],
  });
  readonly #refusals = new StreamReplay<RefusalsCommand, BundleImportRefused, RefusalsState>({
    kind: 'import_refused',
    decider: refusalsDecider,
    commands: ({ data, metadata }, _state, { id }) =>
      id === `refused=${metadata.occurred_at.slice(0, 10)}` ? [{ kind: 'record-refusal', ...data }] : [],
  });

  /** Events of `exchange-*`. */
  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    return (
      of.id === 'settings' ? this.#settings : of.id.startsWith('exports=') ? this.#exports : this.#refusals
    ).take(event, of);
  }
}
