import { printable } from '@interlock/kernel';
import { wrapped } from './text-lines.js';
import { reasonLines } from './gates.js';
import type { ActionTrace, TraceStep } from './trace.js';

const place = 10;

const seconds = (from: string, to: string): string =>
  `${((Date.parse(to) - Date.parse(from)) / 1000).toFixed(3)} s`;

/** A recorded text in printable lines. */
const block = (text: string, indent: number): readonly string[] => wrapped(printable(text), indent);

/** The lines of a step keep their own indentation, which shows their structure. */
const stepLines = ({ position, title, lines }: TraceStep): readonly string[] => {
  const [first, ...more] = block(title, place);
  return [
    `${position.padStart(place - 2)}  ${first!.trimStart()}`,
    ...more,
    ...lines.flatMap((line) =>
      block(line.replace(/^ +/, ''), place + 2 + line.length - line.replace(/^ +/, '').length),
    ),
  ];
};

/**
 * Formats the trace as text of at most 100 columns, without colour, with positions on the left.
 * There is one heading for each actor and time.
 */
export const traceText = (trace: ActionTrace): string => {
  const {
    action_id,
    tenant_id,
    action_type,
    entity_id,
    state,
    reasons,
    accepted_at,
    ended_at,
    intent_id,
    traceparent,
    steps,
    missing,
  } = trace;
  const out: string[] = [
    ...block(`action ${action_id} of tenant ${tenant_id}`, 0),
    ...block(state === null ? 'its beginning is not there' : `${action_type} on ${entity_id}: ${state}`, 0),
    ...reasonLines(reasons).flatMap((line) => block(line, 2)),
    ...(intent_id === null ? [] : block(`intent ${intent_id}`, 0)),
    ...(accepted_at === null
      ? []
      : block(
          `accepted ${accepted_at}${ended_at === null ? ', not over' : `, over ${ended_at}, ${seconds(accepted_at, ended_at)} later`}`,
          0,
        )),
    ...(traceparent === null ? [] : block(`trace ${traceparent}`, 0)),
  ];
  let heading = '';
  for (const step of steps) {
    const next = `${step.at}  ${step.actor}`;
    if (next !== heading) out.push('', ...block(next, 0));
    heading = next;
    out.push(...stepLines(step));
  }
  if (missing.length > 0) out.push('', 'not there:', ...missing.flatMap((one) => block(`- ${one}`, 2)));
  return `${out.join('\n')}\n`;
};
