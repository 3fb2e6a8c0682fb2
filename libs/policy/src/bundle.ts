import {
  actorKey,
  isSamePerson,
  refusalKeys,
  type Actor,
  type JsonObject,
  type Timestamp,
} from '@interlock/contracts';
import { ProblemError, uuidV5, type Decider, type Recorded } from '@interlock/kernel';
import { bundleHash, type BundleContent, type RuleV1 } from './rule.js';
import type { SourceSignature } from './signing/envelope.js';
import { flipListHash, loosensDenial, type FlipList } from './simulation/flips.js';

type Content = {
  readonly rules: readonly RuleV1[];
  readonly notes: string;
  readonly metadata: JsonObject;
  readonly bundle_hash: string;
};

/** The bundle that another was made from. */
/** What a clone was made of; of a draft, also whose work that was. */
export type BundleOrigin = {
  readonly bundle_id: string;
  readonly version: string;
  readonly bundle_hash: string;
  readonly authors?: readonly string[];
};
/** What of a bundle never changes; left out where there is none. */
type Provenance = {
  /** Whose bundle it is; else the whole tenant's. */ readonly team?: string;
  readonly cloned_from?: BundleOrigin;
  /** Of an imported one. */ readonly source_signature?: SourceSignature;
  /** Every key that who exported it counts as where another person is needed; absent where it is the one that was signed. */ readonly exported_as?: readonly string[];
};

export type BundleCreated = {
  readonly type: 'BundleCreated';
  readonly data: Content &
    Provenance & { readonly bundle_id: string; readonly version: string; readonly source: string };
};
export type BundleUpdated = {
  readonly type: 'BundleUpdated';
  readonly data: Content & { readonly bundle_id: string; readonly version: string };
};
export type BundleDeleted = {
  readonly type: 'BundleDeleted';
  readonly data: { readonly bundle_id: string; readonly version: string };
};
/** What the bundle would change of what was decided: the candidate replayed over the tenant's recorded decisions. */
export type FlipListMade = { readonly type: 'FlipListMade'; readonly data: FlipList };
/** `approver` of an approval is the event's actor. Approvals from before there were flip lists name none. */
export type BundleApproved = {
  readonly type: 'BundleApproved';
  readonly data: {
    readonly bundle_id: string;
    readonly version: string;
    readonly approval_id: string;
    readonly bundle_hash: string;
    readonly flip_list_hash?: string;
    readonly against_hash?: string | null;
    readonly note: string;
  };
};
/** From here on the bundle's content never changes: the rollout stream may name it. */
export type BundleReleased = {
  readonly type: 'BundleReleased';
  readonly data: {
    readonly bundle_id: string;
    readonly version: string;
    readonly bundle_hash: string;
    readonly approval_id: string;
  };
};
/** A person, the event's actor, stands for a draft that no person had made: they are its author from here on. */
export type BundleAdopted = {
  readonly type: 'BundleAdopted';
  readonly data: { readonly bundle_id: string; readonly version: string; readonly bundle_hash: string };
};
export type BundleEvent =
  | BundleCreated
  | BundleUpdated
  | BundleDeleted
  | FlipListMade
  | BundleApproved
  | BundleReleased
  | BundleAdopted;

/** `against_hash` is the bundle that was active when the flip list was made; an approval without a flip list activates nothing. */
export type BundleApproval = {
  readonly approval_id: string;
  readonly bundle_hash: string;
  readonly flip_list_hash: string | null;
  readonly against_hash: string | null;
  readonly approved_by: string;
  readonly approved_at: Timestamp;
  readonly note: string;
  /** Every key that `approved_by` counts as where another person is needed; absent where it is that key alone. */
  readonly approved_as?: readonly string[];
};
/** What an approval needs to know of a flip list. */
type KnownFlipList = Pick<FlipList, 'bundle_hash' | 'against_hash' | 'flip_list_hash'> & {
  readonly loosens: boolean;
};

export type BundleState =
  | { readonly status: 'none' }
  | ({
      readonly status: 'draft' | 'released' | 'deleted';
      readonly bundle_id: string;
      readonly content: BundleContent;
      readonly bundle_hash: string;
      readonly source: string;
      /** Every exported file that was ever imported here, also where its draft was deleted since. */
      readonly imports: readonly string[];
      readonly created_by: string;
      readonly created_at: Timestamp;
      /** Everyone whose hand is in the content; none of them may approve it. */
      readonly authors: readonly string[];
      readonly approvals: readonly BundleApproval[];
      /** The last one; null before there is one. */
      readonly flip_list: KnownFlipList | null;
    } & Provenance);

/** Time and actor come with the command; content must have been checked (`checkBundle`). */
export type BundleCommand =
  | ({
      readonly type: 'CreateBundle';
      readonly bundle_id: string;
      readonly content: BundleContent;
      readonly source: string;
    } & Provenance)
  | { readonly type: 'UpdateBundle'; readonly content: BundleContent }
  | { readonly type: 'DeleteBundle' }
  /** `bundle_hash` is of the content that was looked at. */
  | { readonly type: 'AdoptBundle'; readonly actor: Actor; readonly bundle_hash: string }
  | { readonly type: 'RecordFlipList'; readonly list: FlipList }
  /**
   * What was looked at, by its hashes: without `bundle_hash` it is refused; without `flip_list_hash` it is one of before there were flip lists.
   * `needs_author`: a person must stand for the content; approvals of before this was asked for were given without. `refused_as`: further keys that count as the approver.
   */
  | {
      readonly type: 'ApproveBundle';
      readonly actor: Actor;
      readonly approval_id: string;
      readonly bundle_hash?: string;
      readonly flip_list_hash?: string;
      readonly note: string;
      readonly needs_author?: true;
      readonly refused_as?: readonly string[];
    }
  | { readonly type: 'ReleaseBundle'; readonly approval_id?: string };

/** A version names one bundle of a tenant for good, so its id follows from it: that makes the version unique without a second stream. */
export const bundleIdOf = (tenantId: string, version: string): string => uuidV5('bundle', tenantId, version);

/** Whether who approved, or somebody of their name, has a hand in the content. */
export const isByAuthor = (
  { authors }: Pick<Exclude<BundleState, { status: 'none' }>, 'authors'>,
  { approved_by, approved_as = [] }: Pick<BundleApproval, 'approved_by' | 'approved_as'>,
): boolean => isSamePerson([approved_by, ...approved_as], authors);

/** Whether a person stands for the content. */
export const hasAuthor = ({ authors }: Pick<Exclude<BundleState, { status: 'none' }>, 'authors'>): boolean =>
  authors.some((author) => author.startsWith('person:'));

/** Where a bundle is read, and where the flip list made of it last. */
const placeOf = (bundleId: string, of: 'bundle' | 'flip-list'): string =>
  `/api/v1/policy/bundles/${bundleId}${of === 'bundle' ? '' : '/flip-list'}`;

/**
 * A yes names what was read by its hash; a refusal says where that stands and never what it is, so that nobody says yes by trying again.
 * Throws `digest-required` where nothing is named, `approval-mismatch` where it is not what stands there now.
 */
export const refuseUnread = (
  bundleId: string,
  of: 'bundle' | 'flip-list',
  read: string | undefined,
  present: string | null | undefined,
): void => {
  const options = {
    remedy: 'read what stands there now, and send its hash',
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

/** The approval an activation goes by: the named one, or any of the present content. Throws `approval-required`, `approval-mismatch`, `same-person`. */
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
  // INVARIANT: who approved may have edited since, and the content may be what it was: that is an approval of one's own work.
  if (isByAuthor(state, named))
    throw new ProblemError(
      'same-person',
      `approval \`${named.approval_id}\` was given by someone who edited the bundle since`,
    );
  return named;
};

const provenance = ({ team, cloned_from, source_signature, exported_as }: Provenance): Provenance => ({
  ...(exported_as === undefined ? {} : { exported_as }),
  ...(team === undefined ? {} : { team }),
  ...(cloned_from === undefined ? {} : { cloned_from }),
  ...(source_signature === undefined ? {} : { source_signature }),
});

const present = (state: BundleState): Exclude<BundleState, { status: 'none' }> => {
  if (state.status === 'none' || state.status === 'deleted')
    throw new ProblemError('not-found', 'there is no such bundle');
  return state;
};

const draft = (state: BundleState, what: string): Exclude<BundleState, { status: 'none' }> => {
  const bundle = present(state);
  if (bundle.status !== 'draft')
    throw new ProblemError(
      'not-a-draft',
      `bundle \`${bundle.content.version}\` is released, only a draft can be ${what}`,
    );
  return bundle;
};

const contentOf = (content: BundleContent): Content => ({
  rules: content.rules,
  notes: content.notes,
  metadata: content.metadata,
  bundle_hash: bundleHash(content),
});

const recordFlipList = (
  { list }: Extract<BundleCommand, { type: 'RecordFlipList' }>,
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

/** The flip list that an approval goes by: the last one, if it is what was looked at. */
const boundTo = (
  command: Extract<BundleCommand, { type: 'ApproveBundle' }>,
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

const approve = (
  command: Extract<BundleCommand, { type: 'ApproveBundle' }>,
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

const adopt = (
  { actor, bundle_hash: looked }: Extract<BundleCommand, { type: 'AdoptBundle' }>,
  state: BundleState,
): readonly BundleEvent[] => {
  const bundle = draft(state, 'adopted');
  if (actor.kind !== 'person')
    throw new ProblemError('person-required', 'only a person can stand for a draft');
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

const decide = (command: BundleCommand, state: BundleState): readonly BundleEvent[] => {
  switch (command.type) {
    case 'CreateBundle': {
      const { bundle_id, content, source, source_signature: signed } = command;
      // INVARIANT: a file is imported once, whatever became of its draft.
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
    const {
      bundle_id,
      version,
      rules,
      notes,
      metadata,
      bundle_hash,
      source,
      source_signature: signed,
    } = event.data;
    // A read model may hold the state as an earlier release folded it.
    const before = state.status === 'none' ? [] : ((state.imports as readonly string[] | undefined) ?? []);
    // INVARIANT: who exported and who imported stand for the content together, where both are people of this tenant; so does whose draft a clone was made of.
    const exporters =
      signed !== undefined && signed.provenance.tenant === event.metadata.tenant_id
        ? [signed.provenance.exported_by, ...(event.data.exported_as ?? [])]
        : [];
    const imports = signed === undefined ? before : [...before, signed.export_id];
    return {
      status: 'draft',
      bundle_id,
      content: { version, rules, notes, metadata },
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
    case 'BundleUpdated': {
      const { version, rules, notes, metadata, bundle_hash } = event.data;
      return {
        ...state,
        content: { version, rules, notes, metadata },
        bundle_hash,
        authors: [...new Set([...state.authors, ...as])],
      };
    }
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
    case 'BundleApproved': {
      const { approval_id, bundle_hash, flip_list_hash = null, against_hash = null, note } = event.data;
      return {
        ...state,
        approvals: [
          ...state.approvals,
          {
            approval_id,
            bundle_hash,
            flip_list_hash,
            against_hash,
            note,
            approved_by: by,
            approved_at: at,
            ...(as.length > 1 ? { approved_as: as } : {}),
          },
        ],
      };
    }
    case 'BundleReleased':
      return { ...state, status: 'released' };
  }
};

/** A bundle's own stream `bundle-<tenant>:<bundle_id>`: draft, approvals, release. Which one is active stands in the rollout stream. */
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
