import { TenantScoped } from '@interlock/platform';
import { ArrayMaxSize, IsArray, IsOptional, IsString, MaxLength, ValidateIf } from 'class-validator';
import type { Access, UncheckedRule } from '@interlock/network';
import type { WrittenDto } from '@interlock/platform';

export class ChooseBindingsDto {
  /** The names of bindings, as `<module>@<revision>`. Null leaves the choice to Interlock. */
  @ValidateIf((_body, value) => value !== null)
  @IsArray()
  @ArrayMaxSize(64)
  @IsString({ each: true })
  @MaxLength(256, { each: true })
  bindings!: string[] | null;
}

export class NacmQuery extends TenantScoped {
  /** The action types that the account may carry out, separated by commas; all if absent. */
  @IsOptional() @IsString() @MaxLength(1024) action_type?: string;
}

type BoundLeafDto = {
  /** The bound leaf, as `<class>.<leaf>` or `kpi.<name>`. */
  readonly leaf: string;
  readonly access: Access;
  /** Why the access is not wider; null if the leaf can be changed. */
  readonly why: string | null;
};

type BindingFitDto = {
  readonly binding: string;
  /** The evidence that the binding is right. */
  readonly evidence: 'run' | 'reduced' | 'unverified';
  readonly evidence_by: string;
  readonly access: Access;
  /** Whether the binding is in force for the device now. */
  readonly in_force: boolean;
  readonly why: string | null;
  readonly leaves: readonly BoundLeafDto[];
  /** The model's `when` and `must` rules that only the device can check. */
  readonly not_checked: readonly UncheckedRule[];
};

type BoundActionDto = {
  readonly action_type: string;
  /** The binding that the action uses; null if no binding serves it. */
  readonly binding: string | null;
  readonly possible: boolean;
  /** The reasons why the action is not possible. */
  readonly why: readonly string[];
};

export type DeviceBindingsDto = {
  readonly device_id: string;
  readonly library: {
    readonly source: 'rfc8525' | 'rfc7895' | 'hello';
    readonly id: string | null;
    readonly modules: number;
  };
  /** The names that people chose; null if Interlock chooses. */
  readonly chosen: readonly string[] | null;
  /** The bindings whose model the device has. */
  readonly proposed: readonly string[];
  readonly bindings: readonly BindingFitDto[];
  readonly actions: readonly BoundActionDto[];
};

export type WrittenBindingsDto = WrittenDto & {
  readonly device_id: string;
  readonly bindings: readonly string[] | null;
};

type NacmActionDto = {
  readonly action_type: string;
  /** Whether the rules permit it; false if the device cannot do it. */
  readonly permitted: boolean;
  readonly why: readonly string[];
};

type NacmRuleDto = {
  readonly name: string;
  /** The module of an operation or of all its data; null for a path. */
  readonly module: string | null;
  readonly rpc: string | null;
  /** The permitted nodes; null for an operation or a module. */
  readonly path: string | null;
  /** The namespaces of the path's prefixes. */
  readonly prefixes: { readonly [prefix: string]: string };
  readonly operations: string;
};

/** The access rules (RFC 8341) for Interlock's account on a device. */
export type DeviceNacmDto = {
  readonly device_id: string;
  readonly username: string;
  readonly actions: readonly NacmActionDto[];
  /** What is permitted; everything else is denied. */
  readonly rules: readonly NacmRuleDto[];
  /** The rules as the content of `<config>`. */
  readonly xml: string;
};
