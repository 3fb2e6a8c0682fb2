import { withBase } from 'vitepress';
import { defineComponent, h, onMounted, ref } from 'vue';

const text = (value) => JSON.stringify(value, null, 2);

/** The message of an error, and the single faults of a bundle. */
const faultsOf = (error) => [
  error.detail ?? error.message,
  ...(error.violations ?? []).map(({ pointer, detail }) => `${pointer}: ${detail}`),
];

const label = (id, words, control) => h('div', { class: 'field' }, [h('label', { for: id }, words), control]);

const choice = (id, words, options, value, change) =>
  label(
    id,
    words,
    h(
      'select',
      { id, value, onChange: (event) => change(Number(event.target.value)) },
      options.map((option, i) => h('option', { value: i }, option)),
    ),
  );

const editor = (id, words, model) =>
  label(
    id,
    words,
    h('textarea', {
      id,
      rows: 14,
      spellcheck: false,
      value: model.value,
      onInput: (event) => {
        model.value = event.target.value;
      },
    }),
  );

/** Decides requests by rules in the reader's browser. Nothing is sent. */
export const Playground = defineComponent({
  setup() {
    const data = ref(null);
    const recipe = ref(0);
    const example = ref(0);
    const bundle = ref('');
    const request = ref('');
    const answer = ref(null);

    const chooseCase = (i) => {
      const { bundles, cases } = data.value.recipes[recipe.value];
      const { version, context } = cases[i];
      example.value = i;
      bundle.value = text(bundles.find((one) => version === undefined || one.version === version));
      request.value = text(context);
      answer.value = null;
    };
    const chooseRecipe = (i) => {
      recipe.value = i;
      chooseCase(0);
    };
    const decideNow = async () => {
      try {
        const { decide } = await import('./decide.mjs');
        answer.value = {
          decided: decide(JSON.parse(bundle.value), JSON.parse(request.value), data.value.action_types),
        };
      } catch (error) {
        answer.value = { faults: faultsOf(error) };
      }
    };
    onMounted(async () => {
      const response = await fetch(withBase('/playground.json'));
      data.value = await response.json();
      chooseRecipe(0);
    });

    const said = () => {
      if (answer.value === null) return [];
      const { faults, decided } = answer.value;
      if (faults !== undefined) return faults.map((fault) => h('p', fault));
      return [
        h('p', [h('strong', decided.decision)]),
        ...decided.reasons.map(({ detail }) => h('p', detail)),
        h('details', [h('summary', 'The whole evaluation'), h('pre', text(decided))]),
      ];
    };
    return () =>
      data.value === null
        ? undefined
        : h('section', { class: 'playground', 'aria-labelledby': 'playground' }, [
            h('h2', { id: 'playground' }, 'Playground'),
            h('p', 'Change the rules or the request, and decide. It runs in this page; nothing is sent.'),
            choice(
              'playground-recipe',
              'Recipe',
              data.value.recipes.map(({ title }) => title),
              recipe.value,
              chooseRecipe,
            ),
            choice(
              'playground-case',
              'Case',
              data.value.recipes[recipe.value].cases.map(({ name }) => name),
              example.value,
              chooseCase,
            ),
            editor('playground-bundle', 'Bundle', bundle),
            editor('playground-request', 'Request', request),
            h('button', { type: 'button', onClick: decideNow }, 'Decide'),
            h('div', { class: 'answer', role: 'status' }, said()),
          ]);
  },
});
