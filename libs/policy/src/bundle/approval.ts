import { actorKey, isSamePerson, refusalKeys } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { flipListHash } from './flips.js';
import type { BundleEvent } from './events.js';
import { draft, hasAuthor, isByAuthor, present, type BundleCommand, type BundleState } from './state.js';
import type { BundleApproval } from './parts.js';

/** Returns the path of a bundle, or of its latest flip list. */
const placeOf = (bundleId: string, of: 'bundle' | 'flip-list'): string =>
  `/api/v1/policy/bundles/${bundleId}${of === 'bundle' ? '' : '/flip-list'}`;

/**
 * Refuses an approval that does not name the hash of what was read. The refusal says where to read
 * it and never what it is, so that nobody can approve by a second try without reading. Throws
 * `digest-required` without a hash, and `approval-mismatch` for an outdated one.
 */
export const refuseUnread = (
  bundleId: string,
  of: 'bundle' | 'flip-list',
  read: string | undefined,
  present: string | null | undefined,
): void => {
  const options = {
    remedy: 'read the current state, and send its hash',
    members: { request: placeOf(bundleId, of) },
  };
  const [what, member] = of === 'bundle' ? ['bundle', 'bundle_hash'] : ['flip list', 'flip_list_hash'];
  if (read === undefined)
    throw new ProblemError(
      'digest-required',
      `a yes needs the hash of the ${what} that was looked at, as \`${member}\``,
      options,
    );
  if (read !== present)
    throw new ProblemError('approval-mismatch', `the ${what} is not what was looked at`, options);
};

/**
 * Returns the approval for an activation: the named one, or any of the present content. Throws
 * `approval-required`, `approval-mismatch`, `same-person`.
 */
export const validApproval = (
  state: Exclude<BundleState, { status: 'none' }>,
  approvalId: string | undefined,
): BundleApproval => {
  const named =
    approvalId === undefined
      ? state.approvals.find(
          (approval) => approval.bundle_hash === state.bundle_hash && !isByAuthor(state, approval),
        )
      : state.approvals.find((approval) => approval.approval_id === approvalId);
  if (named === undefined) {
    throw new ProblemError(
      'approval-required',
      approvalId === undefined
        ? `bundle \`${state.content.version}\` has no approval`
        : `bundle \`${state.content.version}\` has no approval \`${approvalId}\``,
      { remedy: 'have another person than the author approve it' },
    );
  }
  if (named.bundle_hash !== state.bundle_hash) {
    throw new ProblemError(
      'approval-mismatch',
      `approval \`${named.approval_id}\` was given for other content`,
      { members: { approved_hash: named.bundle_hash, request: placeOf(state.bundle_id, 'bundle') } },
    );
  }
  // INVARIANT: an approver may have edited the bundle since, even if the content is the same again.
  // That would be an approval of their own work.
  if (isByAuthor(state, named))
    throw new ProblemError(
      'same-person',
      `approval \`${named.approval_id}\` was given by someone who edited the bundle since`,
    );
  return named;
};

export const recordFlipList = (
  { list }: Extract<BundleCommand, { kind: 'RecordFlipList' }>,
  state: BundleState,
): readonly BundleEvent[] => {
  const bundle = present(state);
  if (
    list.bundle_hash !== bundle.bundle_hash ||
    list.bundle_id !== bundle.bundle_id ||
    list.version !== bundle.content.version ||
    list.flip_list_hash !== flipListHash(list)
  ) {
    throw new ProblemError('approval-mismatch', 'the flip list is of other content', {
      members: { request: placeOf(bundle.bundle_id, 'bundle') },
      remedy: 'make it anew',
    });
  }
  return bundle.flip_list?.flip_list_hash === list.flip_list_hash
    ? []
    : [{ type: 'FlipListMade', data: list }];
};

/** The flip list that an approval is bound to: the latest one, if it is the one that was read. */
const boundTo = (
  command: Extract<BundleCommand, { kind: 'ApproveBundle' }>,
  bundle: Exclude<BundleState, { status: 'none' }>,
): { readonly flip_list_hash?: string; readonly against_hash?: string | null } => {
  if (command.flip_list_hash === undefined) return {};
  const list = bundle.flip_list?.bundle_hash === bundle.bundle_hash ? bundle.flip_list : null;
  refuseUnread(bundle.bundle_id, 'flip-list', command.flip_list_hash, list?.flip_list_hash);
  if (list === null) return {};
  if (list.loosens && command.note === '') {
    throw new ProblemError(
      'flip-note-required',
      'the bundle lets through what is denied, which needs a note that says why',
      {
        members: { request: placeOf(bundle.bundle_id, 'flip-list') },
        remedy: 'look at the flip list, and approve with a note',
      },
    );
  }
  return { flip_list_hash: list.flip_list_hash, against_hash: list.against_hash };
};

export const approve = (
  command: Extract<BundleCommand, { kind: 'ApproveBundle' }>,
  state: BundleState,
): readonly BundleEvent[] => {
  const bundle = present(state);
  const approver = actorKey(command.actor);
  if (command.actor.kind !== 'person')
    throw new ProblemError('person-required', 'an approval needs a person');
  if (isSamePerson([...refusalKeys(command.actor), ...(command.refused_as ?? [])], bundle.authors))
    throw new ProblemError('same-person', 'the author of a bundle can not approve it');
  if (command.needs_author === true && !hasAuthor(bundle)) {
    throw new ProblemError(
      'person-required',
      `no person stands for bundle \`${bundle.content.version}\`: a service made it`,
      { remedy: 'have a person adopt the draft, and another one approve it' },
    );
  }
  refuseUnread(bundle.bundle_id, 'bundle', command.bundle_hash, bundle.bundle_hash);
  const bound = boundTo(command, bundle);
  const { flip_list_hash: listHash = null } = bound;
  if (
    bundle.approvals.some(
      (approval) =>
        approval.approved_by === approver &&
        approval.bundle_hash === bundle.bundle_hash &&
        (approval.flip_list_hash ?? null) === listHash,
    )
  )
    return [];
  return [
    {
      type: 'BundleApproved',
      data: {
        bundle_id: bundle.bundle_id,
        version: bundle.content.version,
        approval_id: command.approval_id,
        bundle_hash: bundle.bundle_hash,
        ...bound,
        note: command.note,
      },
    },
  ];
};

export const adopt = (
  { actor, bundle_hash: looked }: Extract<BundleCommand, { kind: 'AdoptBundle' }>,
  state: BundleState,
): readonly BundleEvent[] => {
  const bundle = draft(state, 'adopted');
  if (actor.kind !== 'person')
    throw new ProblemError('person-required', 'only a person can be the author of a draft');
  refuseUnread(bundle.bundle_id, 'bundle', looked, bundle.bundle_hash);
  if (bundle.authors.includes(actorKey(actor))) return [];
  if (hasAuthor(bundle))
    throw new ProblemError('wrong-state', `a person stands for bundle \`${bundle.content.version}\` already`);
  return [
    {
      type: 'BundleAdopted',
      data: { bundle_id: bundle.bundle_id, version: bundle.content.version, bundle_hash: bundle.bundle_hash },
    },
  ];
};
