import {
  autoApprovalDecided,
  defaultAutoApprovalConfig,
  evaluateAutoApproval,
  type AutoApprovalConfig,
} from '@interlock/autonomy';
import type { AutoApproveAnswer } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import type { GateSight } from '@interlock/rails';
import { compared, type Finding } from '../finding.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';
import { Versions } from '../checks/versions.js';
import type { ThresholdReplay } from './threshold.js';

type Edition = { readonly version: string; readonly config: AutoApprovalConfig };
const initial: Edition = { version: 'default', config: defaultAutoApprovalConfig };

/** An answer is given a few moments before it is recorded. */
const toleranceMs = 60_000;

/** Replays the auto-approval policy, from its settings at the time of the request. */
export class AutoApprovalReplay {
  readonly settings = new StreamReplay(autoApprovalDecided);
  readonly #editions = new Map<string, Versions<Edition>>();

  constructor(
    private readonly whole: boolean,
    private readonly thresholds: ThresholdReplay,
  ) {}

  /** Takes events of `autonomy-<tenant>:auto_approval`. */
  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const findings = this.settings.take(event, of);
    const versions = this.#editions.get(of.tenant) ?? new Versions<Edition>();
    if (!this.#editions.has(of.tenant) && event.revision === 0n) versions.addFirst(initial);
    this.#editions.set(of.tenant, versions);
    versions.add(event.position, event.metadata.occurred_at, {
      version: `${event.revision}`,
      config: this.settings.of(event.stream)!.state.config,
    });
    return findings;
  }

  /**
   * Returns the settings that a decision names if they were in force then. Null if they were not,
   * `undefined` if the file cannot tell.
   */
  held(tenant: string, at: string, version: string): Edition | null | undefined {
    const versions = this.#editions.get(tenant);
    const editions = versions?.within(at, toleranceMs) ?? [];
    if (editions.length === 0) return version === initial.version ? initial : this.whole ? null : undefined;
    const held = editions.find((edition) => edition.version === version);
    // A part of a log may begin between the settings that were read and the next ones.
    const isKnown = this.whole || versions?.reaches(at, toleranceMs) === true;
    return held ?? (isKnown ? null : undefined);
  }

  check(tenant: string, at: string, { input, answer }: GateSight['auto_approval']): readonly Finding[] {
    const again = evaluateAutoApproval(input, answer.config as unknown as AutoApprovalConfig);
    const plain = ({
      decision,
      reason,
      explanation,
      policy_version,
      policy_clause,
    }: Omit<AutoApproveAnswer, 'config' | 'version'>): object => ({
      decision,
      reason: reason ?? null,
      explanation,
      policy_version,
      policy_clause: policy_clause ?? null,
    });
    const edition = this.held(tenant, at, answer.version);
    if (edition === undefined)
      return [
        compared('auto_approval', 'auto-approval', plain(answer), plain(again)),
        { kind: 'auto_approval', missing: 'the settings are not in the file' },
      ];
    const shift = this.thresholds.otherThan(tenant, input.action_type, at, answer.threshold_shift);
    const config =
      edition === null
        ? { version: 'another one' }
        : this.thresholds.adapted(edition.config, answer.threshold_shift);
    return [
      compared(
        'auto_approval',
        'auto-approval',
        {
          ...plain(answer),
          config: answer.config,
          ...(shift === null ? {} : { threshold_shift: answer.threshold_shift ?? null }),
        },
        { ...plain(again), config, ...(shift === null ? {} : { threshold_shift: shift }) },
      ),
    ];
  }
}
