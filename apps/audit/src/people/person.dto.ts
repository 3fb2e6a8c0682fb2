import {
  anyTenantPattern,
  intentIdPattern,
  mostSecrets,
  refusalLimits,
  roles,
  type PersonChange,
  type RecordPersonRequest,
  type Role,
  type Violation,
} from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsISO8601,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  MinLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';

const kinds = ['invite', 'start_session', 'end_session', 'revoke_sessions', 'remove'] as const;
const makers = ['person', 'installation'] as const;
const causes = ['revoked', 'new-link', 'removed', 'provider'] as const;

class RecordedPersonDto {
  @IsString() @MinLength(1) @MaxLength(256) subject!: string;
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @Matches(anyTenantPattern, { each: true, message: 'tenants must be names of tenants' })
  tenants!: string[];
}

class UsedInvitationDto {
  @IsString() @MinLength(1) @MaxLength(64) id!: string;
  @IsIn(makers) made_by!: (typeof makers)[number];
}

/** The members of all kinds of change. `needed` lists those of each kind. */
class PersonChangeDto {
  @IsIn(kinds) kind!: (typeof kinds)[number];
  @IsOptional() @IsString() @MinLength(1) @MaxLength(64) invitation_id?: string;
  @IsOptional() @IsIn(['new', 'link']) occasion?: 'new' | 'link';
  @IsOptional() @IsIn(roles) role?: Role;
  @IsOptional() @IsString() @MaxLength(128) name?: string;
  @IsOptional() @IsISO8601() expires_at?: string;
  @IsOptional() @IsBoolean() ends_sessions?: boolean;
  @IsOptional() @IsString() @MinLength(1) @MaxLength(64) session_id?: string | null;
  @IsOptional() @IsIn(['invitation', 'provider']) by?: 'invitation' | 'provider';
  @IsOptional() @IsIn(roles, { each: true }) roles?: Role[];
  @IsOptional() @ValidateNested() @Type(() => UsedInvitationDto) invitation?: UsedInvitationDto;
  @IsOptional() @IsIn(causes) because?: (typeof causes)[number];
}

export class RecordPersonDto {
  @IsString() @MinLength(1) @MaxLength(128) request_id!: string;
  @ValidateNested() @Type(() => RecordedPersonDto) person!: RecordedPersonDto;
  @ValidateIf((_, by: unknown) => by !== null) @IsString() @MinLength(1) @MaxLength(256) by!: string | null;
  @ValidateNested() @Type(() => PersonChangeDto) change!: PersonChangeDto;
}

class RefusedMemberDto {
  @IsString() @MaxLength(refusalLimits.pointer) pointer!: string;
  @IsString() @MaxLength(refusalLimits.detail) detail!: string;
}

export class RecordAccessDto {
  @IsString() @MinLength(1) @MaxLength(256) request_id!: string;
  @Matches(anyTenantPattern, { message: "tenant_id must be a tenant's name" }) tenant_id!: string;
  @Matches(/^(?:person|service):[^\p{Cc}]{1,256}$/u, { message: 'submitter must be a credential' })
  submitter!: string;
  @Matches(/^[0-9a-f]{64}$/, { message: 'content_hash must be a SHA-256 in hexadecimal' })
  content_hash!: string;
  @IsArray() @ArrayMaxSize(50) @IsString({ each: true }) @MaxLength(64, { each: true }) codes!: string[];
  @ValidateIf((_, value: unknown) => value !== null)
  @Matches(intentIdPattern, { message: 'intent_id must be 1 to 128 printable characters, or null' })
  intent_id!: string | null;
  @IsString() @MaxLength(refusalLimits.detail) detail!: string;
  @IsArray()
  @ArrayMaxSize(refusalLimits.violations)
  @ValidateNested({ each: true })
  @Type(() => RefusedMemberDto)
  violations!: RefusedMemberDto[];
}

export class RecordRefusalDto {
  @IsString() @MinLength(1) @MaxLength(256) request_id!: string;
  @Matches(anyTenantPattern, { message: "tenant_id must be a tenant's name" }) tenant_id!: string;
  @Matches(/^person:[0-9a-f-]{36}$/, { message: 'person must be a person' }) person!: string;
  @IsString() @MinLength(1) @MaxLength(1024) command!: string;
  @IsString() @MaxLength(1024) path!: string;
  @IsString() @MinLength(1) @MaxLength(64) code!: string;
}

class PlacedSecretDto {
  @Matches(/^(?:file|env):[^\p{Cc}]{1,512}$/u, { message: 'reference must be `file:NAME` or `env:NAME`' })
  reference!: string;
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(512, { each: true })
  destinations!: string[];
  @ValidateIf((_, value: unknown) => value !== null) @IsISO8601() changed_at!: string | null;
}

export class RecordSecretsDto {
  @IsString() @MinLength(1) @MaxLength(256) request_id!: string;
  @Matches(anyTenantPattern, { message: "tenant_id must be a tenant's name" }) tenant_id!: string;
  @IsArray()
  @ArrayMaxSize(mostSecrets)
  @ValidateNested({ each: true })
  @Type(() => PlacedSecretDto)
  secrets!: PlacedSecretDto[];
}

/** The members that each kind of change needs. */
const needed: { readonly [kind in PersonChange['kind']]: readonly (keyof PersonChangeDto)[] } = {
  invite: ['invitation_id', 'occasion', 'role', 'name', 'expires_at', 'ends_sessions'],
  start_session: ['session_id', 'by', 'roles', 'name', 'expires_at'],
  end_session: ['session_id'],
  revoke_sessions: ['session_id', 'because'],
  remove: ['role'],
};

/** Returns the request with its change as a member of the union. Throws `validation-failed`. */
export const requestOf = ({ request_id, person, by, change }: RecordPersonDto): RecordPersonRequest => {
  const { kind } = change;
  const violations: Violation[] = needed[kind]
    .filter((member) => {
      const value = change[member];
      return value === undefined || (value === null && kind !== 'revoke_sessions');
    })
    .map((member) => ({ pointer: `/change/${member}`, detail: `is needed for \`${kind}\`` }));
  if (violations.length > 0)
    throw new ProblemError('validation-failed', 'the change of a person lacks required members', {
      violations,
    });
  const members = [...needed[kind], ...(kind === 'start_session' ? (['invitation'] as const) : [])];
  const kept = members.flatMap((member) =>
    change[member] === undefined ? [] : [[member, change[member]] as const],
  );
  return {
    request_id,
    person: { subject: person.subject, tenants: person.tenants },
    by,
    // INVARIANT: `needed` lists the members of each kind of the union.
    change: { kind, ...Object.fromEntries(kept) } as PersonChange,
  };
};
