/**
 * The small machine that decides a call by rules: it follows a procedure from the top, and where the kernel is free it follows
 * both ways. What it finds is every allowed outcome.
 */
import type { Profile } from './profile.ts';
import {
  type Branch,
  type Context,
  type Described,
  type End,
  type Engine,
  type Failure,
  holds,
  inRange,
  type Listed,
  type Outcome,
  type Procedure,
  type Rule,
  rulesFor,
  type Then,
} from './rule.ts';

const compiled = new WeakMap<Profile, Map<object, unknown>>();
let current: { readonly profile: Profile; readonly byProcedure: Map<object, unknown> } | undefined;

/** `rulesFor`, remembered. Call after call has the same profile, so the one asked for last is found at once. */
const rules = <C>(p: Procedure<C>, profile: Profile): readonly Rule<C>[] => {
  if (current?.profile !== profile) {
    const byProcedure = compiled.get(profile) ?? new Map<object, unknown>();
    compiled.set(profile, byProcedure);
    current = { profile, byProcedure };
  }
  const known = current.byProcedure.get(p);
  if (known !== undefined) return known as readonly Rule<C>[];
  const found = rulesFor(p, profile);
  current.byProcedure.set(p, found);
  return found;
};

const follow = <C extends Context>(
  list: readonly Rule<C>[],
  from: number,
  start: C,
  before: readonly string[],
  out: Branch<C>[],
): void => {
  let c = start;
  const fired = [...before];
  for (let i = from; i < list.length; i++) {
    const { id, when, then } = list[i] as Rule<C>;
    if (!when(c)) continue;
    if (then.kind === 'may') {
      follow(list, i + 1, c, fired, out);
      c = then.effect(c);
      fired.push(id);
      continue;
    }
    if (then.kind === 'mayOne') {
      follow(list, i + 1, c, fired, out);
      for (const { context, errno } of then.ways(c)) {
        if (errno === undefined) follow(list, i + 1, context, [...fired, id], out);
        else out.push({ context, fired: [...fired, id], end: { kind: 'error', errno } });
      }
      return;
    }
    if (then.kind === 'mayFail' || then.kind === 'mayRaise') {
      out.push({ context: c, fired: [...fired, id], end: endOf(then, c) });
      continue;
    }
    fired.push(id);
    if (then.kind === 'does') {
      c = then.effect(c);
      continue;
    }
    if (then.kind === 'fails' || then.kind === 'raises' || then.kind === 'returns') {
      out.push({ context: c, fired, end: endOf(then, c) });
      return;
    }
    const branches = then.run(c, engine);
    for (const branch of branches) {
      const all = [...fired, ...branch.fired];
      if (branch.end) out.push({ ...branch, fired: all });
      else if (branches.length > 1) follow(list, i + 1, branch.context, all, out);
      else {
        c = branch.context;
        fired.push(...branch.fired);
      }
    }
    if (branches.length !== 1 || branches[0]?.end) return;
  }
  out.push({ context: c, fired });
};

const endOf = <C>(then: Failure | Extract<Then<C>, { kind: 'returns' }>, c: C): End => {
  if (then.kind === 'returns') return { kind: 'value', ...then.value(c) };
  return 'signal' in then ? { kind: 'signal', signal: then.signal } : { kind: 'error', errno: then.errno };
};

/** All errors that the manual lists for the situation, each without any effect; nothing if none applies. */
const documentedErrors = <C extends Context>(list: readonly Rule<C>[], c: C): Branch<C>[] =>
  list
    .filter((rule) => rule.then.kind === 'fails' && rule.when(c))
    .map((rule) => ({ context: c, fired: [rule.id], end: endOf(rule.then as Failure, c) }));

const engine: Engine = {
  run: (p, c, fired = []) => {
    const list = rules(p, c.profile);
    if (c.profile.version === undefined) {
      const errors = documentedErrors(list, c);
      if (errors.length > 0) return errors.map((b) => ({ ...b, fired: [...fired, ...b.fired] }));
    }
    const out: Branch<typeof c>[] = [];
    follow(list, 0, c, fired, out);
    return out;
  },
};

/** Every allowed outcome of a call that `p` decides. A procedure of a call must end every branch. */
export const decide = <C extends Context>(p: Procedure<C>, c: C): readonly Outcome[] =>
  engine.run(p, c).map(({ context, fired, end }) => {
    if (!end) throw new Error(`${p.name}: no rule ends the call (after ${fired.at(-1) ?? 'nothing'})`);
    return { end, state: context.state, rules: fired };
  });

/** How a call is decided: the procedure, and its context made from the call's arguments. */
export interface Decision {
  readonly procedure: Listed;
  readonly outcomes: (c: Context) => readonly Outcome[];
}

export const decision = <C extends Context>(p: Procedure<C>, enter: (c: Context) => C): Decision => ({
  procedure: p,
  outcomes: (c) => decide(p, enter(c)),
});

/** The rules of a procedure that hold in a profile, in its order, each followed by those of the procedures it performs; each once. */
export const allRules = (p: Listed, profile: Profile): readonly Described[] => {
  const found = new Map<string, Described>();
  const visit = (list: Listed): void => {
    const order = list.orders.find((o) => inRange(profile.version ?? Number.MAX_SAFE_INTEGER, o));
    for (const rule of order?.rules ?? []) {
      if (!holds(rule, profile) || found.has(rule.id)) continue;
      found.set(rule.id, rule);
      if (rule.then.through) visit(rule.then.through);
    }
  };
  visit(p);
  return [...found.values()];
};
