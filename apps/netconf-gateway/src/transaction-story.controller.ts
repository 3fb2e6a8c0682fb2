import { streamName, type LeafChange, type Reason } from '@interlock/contracts';
import { positionText, ProblemError, type EventStore, type RecordedEvent } from '@interlock/kernel';
import type { DeviceExchange, DeviceTxEvent } from '@interlock/network';
import {
  EVENT_STORE,
  listOf,
  logPosition,
  nullable,
  reason,
  RequireScope,
  streamRevision,
  Tenant,
  time,
} from '@interlock/platform';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';

export class ChangedLeafDto implements LeafChange {
  @ApiProperty() readonly path!: string;
  @ApiProperty(nullable({ type: String })) readonly before!: string | null;
  @ApiProperty(nullable({ type: String })) readonly after!: string | null;
}

/** One RPC, as it was sent; secrets in it are masked, what is too long is cut. */
export class DeviceExchangeDto implements DeviceExchange {
  @ApiProperty(time) readonly at!: string;
  @ApiProperty() readonly operation!: string;
  @ApiProperty() readonly sent!: string;
  @ApiProperty() readonly outcome!: string;
  @ApiProperty(nullable({ type: String })) readonly detail!: string | null;
  @ApiProperty() readonly ms!: number;
}

/** One event of a change's journal. */
export class TransactionStepDto {
  @ApiProperty(streamRevision) readonly revision!: string;
  @ApiProperty(logPosition) readonly position!: string;
  @ApiProperty(time) readonly at!: string;
  @ApiProperty() readonly type!: string;
  @ApiProperty(listOf(reason)) readonly reasons!: readonly Reason[];
  @ApiProperty({ type: [DeviceExchangeDto] }) readonly exchanges!: readonly DeviceExchangeDto[];
  /** When the device takes the change back by itself, where the step says so. */
  @ApiProperty(nullable(time)) readonly timer_ends_at!: string | null;
  /** How a change came to be gone, where the step says so. */
  @ApiProperty(nullable({ type: String })) readonly how!: string | null;
}

/**
 * A change of a device from its journal: its steps, its edit, and what takes it back, written down
 * before the device was touched.
 */
export class TransactionStoryDto {
  @ApiProperty() readonly tx_id!: string;
  @ApiProperty() readonly device_id!: string;
  @ApiProperty({ type: [ChangedLeafDto] }) readonly changes!: readonly ChangedLeafDto[];
  @ApiProperty(nullable({ type: String })) readonly edit_xml!: string | null;
  @ApiProperty(nullable({ type: String })) readonly inverse_xml!: string | null;
  /** Of the running leaves before the change. */
  @ApiProperty(nullable({ type: String })) readonly pre_image_hash!: string | null;
  @ApiProperty({ type: [TransactionStepDto] }) readonly steps!: readonly TransactionStepDto[];
}

type Told = DeviceTxEvent & Pick<RecordedEvent, 'revision' | 'position' | 'metadata'>;

const stepOf = (event: Told): TransactionStepDto => ({
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

/** What was done to a device, step by step. */
@ApiTags('devices')
@Controller('api/v1/devices/:id/transactions')
export class TransactionStoryController {
  constructor(@Inject(EVENT_STORE) private readonly store: EventStore) {}

  @Get(':tx')
  @ApiOperation({ summary: 'Get a transaction of a device step by step' })
  @RequireScope('DEVICE_READ')
  @ApiOkResponse({ type: TransactionStoryDto })
  async story(
    @Param('id') device: string,
    @Param('tx') tx: string,
    @Tenant() tenantId: string,
  ): Promise<TransactionStoryDto> {
    if (!/^[0-9a-f-]{36}$/.test(tx)) throw unknown(tx);
    const events: Told[] = [];
    // Only this service's decider writes these streams.
    for await (const event of this.store.read(streamName('device_tx', tenantId, tx)))
      events.push(event as unknown as Told);
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
