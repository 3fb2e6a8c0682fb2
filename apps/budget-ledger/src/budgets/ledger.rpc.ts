import { effectiveMode } from '@interlock/autonomy';
import { actionLimits, type ConsumeAnswer, type GiveBackAnswer, type ModeAnswer } from '@interlock/contracts';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { AutonomyIndex } from '../autonomy-index.js';
import { BudgetLedger } from './budget-ledger.js';
import { ConsumeDto, GiveBackDto, ModeDto } from './rpc.dto.js';

/** Answers the orchestrator's requests about modes and budgets. */
@Controller()
export class LedgerRpc {
  constructor(
    private readonly index: AutonomyIndex,
    private readonly ledger: BudgetLedger,
  ) {}

  @MessagePattern({ rpc: 'budget-ledger.mode' })
  async mode(@Payload() request: ModeDto): Promise<ModeAnswer> {
    await this.index.current(request.fresh === true);
    // INVARIANT: version and modes are read in one turn, so that an auditor finds the same modes at
    // that position.
    const { version } = this.index;
    const { tenant_id, account_id, action_type, affected_entity_count } = request;
    const { standing } = this.index.earnedOf(tenant_id, account_id, action_type);
    const { time_zone, limits } = this.index.modesOf(tenant_id);
    return {
      ...effectiveMode(this.index.modes, standing, request, affected_entity_count ?? null),
      time_zone,
      version,
      ...(limits.set_at === null ? {} : { limits: actionLimits(limits.set) }),
    };
  }

  @MessagePattern({ rpc: 'budget-ledger.consume' })
  consume(@Payload() request: ConsumeDto): Promise<ConsumeAnswer> {
    return this.ledger.consume(request);
  }

  @MessagePattern({ rpc: 'budget-ledger.give_back' })
  giveBack(@Payload() request: GiveBackDto): Promise<GiveBackAnswer> {
    return this.ledger.giveBack(request);
  }
}
