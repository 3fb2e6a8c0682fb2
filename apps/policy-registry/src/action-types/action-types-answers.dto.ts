import type { ActionTypeV1, HandlerStep, JsonObject } from '@interlock/contracts';
import { handlerSteps } from '@interlock/contracts';
import {
  anyObject,
  logPosition,
  mapOf,
  nullable,
  streamRevision,
  time,
  wholeListOf,
} from '@interlock/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

class HandlerEndpointDto {
  @ApiProperty({ enum: ['webhook', 'nats', 'mcp'] }) readonly kind!: 'webhook' | 'nats' | 'mcp';
  @ApiPropertyOptional() readonly url?: string;
  @ApiPropertyOptional(mapOf({ type: 'string' })) readonly urls?: { readonly [step in HandlerStep]?: string };
  @ApiPropertyOptional() readonly secret_ref?: string;
  @ApiPropertyOptional() readonly server?: string;
  @ApiPropertyOptional() readonly tool?: string;
  @ApiPropertyOptional() readonly digest?: string;
  @ApiPropertyOptional() readonly keep_results?: boolean;
  @ApiProperty({ enum: handlerSteps, isArray: true }) readonly steps!: readonly HandlerStep[];
  @ApiProperty() readonly timeout_ms!: number;
  @ApiProperty() readonly max_calls!: number;
}

export class ActionHandlerDto {
  @ApiProperty() readonly service!: string;
  @ApiProperty() readonly name!: string;
  @ApiPropertyOptional({ type: HandlerEndpointDto })
  readonly endpoint?: NonNullable<NonNullable<ActionTypeV1['handler']>['endpoint']>;
}

export class ImpactParametersDto {
  @ApiPropertyOptional() readonly affected_entities?: string;
  @ApiPropertyOptional() readonly cost?: string;
  @ApiPropertyOptional() readonly compute?: string;
}

class ActionTypeDto implements ActionTypeV1 {
  @ApiProperty() readonly action_type!: string;
  @ApiProperty() readonly title!: string;
  @ApiProperty(anyObject) readonly parameters_schema!: JsonObject;
  @ApiProperty(nullable({ type: ActionHandlerDto })) readonly handler!: ActionHandlerDto | null;
  @ApiProperty({ type: [String] }) readonly impact_fields!: readonly string[];
  @ApiProperty() readonly reversible!: boolean;
  @ApiProperty() readonly read_only!: boolean;
  @ApiProperty() readonly external_contact!: boolean;
  @ApiPropertyOptional() readonly min_confidence?: number;
  @ApiPropertyOptional() readonly version?: number;
  @ApiPropertyOptional({ type: ImpactParametersDto }) readonly impact?: ImpactParametersDto;
  @ApiPropertyOptional({ type: [String] }) readonly kpis?: readonly string[];
  /**
   * For how many seconds after its end an action can be rolled back; without a limit where absent.
   */
  @ApiPropertyOptional() readonly undo_within_s?: number;
  @ApiPropertyOptional({ enum: ['undo', 'ask'] }) readonly on_unknown?: 'undo' | 'ask';
}

export class ShownActionTypeDto extends ActionTypeDto {
  @ApiProperty() readonly built_in!: boolean;
  @ApiProperty(nullable(streamRevision)) readonly revision!: string | null;
}

export class WrittenActionTypeDto extends ActionTypeDto {
  @ApiProperty() readonly retired!: boolean;
  @ApiProperty(streamRevision) readonly revision!: string;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
}

class ActionTypeVersionDto extends ActionTypeDto {
  @ApiProperty(time) readonly registered_at!: string;
  @ApiProperty() readonly content_hash!: string;
}

export class ActionTypesDto extends wholeListOf(ActionTypeDto) {}
export class ActionTypeVersionsDto extends wholeListOf(ActionTypeVersionDto) {}
