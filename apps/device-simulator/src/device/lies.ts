import { childElements, elementBuilder, textOf, type XmlElement } from '@interlock/netconf';
import type { Config } from './configuration.js';

/**
 * The ways in which a device can show an edited candidate differently from its real content.
 * `reorders` does not falsify anything, because the order of siblings has no meaning.
 */
export const candidateLies = ['adds', 'drops', 'changes', 'omits_default', 'reorders'] as const;
export type CandidateLie = (typeof candidateLies)[number];

const isLeaf = (element: XmlElement): boolean => childElements(element).length === 0;

/** Rewrites each element below a wrapper, from the leaves up. */
const rewritten = (elements: Config, rewrite: (element: XmlElement) => readonly XmlElement[]): XmlElement[] =>
  elements.flatMap((element) =>
    rewrite(isLeaf(element) ? element : { ...element, children: rewritten(childElements(element), rewrite) }),
  );

/** Returns the candidate as a faulty device shows it. */
export const falsify = (lie: CandidateLie, running: Config, candidate: Config): Config => {
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
