import { ArrayMaxSize, IsArray, IsString, MaxLength, ValidateIf } from 'class-validator';
import type { Access, UncheckedRule } from '@interlock/network';
import type { WrittenDto } from '@interlock/platform';

export class ChooseBindingsDto {
  /** Names of bindings, `<module>@<revision>`; null leaves the choice to Interlock. */
  @ValidateIf((_body, value) => value !== null)
  @IsArray()
  @ArrayMaxSize(64)
  @IsString({ each: true })
  @MaxLength(256, { each: true })
  bindings!: string[] | null;
}

type BoundLeafDto = {
  /** `<class>.<leaf>` or `kpi.<name>`. */
  readonly leaf: string;
  readonly access: Access;
  /** Why not more; null where nothing stands against a change. */
  readonly why: string | null;
};

type BindingFitDto = {
  readonly binding: string;
  /** What shows that the binding is right. */
  readonly evidence: 'run' | 'reduced' | 'unverified';
  readonly evidence_by: string;
  readonly access: Access;
  /** In force for the device now. */
  readonly in_force: boolean;
  readonly why: string | null;
  readonly leaves: readonly BoundLeafDto[];
  /** The `when` and `must` of the model that only the device judges. */
  readonly not_checked: readonly UncheckedRule[];
};

type BoundActionDto = {
  readonly action_type: string;
  /** The binding that it goes over; null where none serves it. */
  readonly binding: string | null;
  readonly possible: boolean;
  /** What stands against it. */
  readonly why: readonly string[];
};

export type DeviceBindingsDto = {
  readonly device_id: string;
  readonly library: {
    readonly source: 'rfc8525' | 'rfc7895' | 'hello';
    readonly id: string | null;
    readonly modules: number;
  };
  /** The names that people chose; null where Interlock chooses. */
  readonly chosen: readonly string[] | null;
  /** Bindings of which the device has the model. */
  readonly proposed: readonly string[];
  readonly bindings: readonly BindingFitDto[];
  readonly actions: readonly BoundActionDto[];
};

export type WrittenBindingsDto = WrittenDto & {
  readonly device_id: string;
  readonly bindings: readonly string[] | null;
};
