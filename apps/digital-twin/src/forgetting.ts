import { parseStream } from '@interlock/contracts';
import { CommandHandler, type CommandResult, type EventStore } from '@interlock/kernel';
import {
  backoff,
  commandContext,
  EVENT_STORE,
  sealed,
  SettingChanges,
  type ChangeRequestedDto,
  type Principal,
  type Setting,
} from '@interlock/platform';
import {
  forgottenTraceDecider,
  forgottenTraceLoosens,
  forgottenTraceStream,
  isForgottenId,
  type ForgottenTraceCommand,
  type ForgottenTraceEvent,
  type ForgottenTraceState,
  type TraceV1,
} from '@interlock/twin';
import { Inject, Injectable } from '@nestjs/common';

type Written = CommandResult<ForgottenTraceEvent, ForgottenTraceState>;

/**
 * Forgets traces. Without a trace the twin may predict less risk, so another person must approve
 * it.
 */
@Injectable()
export class Forgetting {
  readonly #setting: Setting<ForgottenTraceCommand, ForgottenTraceEvent, ForgottenTraceState>;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    private readonly changes: SettingChanges,
  ) {
    this.#setting = changes.add({
      holds: (stream) => {
        const of = parseStream(stream);
        return of?.category === 'trace' && isForgottenId(of.id);
      },
      decider: forgottenTraceDecider,
      handler: new CommandHandler(store, forgottenTraceDecider, { backoff }),
      scope: 'AUTONOMY_ADMIN',
      loosens: () => forgottenTraceLoosens,
    });
  }

  /** Requests that a trace be forgotten; a trace that is already forgotten stays so. */
  async forget(
    principal: Principal,
    { trace_id, action_type }: Pick<TraceV1, 'trace_id' | 'action_type'>,
    reason: string,
  ): Promise<Written | ChangeRequestedDto> {
    const stream = forgottenTraceStream(principal.tenant_id, trace_id);
    return this.changes.write(this.#setting, {
      stream,
      command: {
        kind: 'ForgetTrace',
        trace_id,
        action_type,
        reason: await sealed(principal, reason, `${stream} reason`),
      },
      principal,
      context: commandContext(principal),
      why: reason,
    });
  }
}
