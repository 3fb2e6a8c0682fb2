import { childElements, elementBuilder, textOf, type XmlElement } from '@interlock/netconf';
import type { Config } from './configuration.js';

/**
 * How a device shows an edited candidate otherwise than it is. `reorders` is no lie, because the
 * order of siblings says nothing.
 */
export const candidateLies = ['adds', 'drops', 'changes', 'omits_default', 'reorders'] as const;
export type CandidateLie = (typeof candidateLies)[number];

const isLeaf = (element: XmlElement): boolean => childElements(element).length === 0;

/** Each element below a wrapper, rewritten from the leaves up. */
const rewritten = (elements: Config, rewrite: (element: XmlElement) => readonly XmlElement[]): XmlElement[] =>
  elements.flatMap((element) =>
    rewrite(isLeaf(element) ? element : { ...element, children: rewritten(childElements(element), rewrite) }),
  );

/** The candidate as a lying device shows it. */
export const lieAbout = (lie: CandidateLie, running: Config, candidate: Config): Config => {
  switch (lie) {
    case 'drops':
      return running;
    case 'adds':
      return rewritten(candidate, (element) =>
        element.name === 'attributes'
          ? [
              {
                ...element,
                children: [...element.children, elementBuilder(element.namespace)('userLabel', 'unasked')],
              },
            ]
          : [element],
      );
    case 'changes':
      return rewritten(candidate, (element) =>
        isLeaf(element) && textOf(element) === 'LOCKED'
          ? [{ ...element, children: ['SHUTTING_DOWN'] }]
          : [element],
      );
    case 'omits_default':
      return rewritten(candidate, (element) => (element.name === 'isHOAllowed' ? [] : [element]));
    case 'reorders':
      return rewritten(candidate.toReversed(), (element) => [
        { ...element, children: element.children.toReversed() },
      ]);
  }
};
