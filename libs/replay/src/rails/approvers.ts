import { changeScopes, type Scope } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { compared, type Finding } from '../finding.js';

type Yes = {
  /** The scope that the approval requires; null if the change request names it. */
  readonly scope: Scope | null;
  /**
   * The member of the event's data with the digest of what was shown; null if the data does not
   * contain it.
   */
  readonly shown: string | null;
};

/** Every event with which a person approves. */
const approvals: { readonly [type: string]: Yes } = {
  ActionApproved: { scope: 'AUTONOMOUS_APPROVE', shown: 'digest' },
  ActionConfirmed: { scope: 'AUTONOMOUS_APPROVE', shown: 'digest' },
  RollbackApproved: { scope: 'AUTONOMOUS_APPROVE', shown: 'digest' },
  PlanApproved: { scope: 'AUTONOMOUS_APPROVE', shown: 'digest' },
  BundleApproved: { scope: 'POLICY_ACTIVATE', shown: null },
  ChangeConsented: { scope: null, shown: 'digest' },
  ChangeApproved: { scope: null, shown: 'digest' },
  KillSwitchReleaseRequested: { scope: 'AUTONOMOUS_KILL', shown: null },
  KillSwitchReleased: { scope: 'AUTONOMOUS_KILL', shown: null },
};

/**
 * Checks that a person who approved was allowed to, and approved what they had been shown. Logs of
 * earlier releases do not record this. `scope` is the one that a change request names.
 */
export const approverFindings = (
  { type, data, metadata: { approver } }: RecordedEvent,
  scope: Scope | null = null,
): readonly Finding[] => {
  const yes = Object.hasOwn(approvals, type) ? approvals[type] : undefined;
  if (yes === undefined || approver === undefined) return [];
  const needed = yes.scope !== null ? [yes.scope] : scope !== null ? changeScopes(scope) : [];
  return [
    ...(needed.length === 0 || needed.some((one) => approver.scopes.includes(one))
      ? []
      : [compared('approver', 'a person who approves has the scope that it needs', approver.scopes, needed)]),
    ...(yes.shown === null
      ? []
      : [
          compared(
            'approver',
            'a person approves what they were shown',
            approver.shown,
            (data as { readonly [name: string]: unknown })[yes.shown],
          ),
        ]),
  ];
};
