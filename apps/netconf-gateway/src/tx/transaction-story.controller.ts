import { streamName, type Reason } from '@interlock/contracts';
import { positionText, ProblemError, type EventStore, type RecordedEvent } from '@interlock/kernel';
import type { DeviceTxEvent } from '@interlock/network';
import {
  EVENT_STORE,
  RequireScope,
  Tenant,
  type Time,
  type StreamRevision,
  type LogPosition,
} from '@interlock/platform';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';

type ChangedLeafDto = {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
};

/** One RPC as it was sent. Its secrets are masked, and long texts are cut. */
type DeviceExchangeDto = {
  readonly at: Time;
  readonly operation: string;
  readonly sent: string;
  readonly outcome: string;
  readonly detail: string | null;
  readonly ms: number;
};

/** One event of a change's journal. */
type TransactionStepDto = {
  readonly revision: StreamRevision;
  readonly position: LogPosition;
  readonly at: Time;
  readonly type: string;
  readonly reasons: readonly Reason[];
  readonly exchanges: readonly DeviceExchangeDto[];
  /** When the device takes the change back by itself; null if the step sets no timer. */
  readonly timer_ends_at: Time | null;
  /** How the change was taken back; null for other steps. */
  readonly how: string | null;
};

/**
 * A change of a device from its journal: its steps, its edit, and the inverse edit, which is
 * recorded before the device is touched.
 */
export type TransactionStoryDto = {
  readonly tx_id: string;
  readonly device_id: string;
  readonly changes: readonly ChangedLeafDto[];
  readonly edit_xml: string | null;
  readonly inverse_xml: string | null;
  /** The hash of the running leaves before the change; null before they are read. */
  readonly pre_image_hash: string | null;
  readonly steps: readonly TransactionStepDto[];
};

type RecordedTxEvent = DeviceTxEvent & Pick<RecordedEvent, 'revision' | 'position' | 'metadata'>;

const stepOf = (event: RecordedTxEvent): TransactionStepDto => ({
  revision: `${event.revision}`,
  position: positionText(event.position),
  at: event.metadata.occurred_at,
  type: event.type,
  reasons: 'reasons' in event.data ? event.data.reasons : [],
  exchanges: 'exchanges' in event.data ? (event.data.exchanges ?? []) : [],
  timer_ends_at: event.type === 'TentativeCommitApplied' ? event.data.timer_ends_at : null,
  how: event.type === 'ChangeRolledBack' ? event.data.how : null,
});

const unknown = (id: string): ProblemError =>
  new ProblemError('not-found', `the device has no transaction \`${id.slice(0, 64)}\``);

/** Serves the steps of each transaction on a device. */
@ApiTags('devices')
@Controller('api/v1/devices/:id/transactions')
export class TransactionStoryController {
  constructor(@Inject(EVENT_STORE) private readonly store: EventStore) {}

  @Get(':tx')
  @ApiOperation({ summary: 'Get a transaction of a device step by step' })
  @RequireScope('DEVICE_READ')
  async story(
    @Param('id') device: string,
    @Param('tx') tx: string,
    @Tenant() tenantId: string,
  ): Promise<TransactionStoryDto> {
    if (!/^[0-9a-f-]{36}(?:\.[1-9][0-9]?)?$/.test(tx)) throw unknown(tx);
    const events: RecordedTxEvent[] = [];
    // Only this service's decider writes these streams, so the cast is safe.
    for await (const event of this.store.read(streamName('device_tx', tenantId, tx)))
      events.push(event as unknown as RecordedTxEvent);
    const named = events.find(({ type }) => type === 'TurnAccepted' || type === 'ApplyAccepted');
    if (named === undefined || !('device_id' in named.data) || named.data.device_id !== device)
      throw unknown(tx);
    const prepared = events.findLast((event) => event.type === 'ChangePrepared')?.data;
    return {
      tx_id: tx,
      device_id: device,
      changes: prepared?.changes ?? [],
      edit_xml: prepared?.edit_xml ?? null,
      inverse_xml: prepared?.inverse_xml ?? null,
      pre_image_hash: prepared?.pre_image_hash ?? null,
      steps: events.map(stepOf),
    };
  }
}
