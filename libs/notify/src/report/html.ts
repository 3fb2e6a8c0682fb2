import { printable } from '@interlock/kernel';
import { tableOf, textsOf, type Report } from './content.js';

const entities: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const plain = (text: string): string =>
  printable(text).replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
const cells = (tag: 'th scope="col"' | 'td', texts: readonly string[]): string =>
  `<tr>${texts.map((text) => `<${tag}>${plain(text)}</${tag.slice(0, 2)}>`).join('')}</tr>`;

const style = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; background: #fff; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { border: 1px solid #bbb; padding: .3rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #eee; }
h2 { margin-top: 2rem; }
@media print { body { margin: 0; max-width: none; } h2, tr { break-inside: avoid; } }
`;

/** A report as one HTML file that loads nothing else. */
export const htmlOf = ({ title, text, sections }: Report): string =>
  [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">',
    '<meta name="viewport" content="width=device-width">',
    `<title>${plain(title)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    `<h1>${plain(title)}</h1>`,
    `<p>${plain(text)}</p>`,
    ...sections.flatMap((section) => {
      const table = tableOf(section);
      return [
        `<h2>${plain(section.heading)}</h2>`,
        ...textsOf(section).map((one) => `<p>${plain(one)}</p>`),
        ...(table === undefined
          ? []
          : [
              '<table>',
              `<thead>${cells('th scope="col"', table.head)}</thead>`,
              `<tbody>${table.rows.map((one) => cells('td', one)).join('\n')}</tbody>`,
              '</table>',
            ]),
      ];
    }),
    '</body>',
    '</html>',
    '',
  ].join('\n');
