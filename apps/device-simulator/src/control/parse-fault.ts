import { candidateLies } from '../device/lies.js';
import { faultKinds, type Fault, type FaultKind } from '../device/faults.js';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const optionalText = (body: Record<string, unknown>, name: string): string | undefined => {
  const value = body[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new RangeError(`\`${name}\` must be text`);
};

const positive = (body: Record<string, unknown>, name: string): number | undefined => {
  const value = body[name];
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value) && value > 0)) return value;
  throw new RangeError(`\`${name}\` must be a positive number`);
};

const required = <T>(value: T | undefined, name: string): T => {
  if (value === undefined) throw new RangeError(`\`${name}\` is missing`);
  return value;
};

const whenOf = ({ when }: Record<string, unknown>): { readonly when?: 'before' | 'after' } => {
  if (when === undefined) return {};
  if (when !== 'before' && when !== 'after') throw new RangeError('`when` must be `before` or `after`');
  return { when };
};

const isKind = (value: unknown): value is FaultKind => faultKinds.some((kind) => kind === value);

const specific = (kind: FaultKind, body: Record<string, unknown>): Fault => {
  switch (kind) {
    case 'latency':
      return { kind, ms: required(positive(body, 'ms'), 'ms') };
    case 'drop_session': {
      return { kind, ...whenOf(body) };
    }
    case 'lock_held': {
      const target = body['target'];
      if (target !== 'running' && target !== 'candidate')
        throw new RangeError('`target` must be `running` or `candidate`');
      return { kind, target };
    }
    case 'rpc_error': {
      const message = optionalText(body, 'error_message');
      return {
        kind,
        error_tag: required(optionalText(body, 'error_tag'), 'error_tag'),
        ...(message === undefined ? {} : { error_message: message }),
        ...whenOf(body),
      };
    }
    case 'false_candidate': {
      const lie = candidateLies.find((one) => one === body['lie']);
      return { kind, lie: required(lie, 'lie') };
    }
    case 'commit_fails':
    case 'commit_noop':
    case 'hang_after_hello':
    case 'bad_chunks':
    case 'kpi_worsens':
    case 'lock_blocks_rollback':
    case 'library_changed':
      return { kind };
  }
};

/**
 * Reads a fault from JSON; also accepts `{"kind":"restart"}`.
 * @throws RangeError that names the fault
 */
export const parseFault = (body: unknown): Fault | { readonly kind: 'restart' } => {
  if (!isRecord(body)) throw new RangeError('a fault must be an object');
  const kind = body['kind'];
  if (kind === 'restart') return { kind };
  if (!isKind(kind)) throw new RangeError(`fault \`${String(kind)}\` is not known`);
  const operation = optionalText(body, 'operation');
  const times = positive(body, 'times');
  return {
    ...specific(kind, body),
    ...(operation === undefined ? {} : { operation }),
    ...(times === undefined ? {} : { times }),
  };
};
