import { isTexts } from '@interlock/kernel';
import { namePattern } from '@interlock/contracts';
import { reportLimits } from '@interlock/notify';
import { IfGiven, type LogPosition } from '@interlock/platform';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsString,
  Matches,
  MaxLength,
  MinLength,
  ValidateBy,
  ValidateNested,
} from 'class-validator';

const { title, heading, text, sections, columns, rows, cell } = reportLimits;

const isRow = (value: unknown): boolean =>
  isTexts(value) && value.length <= columns && value.every(({ length }) => length <= cell);

/** Validates the rows of a table. */
const IsRows = (): PropertyDecorator =>
  ValidateBy(
    {
      name: 'isRows',
      validator: {
        validate: isRow,
        defaultMessage: () =>
          `each row must be a list of at most ${columns} texts of at most ${cell} characters`,
      },
    },
    { each: true },
  );

export class ReportTableDto {
  @ApiProperty({ type: [String] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(columns)
  @IsString({ each: true })
  @MaxLength(cell, { each: true })
  head!: string[];
  /** Each row has as many cells as the head. */
  @ApiProperty({ type: 'array', items: { type: 'array', items: { type: 'string' } } })
  @IsArray()
  @ArrayMaxSize(rows)
  @IsRows()
  rows!: string[][];
}

export class ReportSectionDto {
  @ApiProperty() @IsString() @MinLength(1) @MaxLength(heading) heading!: string;
  @ApiProperty() @IsString() @MaxLength(text) text!: string;
  @ApiProperty({ required: false, type: ReportTableDto })
  @IfGiven()
  @ValidateNested()
  @Type(() => ReportTableDto)
  table?: ReportTableDto;
  /** It is shown if the table has no rows. */
  @ApiProperty({ required: false }) @IfGiven() @IsString() @MaxLength(text) none?: string;
}

/** A report of at most 64 KiB, as texts and tables. Each channel makes its own format from it. */
export class SendReportDto {
  /** The name of the report, such as `weekly`. */
  @Matches(namePattern) name!: string;
  @IsString() @MinLength(1) @MaxLength(title) title!: string;
  @IsString() @MaxLength(text) text!: string;
  @IsArray()
  @ArrayMaxSize(sections)
  @ValidateNested({ each: true })
  @Type(() => ReportSectionDto)
  sections!: ReportSectionDto[];
}

/**
 * A report that is being delivered. `GET /api/v1/alerts/deliveries?alert_id=` returns its result.
 */
export type SentReportDto = {
  readonly channel_id: string;
  readonly report_id: string;
  readonly position: LogPosition | null;
};
