import ts from 'typescript';
import { sourceOf, type Replaced } from './loader.js';

/**
 * One small fault in one source. `name` gives its place and change without line numbers, so that it
 * survives other edits.
 */
export type Mutant = {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly kind: 'guard' | 'comparison' | 'literal';
  readonly start: number;
  readonly end: number;
  readonly text: string;
};

const shifted: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.LessThanToken, '<='],
  [ts.SyntaxKind.LessThanEqualsToken, '<'],
  [ts.SyntaxKind.GreaterThanToken, '>='],
  [ts.SyntaxKind.GreaterThanEqualsToken, '>'],
]);

/** True if a branch leaves the function or the iteration: its condition is a guard. */
const leaves = (branch: ts.Statement): boolean => {
  const last = ts.isBlock(branch) ? branch.statements.at(-1) : branch;
  return (
    last !== undefined &&
    (ts.isReturnStatement(last) || ts.isThrowStatement(last) || ts.isContinueStatement(last))
  );
};

/** True if an expression guard's answer is empty: nothing is decided, or nothing forbids it. */
const isNothing = (node: ts.Expression): boolean =>
  (ts.isArrayLiteralExpression(node) && node.elements.length === 0) ||
  node.kind === ts.SyntaxKind.NullKeyword;

const isDefault = ({ operatorToken: { kind } }: ts.BinaryExpression): boolean =>
  kind === ts.SyntaxKind.QuestionQuestionToken;

/**
 * The name of the place of a node: the innermost function or constant, and the case of a switch.
 */
const placeOf = (node: ts.Node): string => {
  const names: string[] = [];
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isCaseClause(at)) names.unshift(at.expression.getText());
    else if ((ts.isVariableDeclaration(at) || ts.isPropertyAssignment(at)) && ts.isIdentifier(at.name))
      names.unshift(at.name.text);
  }
  return names.join('.');
};

type Found = Pick<Mutant, 'kind' | 'text'> & { readonly node: ts.Node; readonly said: string };

/** The possible faults of a node. */
const faultsOf = (node: ts.Node): readonly Found[] => {
  if (ts.isIfStatement(node) && leaves(node.thenStatement))
    return [
      { kind: 'guard', node: node.expression, text: 'false', said: `never \`${node.expression.getText()}\`` },
    ];
  if (ts.isConditionalExpression(node)) {
    const { condition, whenTrue, whenFalse } = node;
    if (isNothing(whenTrue))
      return [{ kind: 'guard', node: condition, text: 'false', said: `never \`${condition.getText()}\`` }];
    return isNothing(whenFalse)
      ? [{ kind: 'guard', node: condition, text: 'true', said: `always \`${condition.getText()}\`` }]
      : [];
  }
  if (ts.isBinaryExpression(node)) {
    const { operatorToken: sign } = node;
    const other = shifted.get(sign.kind);
    const all = node.getText();
    return other === undefined
      ? []
      : [{ kind: 'comparison', node: sign, text: other, said: `\`${all}\` with ${other}` }];
  }
  if (ts.isNumericLiteral(node) && ts.isBinaryExpression(node.parent) && !isDefault(node.parent)) {
    const value = Number(node.text);
    return [value + 1, value - 1].map((one) => ({
      kind: 'literal' as const,
      node,
      text: `(${one})`,
      said: `\`${node.parent.getText()}\` with ${one}`,
    }));
  }
  return [];
};

const short = (text: string): string => text.replace(/\s+/g, ' ');

/** All faults of a source file, in file order. */
export const mutantsOf = (file: string): readonly Mutant[] => {
  const source = ts.createSourceFile(file, sourceOf(file), ts.ScriptTarget.ES2023, true);
  const names = new Map<string, number>();
  const mutants: Mutant[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node)) return;
    for (const { kind, node: at, text, said } of faultsOf(node)) {
      const plain = short(`${file.replace(/^libs\//, '').replace('/src/', '/')} ${placeOf(node)}: ${said}`);
      const times = (names.get(plain) ?? 0) + 1;
      names.set(plain, times);
      mutants.push({
        name: times === 1 ? plain : `${plain} (${times})`,
        file,
        line: source.getLineAndCharacterOfPosition(at.getStart()).line + 1,
        kind,
        start: at.getStart(),
        end: at.getEnd(),
        text,
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return mutants;
};

/** The source with the fault in it. */
export const mutated = ({ file, start, end, text }: Mutant): Replaced => {
  const source = sourceOf(file);
  return { file, text: `${source.slice(0, start)}${text}${source.slice(end)}` };
};
