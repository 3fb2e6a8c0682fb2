import type { Timestamp } from '@interlock/contracts';
import { gateNames, inboxKey, inboxKinds, type GateName, type InboxKind } from '@interlock/rails';
import {
  CurrentPrincipal,
  IfGiven,
  IntentMember,
  IsEntity,
  MinPosition,
  nowText,
  RequireScope,
  Tenant,
  PageQuery,
  type Principal,
  type Time,
  type PageOf,
  IsTimestamp,
} from '@interlock/platform';
import type { Position } from '@interlock/kernel';
import { pagesOf } from '@interlock/postgres';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { InboxIndex, itemsAfter, matchesInbox } from './inbox.js';

export class InboxQuery extends PageQuery {
  /** `mine`: the items that the caller may decide on; `all`: every waiting item. */
  @IfGiven() @IsIn(['mine', 'all']) view?: 'mine' | 'all';
  @IfGiven() @IsIn(inboxKinds) kind?: InboxKind;
  /** Only actions and steps up of this type. */
  @IfGiven() @IntentMember() action_type?: string;
  /** Only actions on this entity. */
  @IfGiven() @IntentMember() entity_id?: string;
  /** Only actions on an entity that begins so. */
  @IfGiven() @IsEntity() entity_prefix?: string;
  /** Only actions of this agent. */
  @IfGiven() @IntentMember() agent?: string;
  /** Only actions and steps up of this account. */
  @IfGiven() @IntentMember() account_id?: string;
  /** Only actions for which this gate asks for a person. */
  @IfGiven() @IsIn(gateNames) gate?: GateName;
  /** Only what was requested at this time or later. */
  @IfGiven() @IsTimestamp() since?: Timestamp;
  /** Only what was requested before this time. */
  @IfGiven() @IsTimestamp() until?: Timestamp;
}

type InboxItemDto = {
  readonly kind: InboxKind;
  /**
   * The id of an action, plan or bundle. For a step up it is `<account>/<action type>`; for a
   * switch, its stream's id.
   */
  readonly id: string;
  readonly title: string;
  /** The entity of an action, the version of a bundle, the action type of a step up. */
  readonly subject: string | null;
  /** The agent of an action; null for every other kind. */
  readonly agent: string | null;
  /** The account of an action or of a step up; null for every other kind. */
  readonly account_id: string | null;
  /** The gates that ask for a person; empty for every kind but actions. */
  readonly gates: readonly GateName[];
  /** The decision that a person must make. */
  readonly asks: string;
  /** Why a person is asked. Null if `asks` is enough. */
  readonly why: string | null;
  /** What happens without an answer. Null if the item keeps waiting. */
  readonly then: string | null;
  readonly requested_at: Time;
  /** Null if the item waits until somebody decides. */
  readonly expires_at: Time | null;
  readonly approvals: number;
  readonly approvals_required: number;
  /** Why the caller may not decide. Null if the caller may. */
  readonly why_not: string | null;
};

export type InboxPageDto = PageOf<InboxItemDto> & {
  /** The number of items that the caller may decide. */
  readonly mine: number;
  /** The number of all waiting items. */
  readonly all: number;
  readonly server_time: Time;
};

const pages = pagesOf('inbox', ['text', 'text', 'text'], inboxKey);

/** The inbox: everything in any service that waits for a person. */
@ApiTags('safety rails')
@Controller('api/v1/autonomous/inbox')
export class InboxController {
  constructor(private readonly index: InboxIndex) {}

  @Get()
  @ApiOperation({
    summary: 'List the decisions that wait for a person',
    description: 'The decision that expires first comes first.',
  })
  @RequireScope('AUTONOMOUS_READ')
  async list(
    @Query() { view = 'mine', limit: size, cursor, ...filter }: InboxQuery,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
  ): Promise<InboxPageDto> {
    await this.index.atLeast(position);
    const all = this.index.of(tenant, {
      person: principal.person_id !== null,
      scopes: principal.scopes,
      keys: principal.refused_as,
    });
    const mine = all.filter(({ why_not }) => why_not === null);
    const wanted = (view === 'all' ? all : mine).filter(matchesInbox(filter));
    const { limit, after = null } = pages.asked({ limit: size, cursor });
    const { items, next } = pages.of(itemsAfter(wanted, after), limit);
    return { items, next, mine: mine.length, all: all.length, server_time: nowText() };
  }
}
