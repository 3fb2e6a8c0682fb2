import { ArrayMaxSize, IsArray, IsDefined, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import type { BindingCheck, BindingFile, UncheckedRule } from '@interlock/network';
import type { WrittenDto } from '@interlock/platform';

export class AddBindingDto {
  /** The file, as `docs/schemas/device-binding.schema.json` says. */
  @IsDefined()
  @IsObject()
  binding!: Record<string, unknown>;

  /** The YANG texts of its modules, and of all that they import. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(64)
  @IsString({ each: true })
  yang?: string[];

  /** A device whose own YANG is taken instead, by `get-schema`. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  device_id?: string;
}

export type CheckedBindingDto = {
  /** `<module>@<revision>`. */
  readonly binding: string;
  readonly check: BindingCheckDto;
  /** The `when` and `must` of the model that only a device judges. */
  readonly not_checked: readonly UncheckedRuleDto[];
};

type UncheckedRuleDto = UncheckedRule;

type BindingCheckDto = {
  /** `interlock`, or `yanglint` with its version. */
  readonly by: string;
  readonly modules: readonly CheckedModuleDto[];
};

type CheckedModuleDto = BindingCheck['modules'][number];

export type BindingSummaryDto = {
  readonly binding: string;
  /** False for a binding of the tenant's own. */
  readonly shipped: boolean;
  readonly evidence: 'run' | 'reduced' | 'unverified';
  readonly evidence_by: string;
  /** The classes that it places, and `kpi` if it places KPIs. */
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
  /** null for a shipped binding, which the tests of Interlock check. */
  readonly check: BindingCheckDto | null;
  readonly not_checked: readonly UncheckedRuleDto[];
};

/** The file; its schema is `docs/schemas/device-binding.schema.json`. */
type BindingFileDto = { readonly [member in keyof BindingFile]: unknown };

export type AddedBindingDto = WrittenDto & CheckedBindingDto;

export type RemovedBindingDto = WrittenDto & { readonly binding: string };
