import type { RecalledStreams } from '@interlock/kernel';
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
} from '../signing/exchange.js';

export const signingRecall: RecalledStreams<SigningCommand, SigningConfigured, SigningState> = {
  category: 'exchange',
  ids: (id) => id === 'settings',
  kind: 'setting',
  decider: signingDecider,
  whole: () => true,
  recall: ([{ data }]) => [{ type: 'ConfigureSigning', demand: data.demand }],
};

export const exportsRecall: RecalledStreams<ExportsCommand, BundleExported, ExportsState> = {
  category: 'exchange',
  ids: (id) => id.startsWith('exports='),
  kind: 'export',
  decider: exportsDecider,
  whole: () => true,
  recall: ([{ data }], _state, { id }) =>
    id === `exports=${data.bundle_id}` ? [{ kind: 'record-export', ...data }] : [],
};

export const refusalsRecall: RecalledStreams<RefusalsCommand, BundleImportRefused, RefusalsState> = {
  category: 'exchange',
  ids: (id) => id !== 'settings' && !id.startsWith('exports='),
  kind: 'import_refused',
  decider: refusalsDecider,
  recall: ([{ data, metadata }], _state, { id }) =>
    id === `refused=${metadata.occurred_at.slice(0, 10)}` ? [{ kind: 'record-refusal', ...data }] : [],
};
