import { namePattern } from '@interlock/contracts';
import { anyObject, IfGiven, type LogPosition, type Time } from '@interlock/platform';
import { ApiProperty } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsInt,
  IsObject,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';

const orAny = new RegExp(`^\\*$|${namePattern.source}`);
/** The subject of an agent's tokens and its user of the bus are names too, with a prefix. */
const agentNamePattern = /^[a-z0-9][a-z0-9_-]{0,55}$/;

export class CreateAgentDto {
  @Matches(agentNamePattern, { message: 'name must be a name of at most 56 characters, without a dot' })
  name!: string;
  /** Accounts that the agent may name. `*`: any. */
  @IsArray()
  @ArrayUnique()
  @ArrayMinSize(1)
  @ArrayMaxSize(256)
  @Matches(orAny, { each: true, message: 'accounts must be names, or *' })
  accounts!: string[];
  /** Agents that it may name in intents. Absent: only its own name. */
  @IfGiven()
  @IsArray()
  @ArrayUnique()
  @ArrayMinSize(1)
  @ArrayMaxSize(256)
  @Matches(orAny, { each: true, message: 'agents must be names, or *' })
  agents?: string[];
  /** Signals that its user of the bus may report. `*`: any. Absent: none. */
  @IfGiven()
  @IsArray()
  @ArrayUnique()
  @ArrayMaxSize(16)
  @Matches(/^(?:\*|[a-z][a-z0-9_]{0,62})$/, { each: true, message: 'signals must be names of signals, or *' })
  signals?: string[];
  /** The public key of the agent as a JWK, Ed25519 or P-256. */
  @ApiProperty(anyObject)
  @IsObject()
  jwk!: object;
  /** The public nkey of its user of the bus. Absent: it has no such user. */
  @IfGiven()
  @Matches(/^U[A-Z2-7]{55}$/, { message: 'bus_key must be the public key of an nkey user' })
  bus_key?: string;
  /** Action types that its user of the bus handles. `*`: any. Absent: none. */
  @IfGiven()
  @IsArray()
  @ArrayUnique()
  @ArrayMaxSize(64)
  @Matches(orAny, { each: true, message: 'handlers must be names of action types, or *' })
  handlers?: string[];
}

export class RotateAgentDto {
  /** The new public key as a JWK. */
  @ApiProperty(anyObject)
  @IsObject()
  jwk!: object;
  /** Seconds for which the old key stays valid. Absent: 600. */
  @IfGiven()
  @IsInt()
  @Min(0)
  @Max(604_800)
  overlap_s?: number;
}

export class RevokeAgentDto {
  /** True if the agent's open actions and plans are cancelled too. */
  @IfGiven()
  @IsBoolean()
  cancel?: boolean;
}

export class AgentPath {
  @MaxLength(64) name!: string;
}

type AgentKeyDto = {
  /** The thumbprint of the key (RFC 7638). */
  readonly jkt: string;
  readonly ends_at: Time | null;
};

export type AgentDto = {
  readonly name: string;
  /** The agent's name at the token endpoint. */
  readonly client_id: string;
  /** The agent's name as a requester in the log. */
  readonly credential: string;
  readonly agents: readonly string[];
  readonly accounts: readonly string[];
  readonly signals: readonly string[];
  readonly keys: readonly AgentKeyDto[];
  /** The user of the bus. Null if it has none. */
  readonly bus_user: string | null;
  readonly handlers: readonly string[];
};

export type AgentListDto = {
  readonly items: readonly AgentDto[];
};

export type WrittenAgentDto = AgentDto & {
  readonly position: LogPosition | null;
};

export type RevokedAgentDto = {
  readonly name: string;
  readonly cancelled_actions: readonly string[];
  readonly cancelled_plans: readonly string[];
  readonly position: LogPosition | null;
};
