/** Words for people: where a rule comes from. No outcome depends on them. */
import type { Ignorer } from '@stryker-mutator/api/ignore';

const WORDS: ReadonlySet<string> = new Set(['manual', 'kernel']);

interface Node {
  readonly type?: string;
  readonly key?: { readonly name?: string };
}
interface Path {
  readonly node?: Node;
  readonly parent?: Node;
}

export const sourcesOfRules: Ignorer = {
  shouldIgnore: (path) => {
    const { node, parent } = path as Path;
    const isText = node?.type === 'StringLiteral' && parent?.type === 'ObjectProperty';
    return isText && WORDS.has(parent.key?.name ?? '') ? 'where a rule comes from, in words for people' : undefined;
  },
};
