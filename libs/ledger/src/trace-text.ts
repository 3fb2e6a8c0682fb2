import { wrapped } from './text-lines.js';
import type { ActionTrace, TraceStep } from './trace.js';

const place = 10;

const seconds = (from: string, to: string): string => `${((Date.parse(to) - Date.parse(from)) / 1000).toFixed(3)} s`;

/** The lines of a step keep their own indentation, which says what belongs to what. */
const stepLines = ({ position, title, lines }: TraceStep): readonly string[] => {
  const [first, ...more] = wrapped(title, place);
  return [`${position.padStart(place - 2)}  ${first!.trimStart()}`, ...more, ...lines.flatMap((line) => wrapped(line.trimStart(), place + 2 + line.length - line.trimStart().length))];
};

/** The story as text: at most 100 columns, no colour, one heading for what one actor did at one time, positions on the left. */
export const traceText = (trace: ActionTrace): string => {
  const { action_id, tenant_id, action_type, entity_id, state, accepted_at, ended_at, intent_id, traceparent, steps, missing } = trace;
  const out: string[] = [
    ...wrapped(`action ${action_id} of tenant ${tenant_id}`, 0), ...wrapped(state === null ? 'its beginning is not there' : `${action_type} on ${entity_id}: ${state}`, 0),
    ...(intent_id === null ? [] : wrapped(`intent ${intent_id}`, 0)),
    ...(accepted_at === null ? [] : [`accepted ${accepted_at}${ended_at === null ? ', not over' : `, over ${ended_at}, ${seconds(accepted_at, ended_at)} later`}`]),
    ...(traceparent === null ? [] : [`trace ${traceparent}`]),
  ];
  let heading = '';
  for (const step of steps) {
    const next = `${step.at}  ${step.actor}`;
    if (next !== heading) out.push('', ...wrapped(next, 0));
    heading = next;
    out.push(...stepLines(step));
  }
  if (missing.length > 0) out.push('', 'not there:', ...missing.flatMap((one) => wrapped(`- ${one}`, 2)));
  return `${out.join('\n')}\n`;
};
