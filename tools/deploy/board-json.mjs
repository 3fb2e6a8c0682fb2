/** @typedef {import('./dashboards.mjs').Panel} Panel */
/** @typedef {import('./dashboards.mjs').Board} Board */

const datasource = { type: 'prometheus', uid: 'prometheus' };
const width = 12;

/** The choice of services at the top of a board. Prometheus gives each target this label. */
const serviceVariable = {
  name: 'service',
  label: 'Service',
  type: 'query',
  datasource,
  query: { query: 'label_values(up{job="interlock"}, service)', refId: 'services' },
  refresh: 2,
  sort: 1,
  includeAll: true,
  multi: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
};
/** Limits the selectors of a panel that is folded by service to the chosen ones.
 * @param {Panel} one
 * @returns {Panel}
 */
const limited = (one) => ({
  ...one,
  queries: one.queries.map(([expr, name]) =>
    / by \((?:le, )?service\b/.test(expr)
      ? [
          expr.replaceAll(
            /\b([a-z]+_[a-z0-9_]+|up)(?:\{([^}]*)\})?(?=[[)])/g,
            (_, metric, labels) => `${metric}{${labels ? `${labels},` : ''}service=~"$service"}`,
          ),
          name,
        ]
      : [expr, name],
  ),
});

/** @param {Panel} panel @param {number} place */
const panelJson = ({ title, about, queries, unit = 'short', red, isLog, isSigned }, place) => ({
  id: place + 1,
  title,
  description: about,
  type: 'timeseries',
  datasource,
  gridPos: { x: (place % 2) * width, y: Math.floor(place / 2) * 8, w: width, h: 8 },
  fieldConfig: {
    defaults: {
      unit,
      ...(isSigned ? {} : { min: 0 }),
      ...(isLog ? { custom: { scaleDistribution: { type: 'log', log: 10 } } } : {}),
      ...(red === undefined
        ? {}
        : {
            thresholds: {
              mode: 'absolute',
              steps: [
                { color: 'green', value: null },
                { color: 'red', value: red },
              ],
            },
          }),
    },
    overrides: [],
  },
  options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
  targets: queries.map(([expr, legendFormat], i) => ({ refId: 'ABCDEF'[i], expr, legendFormat })),
});

/** A board as Grafana's provisioning reads it, with one panel a line.
 * @param {Board} board
 */
export const renderBoard = ({ uid, title, isOfServices, panels }) => {
  const about = {
    uid,
    title,
    tags: ['interlock'],
    schemaVersion: 39,
    version: 1,
    editable: false,
    time: { from: 'now-6h', to: 'now' },
    refresh: '30s',
    timezone: 'utc',
    annotations: { list: [] },
    templating: { list: isOfServices ? [serviceVariable] : [] },
  };
  const lines = panels
    .map((one) => (isOfServices ? limited(one) : one))
    .map((one, place) => `    ${JSON.stringify(panelJson(one, place))}`)
    .join(',\n');
  return `${JSON.stringify(about, null, 2).slice(0, -2)},\n  "panels": [\n${lines}\n  ]\n}\n`;
};
