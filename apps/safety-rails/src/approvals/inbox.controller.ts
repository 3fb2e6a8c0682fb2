import { inboxKey, inboxKinds, type InboxKind } from '@interlock/rails';
import {
  CurrentPrincipal,
  IfGiven,
  MinPosition,
  nowText,
  RequireScope,
  Tenant,
  type Principal,
  type Time,
  type PageOf,
} from '@interlock/platform';
import type { Position } from '@interlock/kernel';
import { decodeCursor, keysetPage, pageLimit } from '@interlock/postgres';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { InboxIndex, itemsAfter } from './inbox.js';

class InboxQuery {
  @IfGiven() @IsString() @MaxLength(64) tenant_id?: string;
  /** `mine`: the items that the caller may decide on; `all`: every waiting item. */
  @IfGiven() @IsIn(['mine', 'all']) view?: 'mine' | 'all';
  @IfGiven() @IsIn(inboxKinds) kind?: InboxKind;
  @IfGiven() @Type(() => Number) @IsInt() @Min(1) @Max(200) limit?: number;
  /** `next` of the previous page. */
  @IfGiven() @IsString() @MaxLength(1024) cursor?: string;
}

type InboxItemDto = {
  readonly kind: InboxKind;
  /**
   * An action, plan or bundle by its id, a step up by `<account>/<action type>`, a switch by its
   * stream's id.
   */
  readonly id: string;
  readonly title: string;
  /** The entity of an action, the version of a bundle, the action type of a step up. */
  readonly subject: string | null;
  /** What is asked of a person. */
  readonly asks: string;
  /** Why a person is asked; null where `asks` says it all. */
  readonly why: string | null;
  /** What happens without an answer; null where it waits on. */
  readonly then: string | null;
  readonly requested_at: Time;
  /** Null where the item waits until somebody decides. */
  readonly expires_at: Time | null;
  readonly approvals: number;
  readonly approvals_required: number;
  /** Why the caller may not decide; null where the caller may. */
  readonly why_not: string | null;
};

export type InboxPageDto = PageOf<InboxItemDto> & {
  /** How many items the caller may decide. */
  readonly mine: number;
  /** How many items wait in total. */
  readonly all: number;
  readonly server_time: Time;
};

/** The one inbox: everything in any service that waits for a person. */
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
    @Query() { view = 'mine', kind, limit, cursor }: InboxQuery,
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
    const wanted = (view === 'all' ? all : mine).filter((item) => kind === undefined || item.kind === kind);
    const place = cursor === undefined ? null : decodeCursor(cursor, 3).map(String);
    const size = pageLimit(limit);
    const { items, next } = keysetPage(itemsAfter(wanted, place).slice(0, size + 1), size, (item) => [
      ...inboxKey(item),
    ]);
    return { items, next, mine: mine.length, all: all.length, server_time: nowText() };
  }
}
