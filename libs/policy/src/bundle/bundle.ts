import { actorKey, refusalKeys } from '@interlock/contracts';
import { ProblemError, type Decider, type Recorded } from '@interlock/kernel';
import { bundleHash, type BundleContent } from '../rules/rule.js';
import { loosensDenial } from './flips.js';
import { adopt, approve, recordFlipList, validApproval } from './approval.js';
import type { BundleEvent, Content, Provenance } from './events.js';
import { bundleApprovalIn, contentIn } from './parts.js';
import { draft, present, type BundleCommand, type BundleState } from './state.js';

const provenance = ({ team, cloned_from, source_signature, exported_as }: Provenance): Provenance => ({
  ...(exported_as === undefined ? {} : { exported_as }),
  ...(team === undefined ? {} : { team }),
  ...(cloned_from === undefined ? {} : { cloned_from }),
  ...(source_signature === undefined ? {} : { source_signature }),
});

const contentOf = (content: BundleContent): Content => ({
  rules: content.rules,
  notes: content.notes,
  metadata: content.metadata,
  bundle_hash: bundleHash(content),
});

const decide = (command: BundleCommand, state: BundleState): readonly BundleEvent[] => {
  switch (command.kind) {
    case 'CreateBundle': {
      const { bundle_id, content, source, source_signature: signed } = command;
      // INVARIANT: a file is imported only once, even if its draft was deleted.
      if (signed !== undefined && state.status !== 'none' && state.imports.includes(signed.export_id)) {
        throw new ProblemError('bundle-replayed', `export \`${signed.export_id}\` was imported before`, {
          members: { bundle_id: state.bundle_id, export_id: signed.export_id },
          remedy: 'export the bundle again',
        });
      }
      if (state.status !== 'none' && state.status !== 'deleted')
        throw new ProblemError('already-exists', `bundle version \`${content.version}\` exists`, {
          members: { bundle_id: state.bundle_id },
        });
      return [
        {
          type: 'BundleCreated',
          data: {
            bundle_id,
            version: content.version,
            ...contentOf(content),
            source,
            ...provenance(command),
          },
        },
      ];
    }
    case 'UpdateBundle': {
      const bundle = draft(state, 'changed');
      const { content } = command;
      if (content.version !== bundle.content.version) {
        throw new ProblemError('bundle-invalid', 'a bundle keeps its version', {
          violations: [
            {
              pointer: '/version',
              code: 'version',
              detail: `must be \`${bundle.content.version}\`; another version is another bundle`,
            },
          ],
        });
      }
      if (bundleHash(content) === bundle.bundle_hash) return [];
      return [
        {
          type: 'BundleUpdated',
          data: { bundle_id: bundle.bundle_id, version: content.version, ...contentOf(content) },
        },
      ];
    }
    case 'DeleteBundle': {
      if (state.status === 'deleted') return [];
      const bundle = draft(state, 'deleted');
      return [
        { type: 'BundleDeleted', data: { bundle_id: bundle.bundle_id, version: bundle.content.version } },
      ];
    }
    case 'AdoptBundle':
      return adopt(command, state);
    case 'RecordFlipList':
      return recordFlipList(command, state);
    case 'ApproveBundle':
      return approve(command, state);
    case 'ReleaseBundle': {
      const bundle = present(state);
      const approval = validApproval(bundle, command.approval_id);
      if (bundle.status === 'released') return [];
      return [
        {
          type: 'BundleReleased',
          data: {
            bundle_id: bundle.bundle_id,
            version: bundle.content.version,
            bundle_hash: bundle.bundle_hash,
            approval_id: approval.approval_id,
          },
        },
      ];
    }
  }
};

const evolve = (state: BundleState, event: Recorded<BundleEvent>): BundleState => {
  const by = actorKey(event.metadata.actor);
  const as = refusalKeys(event.metadata.actor);
  const at = event.metadata.occurred_at;
  if (event.type === 'BundleCreated') {
    const { bundle_id, bundle_hash, source, source_signature: signed } = event.data;
    const before = state.status === 'none' ? [] : state.imports;
    // INVARIANT: the exporter and the importer are both authors of the content, if both are people
    // of this tenant. So is the author of a cloned draft.
    const exporters =
      signed !== undefined && signed.provenance.tenant === event.metadata.tenant_id
        ? [signed.provenance.exported_by, ...(event.data.exported_as ?? [])]
        : [];
    const imports = signed === undefined ? before : [...before, signed.export_id];
    return {
      status: 'draft',
      bundle_id,
      content: contentIn(event),
      bundle_hash,
      source,
      imports,
      created_by: by,
      created_at: at,
      authors: [...new Set([...as, ...exporters, ...(event.data.cloned_from?.authors ?? [])])],
      approvals: [],
      flip_list: null,
      ...provenance(event.data),
    };
  }
  if (state.status === 'none') return state;
  switch (event.type) {
    case 'BundleUpdated':
      return {
        ...state,
        content: contentIn(event),
        bundle_hash: event.data.bundle_hash,
        authors: [...new Set([...state.authors, ...as])],
      };
    case 'BundleAdopted':
      return { ...state, authors: [...new Set([...state.authors, ...as])] };
    case 'BundleDeleted':
      return { ...state, status: 'deleted', approvals: [], flip_list: null };
    case 'FlipListMade': {
      const { bundle_hash, against_hash, flip_list_hash } = event.data;
      return {
        ...state,
        flip_list: { bundle_hash, against_hash, flip_list_hash, loosens: loosensDenial(event.data) },
      };
    }
    case 'BundleApproved':
      return { ...state, approvals: [...state.approvals, bundleApprovalIn(event)] };
    case 'BundleReleased':
      return { ...state, status: 'released' };
  }
};

/**
 * The decider of a bundle's own stream `bundle-<tenant>:<bundle_id>`: draft, approvals, release.
 * The rollout stream names the active bundle.
 */
export const bundleDecider: Decider<BundleCommand, BundleEvent, BundleState> = {
  name: 'bundle',
  types: [
    'BundleCreated',
    'BundleUpdated',
    'BundleDeleted',
    'FlipListMade',
    'BundleApproved',
    'BundleReleased',
    'BundleAdopted',
  ],
  initial: { status: 'none' },
  decide,
  evolve,
};
