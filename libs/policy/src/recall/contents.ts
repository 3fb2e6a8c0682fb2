import type { RecalledStreams } from '@interlock/kernel';
import { bundleDecider } from '../bundle.js';
import type { BundleEvent } from '../bundle-events.js';
import { bundleIdOf, type BundleCommand, type BundleState } from '../bundle-state.js';
import { policyDecider, type PolicyCommand, type PolicyEvent, type PolicyState } from '../policy.js';

export const policyRecall: RecalledStreams<PolicyCommand, PolicyEvent, PolicyState> = {
  category: 'policy',
  kind: 'policy',
  decider: policyDecider,
  recall: ([{ type, data }], _state, { id }) => {
    const { policy_id, version: _version, content_hash: _hash, status, ...content } = data.policy;
    if (policy_id !== id) return [];
    if (type === 'PolicyCreated') return [{ type: 'CreatePolicy', policy_id, content, status }];
    const change = {
      ...content,
      status,
      // What is no version was never asked for: the decider's own words would show it as it is.
      ...(type === 'PolicyVersioned' &&
      data.restored_version !== null &&
      Number.isInteger(data.restored_version)
        ? { restore_version: data.restored_version }
        : {}),
    };
    return [{ type: 'ChangePolicy', change }];
  },
};

export const bundleRecall: RecalledStreams<BundleCommand, BundleEvent, BundleState> = {
  category: 'bundle',
  kind: 'bundle',
  decider: bundleDecider,
  recall: ([{ type, data, metadata }], _state, { tenant, id }) => {
    if (data.bundle_id !== id || id !== bundleIdOf(tenant, data.version)) return [];
    switch (type) {
      case 'BundleCreated':
      case 'BundleUpdated': {
        const { bundle_id, bundle_hash: _hash, version, rules, notes, metadata: own, ...provenance } = data;
        const content = { version, rules, notes, metadata: own };
        return [
          'source' in provenance
            ? { type: 'CreateBundle', bundle_id, content, ...provenance }
            : { type: 'UpdateBundle', content },
        ];
      }
      case 'BundleDeleted':
        return [{ type: 'DeleteBundle' }];
      case 'FlipListMade':
        return [{ type: 'RecordFlipList', list: data }];
      case 'BundleApproved': {
        const { approval_id, bundle_hash, flip_list_hash, note } = data;
        return [
          {
            type: 'ApproveBundle',
            actor: metadata.actor,
            approval_id,
            bundle_hash,
            ...(flip_list_hash === undefined ? {} : { flip_list_hash }),
            note,
          },
        ];
      }
      case 'BundleAdopted':
        return [{ type: 'AdoptBundle', actor: metadata.actor, bundle_hash: data.bundle_hash }];
      case 'BundleReleased':
        return [{ type: 'ReleaseBundle', approval_id: data.approval_id }];
    }
  },
};
