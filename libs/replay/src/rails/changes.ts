import type { McpServerState } from '@interlock/agents';
import { parseStream, systemTenant, type Scope } from '@interlock/contracts';
import {
  changeDigest,
  changeStream,
  requiredPeopleId,
  longestBreakGlassSeconds,
  requiredPeopleInForce,
  type ChangeState,
  type RecordedEvent,
  type RequestedChange,
} from '@interlock/kernel';
import type { ActionTypeState, BesidePolicy } from '@interlock/policy';
import {
  changeDecided,
  isFounderAlone,
  noneSignedIn,
  requiredPeopleDecided,
  requiredPeopleStream,
  withSignIn,
  type SignedIn,
} from '@interlock/rails';
import { compared, decidedNow, ofItself, written, type Finding } from '../finding.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';
import { InvitationReplay } from '../changes/invitations.js';
import { isFirst } from '../changes/settings.js';
import { SettingStates, type SettingStep } from '../changes/setting-states.js';
import { ToolTypes } from '../changes/tool-types.js';

type ChangeRef = NonNullable<RecordedEvent['metadata']['change']>;

const kind = 'change';
const besideMissing: Finding = {
  kind,
  missing: 'what decides beside the policy is not all in the file',
  excused: true,
};
/**
 * Returns a finding for something that the log must show for an event and does not. It counts in
 * any file.
 */
const fault = (event: RecordedEvent, what: string): Finding => compared(kind, what, event.type, null);

/**
 * Replays change requests. It refuses every event that loosens a setting without a change that
 * enough people have approved: for that setting, at that revision, with that content.
 */
export class ChangeReplay {
  readonly changes = new StreamReplay(changeDecided);
  readonly requiredPeople = new StreamReplay(requiredPeopleDecided);
  /** Who has signed in, by tenant. */
  readonly #signedIn = new Map<string, SignedIn>();
  readonly #invitations = new InvitationReplay();
  readonly #settings = new SettingStates();
  /** The last event of a setting, by the change that it applies. */
  readonly #applied = new Map<string, RecordedEvent>();
  readonly #firsts = new Set<string>();
  /** The state of the setting before a change by break-glass, by that change. */
  readonly #broken = new Map<string, unknown>();
  /** True if the file contains change requests of the system. */
  #holdsSystem = false;
  /** The tenants whose events the file contains. */
  readonly #tenants = new Set<string>();

  /** The policies and bundles that decided beside a policy, by the policy's change request. */
  readonly #besides = new Map<string, readonly BesidePolicy[] | null>();
  readonly #tools = new ToolTypes();

  /**
   * `beside` returns the policies and bundles that decide beside a policy at an event; null if the
   * file lacks part of them.
   */
  constructor(
    private readonly whole: boolean,
    private readonly beside: (event: RecordedEvent, policy: StreamOf) => readonly BesidePolicy[] | null,
  ) {}

  /** Takes events of `change-<tenant>:<id>`. */
  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    if (of.id === requiredPeopleId) return this.requiredPeople.take(event, of);
    this.#holdsSystem ||= of.tenant === systemTenant;
    const findings = this.changes.take(event, of);
    const folded = this.changes.of(event.stream);
    if (folded?.whole !== true) return findings;
    this.#seen(event, folded.state, of.id);
    return [
      ...findings,
      ...(event.type === 'ChangeRequested' ? this.#requested(event, of.tenant) : []),
      // A person who breaks the glass decides alone, so no related person can take part.
      ...((event.type === 'ChangeConsented' || event.type === 'ChangeApproved') &&
      folded.state.break_glass === null
        ? this.#invitations.approved(event, of.tenant)
        : []),
      ...(event.type === 'ChangeApproved' ? enoughPeople(event, folded.state) : []),
      ...(event.type === 'ChangeApplied' ? this.#noted(event, folded.state, of) : []),
    ];
  }

  /** People are shown how a policy loosens when they are asked, not when it is applied. */
  #seen(event: RecordedEvent, { change, status }: ChangeState, id: string): void {
    const policy = parseStream(change?.setting ?? '');
    if (event.type === 'ChangeRequested' && policy?.category === 'policy')
      this.#besides.set(id, this.beside(event, policy));
    else if (status !== 'open' && status !== 'approved') this.#besides.delete(id);
  }

  /** Returns the scope that people need to approve a change; null for any other stream. */
  scopeOf(stream: string): Scope | null {
    return this.changes.of(stream)?.state.change?.scope ?? null;
  }

  /** Takes events of `person-<tenant>:<person_id>`. */
  sees(event: RecordedEvent, of: StreamOf): void {
    this.#invitations.take(event, of);
    this.#signedIn.set(of.tenant, withSignIn(this.#signedIn.get(of.tenant) ?? noneSignedIn, of.id, event));
  }

  /** Checks that a request requires as many people as the setting demanded when it was made. */
  #requested(event: RecordedEvent, tenant: string): readonly Finding[] {
    const streams = [tenant, systemTenant].map((of) => this.requiredPeople.of(requiredPeopleStream(of)));
    const [own, system] = streams.map((folded) => folded?.state.required_people ?? null);
    const { required_people: stated, solo } = event.data as {
      readonly required_people: number;
      readonly solo?: true;
    };
    const isAlone = isFounderAlone(this.#signedIn.get(tenant) ?? noneSignedIn);
    const needed = requiredPeopleInForce(own ?? null, system ?? null, isAlone && solo === true);
    if (stated >= needed) return [];
    // A tenant's own export does not contain the system's number.
    const isKnown = this.whole && streams.some((folded) => folded !== undefined);
    return [
      {
        kind,
        ...(isKnown
          ? { missing: `the change needs ${needed} people, and asks for ${stated}` }
          : {
              missing: `the change asks for ${stated} of ${needed} people, and the setting that decides is not in the file`,
              excused: true as const,
            }),
      },
    ];
  }

  /**
   * Checks a change that is recorded as applied: its setting must contain an event that names it.
   */
  #noted(event: RecordedEvent, { change }: ChangeState, { id }: StreamOf): readonly Finding[] {
    const applied = this.#applied.get(id);
    if (applied === undefined || applied.stream !== change?.setting) {
      const ofTenant = parseStream(change?.setting ?? '')?.tenant;
      return [
        {
          kind,
          missing: `no event of its setting applies the change request \`${id}\``,
          // The system's own log does not contain the settings of tenants.
          ...(ofTenant === undefined || this.#tenants.has(ofTenant) ? {} : { excused: true as const }),
        },
      ];
    }
    // A repeat may name a later revision, if the setting has changed since.
    const { revision } = event.data as { readonly revision: string };
    const isThere = /^\d{1,19}$/.test(revision) && BigInt(revision) >= applied.revision;
    return isThere ? [] : [fault(event, `the change request \`${id}\` names the revision that applies it`)];
  }

  /** Takes an event of any stream. */
  applied(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    this.#tenants.add(of.tenant);
    const ref = event.metadata.change;
    const asked = ref === undefined ? undefined : this.#besides.get(ref.id);
    const step = this.#settings.take(event, of, () => (asked === undefined ? this.beside(event, of) : asked));
    const findings =
      ref !== undefined
        ? this.#byChange(event, of, ref, step)
        : step === null
          ? []
          : this.#unasked(event, of, step);
    const state = step?.after?.state;
    if (state !== undefined && of.category === 'mcp_server')
      this.#tools.server(event, of.tenant, state as McpServerState);
    if (state !== undefined && of.category === 'action_type')
      this.#tools.type(event.stream, of.tenant, state as ActionTypeState);
    return findings;
  }

  /** Loosening a setting needs a change, except where its service may write without one. */
  #unasked(event: RecordedEvent, of: StreamOf, { setting, loosened }: SettingStep): readonly Finding[] {
    if (loosened === null) return [besideMissing];
    if (loosened.length === 0 || isFirst(event, this.#firsts)) return [];
    const unasked = setting.unasked?.(event, of, this.#tools) ?? false;
    if (unasked === true) return [];
    const what = 'what loosens a setting applies a change that people have approved';
    if (unasked === false) return [compared(kind, what, { change: null }, { loosened })];
    if ('missing' in unasked) return [{ kind, ...unasked }];
    return [ofItself(compared(kind, what, null, null), unasked.untold)];
  }

  #byChange(
    event: RecordedEvent,
    of: StreamOf,
    ref: ChangeRef,
    step: SettingStep | null,
  ): readonly Finding[] {
    const { tenant } = of;
    // The people of `_system` decide on settings of every tenant.
    const folded = [tenant, systemTenant]
      .map((one) => this.changes.of(changeStream(one, ref.id)))
      .find((one) => one !== undefined);
    if (folded?.whole !== true)
      return [
        {
          kind,
          missing: `its change request \`${ref.id}\` is not in the file`,
          // A tenant's own log does not contain what people of the system decided for it.
          ...(this.whole && (of.category !== 'tenant' || this.#holdsSystem)
            ? {}
            : { excused: true as const }),
        },
      ];
    const { status, change, break_glass } = folded.state;
    if (change === null || !['approved', 'applied', 'ended'].includes(status))
      return [fault(event, `its change request \`${ref.id}\` is approved`)];
    const until = break_glass?.until;
    if (until !== undefined && this.#applied.has(ref.id) && event.metadata.occurred_at >= until)
      return this.#returned(event, ref, step);
    const held = step?.before ?? null;
    if (until !== undefined && held !== null && !this.#broken.has(ref.id))
      this.#broken.set(ref.id, held.state);
    const before = this.#applied.get(ref.id);
    this.#applied.set(ref.id, event);
    const faults = [
      ...(change.setting === event.stream ? [] : ['is of this setting']),
      ...(changeDigest(change) === change.digest && ref.digest === change.digest ? [] : ['has its digest']),
      ...(isNext(event, change, before) ? [] : ['is of this revision']),
      ...(isShown(change, step) ? [] : ['shows everything that it loosens']),
    ];
    return [
      ...faults.map((what) => fault(event, `its change request \`${ref.id}\` ${what}`)),
      ...contentOf(event, change, step),
      ...(step?.loosened === null ? [besideMissing] : []),
    ];
  }

  /** What held before a change by break-glass is in force again; no member is looser than then. */
  #returned(event: RecordedEvent, { id }: ChangeRef, step: SettingStep | null): readonly Finding[] {
    if (step === null || step.after === null || !this.#broken.has(id)) return [];
    const loosened = step.loosens(this.#broken.get(id), step.after.state);
    return loosened === null || loosened.length === 0
      ? []
      : [fault(event, `what held before the change \`${id}\` is in force again`)];
  }
}

/** INVARIANT: an approved change was approved by as many different people as it needs. */
const enoughPeople = (
  event: RecordedEvent,
  { change, people, break_glass }: ChangeState,
): readonly Finding[] =>
  change !== null &&
  (change.can_break_glass === true && break_glass !== null
    ? Date.parse(break_glass.until) <=
      Date.parse(event.metadata.occurred_at) + longestBreakGlassSeconds * 1000
    : new Set(people).size >= change.required_people)
    ? []
    : [fault(event, 'an approved change has as many people as it needs')];

/** INVARIANT: a change is applied once, at its own revision, by one append. */
const isNext = (
  { revision, metadata }: RecordedEvent,
  change: RequestedChange,
  before: RecordedEvent | undefined,
): boolean =>
  before === undefined
    ? revision === BigInt(change.revision) + 1n
    : revision === before.revision + 1n && metadata.command_id === before.metadata.command_id;

/** True if people were shown every member that the event loosens. */
const isShown = ({ loosened }: RequestedChange, step: SettingStep | null): boolean =>
  (step?.loosened ?? []).every(({ pointer }) => loosened.some((shown) => shown.pointer === pointer));

/** Compares an event with the one that the approved command produces at its place. */
const contentOf = (
  event: RecordedEvent,
  { command, revision }: RequestedChange,
  step: SettingStep | null,
): readonly Finding[] => {
  if (step === null || step.before === null) return [];
  const place = Number(event.revision - BigInt(revision) - 1n);
  // The first event of the append was compared with the command, which produces the later ones too.
  if (place !== 0) return [];
  const now = decidedNow(step.setting.decided.decider, command, step.before.state);
  return [
    compared(
      kind,
      'the event is what the approved change writes',
      written([event]),
      Array.isArray(now) ? now.slice(0, 1) : now,
    ),
  ];
};
