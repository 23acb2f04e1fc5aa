/** A load or a store, decoded. */
import type { Context } from '../../rule.ts';
import { find } from '../../space.ts';
import type { Mapping } from '../../state.ts';
import { pageOf } from '../arguments.ts';

export interface Access extends Context {
  readonly page: number;
  readonly stores: boolean;
  /** What a store writes. */
  readonly content: number;
}

export const access = (c: Context): Access => {
  const [addr = 0n, value = 0n] = c.call.args;
  return { ...c, page: pageOf(c.state, addr), stores: c.call.name === 'store', content: Number(value) };
};

/** The mapping that holds the page. */
export const target = (c: Access): Mapping | undefined => find(c.state, c.page);

/** `target` where an earlier rule has made sure of it. */
export const known = (c: Access): Mapping => {
  const m = target(c);
  if (!m) throw new Error('a rule that needs a mapping came before the rule that demands one');
  return m;
};
