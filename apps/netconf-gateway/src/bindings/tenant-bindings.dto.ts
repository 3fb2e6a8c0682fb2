import { ArrayMaxSize, IsArray, IsDefined, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import type { BindingCheck, BindingFile, UncheckedRule } from '@interlock/network';
import type { WrittenDto } from '@interlock/platform';

export class AddBindingDto {
  /** The binding file, in the form of `docs/schemas/device-binding.schema.json`. */
  @IsDefined()
  @IsObject()
  binding!: Record<string, unknown>;

  /** The YANG texts of its modules, and of all modules that they import. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @IsString({ each: true })
  yang?: string[];

  /** A device whose own YANG is read by `get-schema` and used instead. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  device_id?: string;
}

export type CheckedBindingDto = {
  /** The binding's name, as `<module>@<revision>`. */
  readonly binding: string;
  readonly check: BindingCheckDto;
  /** The model's `when` and `must` rules that only a device can check. */
  readonly not_checked: readonly UncheckedRuleDto[];
};

type UncheckedRuleDto = UncheckedRule;

type BindingCheckDto = {
  /** The tool that checked it: `interlock`, or `yanglint` with its version. */
  readonly by: string;
  readonly modules: readonly CheckedModuleDto[];
};

type CheckedModuleDto = BindingCheck['modules'][number];

export type BindingSummaryDto = {
  readonly binding: string;
  /** False for a binding that belongs to the tenant. */
  readonly shipped: boolean;
  readonly evidence: 'run' | 'reduced' | 'unverified';
  readonly evidence_by: string;
  /** The classes that it binds, and `kpi` if it binds KPIs. */
  readonly places: readonly string[];
  /** The devices for which people chose it. */
  readonly devices: readonly string[];
};

export type BindingListDto = {
  readonly items: readonly BindingSummaryDto[];
  readonly next: null;
};

export type ShownBindingDto = BindingSummaryDto & {
  readonly file: BindingFileDto;
  /** The result of the check; null for a shipped binding, which Interlock's own tests check. */
  readonly check: BindingCheckDto | null;
  readonly not_checked: readonly UncheckedRuleDto[];
};

/** The binding file, in the form of `docs/schemas/device-binding.schema.json`. */
type BindingFileDto = { readonly [member in keyof BindingFile]: unknown };

export type AddedBindingDto = WrittenDto & CheckedBindingDto;

export type RemovedBindingDto = WrittenDto & { readonly binding: string };
