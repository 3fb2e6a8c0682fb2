import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { Type } from 'class-transformer';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { JsonObject } from '@interlock/contracts';
import { IfGiven, type WholeListOf } from '@interlock/platform';

const serverPattern = /^[a-z0-9][a-z0-9_-]{0,29}$/;

/** The name of an MCP server in a path. */
export class ServerPath {
  @Matches(serverPattern, {
    message: 'server must be a name of at most 30 small letters, digits, `_` and `-`',
  })
  server!: string;
}

export class ToolPath extends ServerPath {
  @IsString() @MinLength(1) @MaxLength(128) tool!: string;
}

export class McpAddressDto {
  @IsIn(['http', 'stdio']) @ApiProperty({ enum: ['http', 'stdio'] }) kind!: 'http' | 'stdio';
  /** The URL of a server; required if `kind` is `http`. */
  @IfGiven() @IsString() @MaxLength(2048) @ApiPropertyOptional() url?: string;
  /** A reference to the token that is sent to the server. */
  @IfGiven() @Matches(/^(?:env|file):.{1,250}$/) @ApiPropertyOptional() secret_ref?: string;
  /** The name of a program in the operator's allow-list; required if `kind` is `stdio`. */
  @IfGiven() @Matches(serverPattern) @ApiPropertyOptional() command?: string;
}

export class ConfirmToolDto {
  /** The SHA-256 digest of the definition that the person was shown. */
  @IsString() @Matches(/^[0-9a-f]{64}$/) @ApiProperty() digest!: string;
  /**
   * The person's own statement that the tool only reads. The server's own hints are not trusted.
   */
  @IfGiven() @IsBoolean() @ApiPropertyOptional() read_only?: boolean;
  @IfGiven() @IsBoolean() @ApiPropertyOptional() external_contact?: boolean;
  /** The confidence of a call whose agent states none. */
  @IfGiven() @IsNumber() @Min(0) @Max(1) @ApiPropertyOptional() confidence_score?: number;
  /** Keeps the tool's results in the log, sealed. */
  @IfGiven() @IsBoolean() @ApiPropertyOptional() keep_results?: boolean;
}

export class ToolWithServerDto extends ConfirmToolDto {
  @IsString() @MinLength(1) @MaxLength(128) @ApiProperty() tool!: string;
}

export class RegisterServerDto {
  @Matches(serverPattern, {
    message: 'server must be a name of at most 30 small letters, digits, `_` and `-`',
  })
  @ApiProperty()
  server!: string;
  @IfGiven() @Matches(/^[^\p{C}]{1,128}$/u) @ApiPropertyOptional() title?: string;
  @ValidateNested() @Type(() => McpAddressDto) @ApiProperty({ type: McpAddressDto }) address!: McpAddressDto;
  @IfGiven() @IsInt() @Min(100) @Max(30_000) @ApiPropertyOptional() timeout_ms?: number;
  @IfGiven() @IsInt() @Min(1) @Max(100) @ApiPropertyOptional() max_calls?: number;
  /** The tools that this change confirms, as a look at the server showed them. */
  @IfGiven()
  @IsArray()
  @ArrayMaxSize(256)
  @ArrayUnique(({ tool }: ToolWithServerDto) => tool)
  @ValidateNested({ each: true })
  @Type(() => ToolWithServerDto)
  @ApiPropertyOptional({ type: [ToolWithServerDto] })
  tools?: ToolWithServerDto[];
}

type ShownAddressDto = {
  readonly kind: 'http' | 'stdio';
  readonly url?: string;
  readonly secret_ref?: string | null;
  readonly command?: string;
};

type ToolChangeDto = {
  readonly member: string;
  readonly before: string | null;
  readonly after: string | null;
};

type ToolViolationDto = {
  readonly pointer: string;
  readonly detail: string;
  readonly code?: string;
};

export type McpToolDto = {
  readonly tool: string;
  readonly action_type: string;
  /**
   * `new`: nobody has confirmed the tool. `changed`, `missing`: the tool is held until a person
   * confirms it again. `refused`: it cannot be imported as it is.
   */
  readonly state: 'new' | 'confirmed' | 'changed' | 'missing' | 'refused';
  readonly digest: string | null;
  readonly definition: JsonObject | null;
  /** The terms that the person stated who confirmed the tool; null if nobody has. */
  readonly terms: JsonObject | null;
  /** What the server changed. If `reverted`, what it had changed when the tool was held. */
  readonly difference: readonly ToolChangeDto[];
  /**
   * The server describes the tool again as it was confirmed. The tool stays held, because it was
   * seen otherwise, or missing, in between.
   */
  readonly reverted: boolean;
  readonly violations: readonly ToolViolationDto[];
};

export type McpServerDto = {
  readonly server: string;
  readonly title: string;
  readonly address: ShownAddressDto;
  readonly timeout_ms: number;
  readonly max_calls: number;
  readonly retired: boolean;
  /** The tools as recorded in the log. `POST …/look` reads what the server offers now. */
  readonly tools: readonly McpToolDto[];
};

export type McpServersDto = WholeListOf<McpServerDto>;
