import { parseStream } from '@interlock/contracts';
import { evolveRecorded, type RecordedEvent } from '@interlock/kernel';
import {
  bindings,
  compileBinding,
  tenantBindingDecider,
  type Binding,
  type BindingTable,
  type TenantBindingState,
} from '@interlock/network';

type Known = { readonly state: TenantBindingState; readonly binding: Binding | null };

/** The bindings that tenants added, folded from their streams. */
export class TenantBindings {
  readonly #known = new Map<string, Map<string, Known>>();
  readonly #tables = new Map<string, BindingTable>();

  fold(event: RecordedEvent): void {
    const at = parseStream(event.stream);
    if (at?.category !== 'device_binding') return;
    const own = this.#known.get(at.tenant) ?? new Map<string, Known>();
    const before = own.get(at.id)?.state ?? tenantBindingDecider.initial;
    const state = evolveRecorded(tenantBindingDecider, before, event);
    own.set(at.id, { state, binding: state.last === null ? null : compileBinding(state.last.file) });
    this.#known.set(at.tenant, own);
    this.#tables.delete(at.tenant);
  }

  /** Returns every binding that devices of a tenant may use: the shipped ones and its own. */
  table(tenantId: string): BindingTable {
    const known = this.#tables.get(tenantId);
    if (known !== undefined) return known;
    const own = [...(this.#known.get(tenantId) ?? new Map<string, Known>())].flatMap(
      ([name, { state, binding }]) => (state.present && binding !== null ? [[name, binding] as const] : []),
    );
    const table = own.length === 0 ? bindings : new Map([...bindings, ...own]);
    this.#tables.set(tenantId, table);
    return table;
  }

  /** Returns a binding that a change used, even if the tenant has removed it since. */
  find(tenantId: string, name: string): Binding | undefined {
    return bindings.get(name) ?? this.#known.get(tenantId)?.get(name)?.binding ?? undefined;
  }

  /** Returns a tenant's own binding; undefined if it is shipped or does not exist. */
  own(tenantId: string, name: string): TenantBindingState | undefined {
    const state = this.#known.get(tenantId)?.get(name)?.state;
    return state?.present === true ? state : undefined;
  }
}
