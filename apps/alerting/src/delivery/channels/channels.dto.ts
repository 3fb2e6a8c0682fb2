import {
  channelKinds,
  channelMembers,
  channelReaches,
  type ChannelKind,
  type ChannelMember,
  type ChannelReach,
  type Violation,
} from '@interlock/contracts';
import { channelDefaults, type ChannelSettings } from '@interlock/notify';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import {
  IfGiven,
  type Time,
  type StreamRevision,
  type WholeListOf,
  type LogPosition,
} from '@interlock/platform';

/** Every member of every kind. A member without a declaration does not compile. */
type Settable = { readonly [member in ChannelMember]?: unknown };

/** A channel of any kind. The decider's library defines which members belong to which kind. */
export class PutChannelDto implements Settable {
  @IsIn(channelKinds) kind!: ChannelKind;
  @IfGiven() @IsString() @MaxLength(512) url_ref?: string;
  @IsOptional() @IsString() @MaxLength(82) channel?: string | null;
  @IfGiven() @IsString() @MaxLength(512) routing_key_ref?: string;
  @IfGiven() @IsString() @MaxLength(2048) url?: string;
  @IfGiven() @IsString() @MaxLength(512) secret_ref?: string;
  @IfGiven() @IsString() @MaxLength(140) repository?: string;
  @IfGiven() @IsString() @MaxLength(512) token_ref?: string;
  @IfGiven() @IsString() @MaxLength(2048) api_url?: string;
  @IfGiven() @IsString() @MinLength(1) @MaxLength(253) host?: string;
  @IfGiven() @IsInt() @Min(1) @Max(65_535) port?: number;
  @IfGiven() @IsIn(['tls', 'starttls', 'none']) security?: 'tls' | 'starttls' | 'none';
  @IfGiven() @IsString() @MaxLength(320) from?: string;
  @IfGiven()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(320, { each: true })
  to?: string[];
  @IsOptional() @IsString() @MaxLength(320) username?: string | null;
  @IsOptional() @IsString() @MaxLength(512) password_ref?: string | null;
  /** The receivers of a webhook. Absent: `programs`. */
  @IfGiven() @IsIn(channelReaches) reaches?: ChannelReach;
}

/** Returns the faults of the members: those that the kind lacks, and those of another kind. */
export const memberFaults = (body: PutChannelDto): readonly Violation[] => {
  const { kind } = body;
  const given = Object.entries(body)
    .filter(([name, value]) => name !== 'kind' && value !== undefined && value !== null)
    .map(([name]) => name);
  const own = channelMembers(kind);
  return [
    ...own
      .filter(({ name, isNeeded }) => isNeeded && !given.includes(name))
      .map(({ name }) => ({ pointer: `/${name}`, detail: `is needed for a channel of kind ${kind}` })),
    ...given
      .filter((name) => !own.some((member) => member.name === name))
      .map((name) => ({ pointer: `/${name}`, detail: `does not belong to a channel of kind ${kind}` })),
  ];
};

/** Returns the settings in a checked body, with defaults for absent members. */
export const settingsOf = (body: PutChannelDto): ChannelSettings => {
  const { kind } = body;
  switch (kind) {
    case 'slack':
      return { kind, url_ref: body.url_ref ?? '', channel: body.channel ?? null };
    case 'teams':
      return { kind, url_ref: body.url_ref ?? '' };
    case 'pagerduty':
      return {
        kind,
        routing_key_ref: body.routing_key_ref ?? '',
        url: body.url ?? channelDefaults.pagerduty_url,
      };
    case 'email': {
      const security = body.security ?? 'starttls';
      return {
        kind,
        host: body.host ?? '',
        port: body.port ?? (security === 'tls' ? 465 : security === 'none' ? 25 : 587),
        security,
        from: body.from ?? '',
        to: body.to ?? [],
        username: body.username ?? null,
        password_ref: body.password_ref ?? null,
      };
    }
    case 'github':
      return {
        kind,
        repository: body.repository ?? '',
        token_ref: body.token_ref ?? '',
        api_url: body.api_url ?? channelDefaults.github_api_url,
      };
    case 'webhook':
      return {
        kind,
        url: body.url ?? '',
        secret_ref: body.secret_ref ?? '',
        reaches: body.reaches ?? 'programs',
      };
  }
};

/** A channel. `failing`: it does not deliver, and the other channels were notified. */
export type ChannelDto = {
  readonly tenant_id: string;
  readonly channel_id: string;
  readonly kind: ChannelKind;
  /**
   * The receivers of a delivery. If they are people, a delivery starts the clock of a confirmation
   * window.
   */
  readonly reaches: ChannelReach;
  readonly settings: object;
  readonly failing: boolean;
  readonly updated_at: Time;
  readonly revision: StreamRevision;
};
export type ChannelListDto = WholeListOf<ChannelDto>;

export type WrittenChannelDto = {
  readonly tenant_id: string;
  readonly channel_id: string;
  readonly kind: ChannelKind | null;
  readonly revision: StreamRevision;
  readonly position: LogPosition | null;
};

/** A test that is being delivered. `GET /api/v1/alerts/deliveries?alert_id=` returns its result. */
export type ChannelTestDto = {
  readonly channel_id: string;
  readonly test_id: string;
  readonly position: LogPosition | null;
};
